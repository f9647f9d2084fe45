using Ottla.Broker.Coordination;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>OffsetDelete, key 47, versions 0 to 0: deletes committed offsets of partitions that nobody in the group subscribes
/// to.</summary>
/// <remarks>KIP-496.</remarks>
internal sealed class OffsetDelete(GroupCoordinator groups) : IHandler<OffsetDeleteRequest, OffsetDeleteResponse>
{
    public static VersionRange Versions => new(0, 0);

    public async ValueTask<OffsetDeleteResponse?> Handle(OffsetDeleteRequest request, RequestContext context) =>
        await groups.DeleteOffsets(request, context.ForGroups()).ConfigureAwait(false);
}
