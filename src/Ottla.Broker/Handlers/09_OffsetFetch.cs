using Ottla.Broker.Coordination;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>OffsetFetch, key 9, versions 1 to 10: tells what groups have committed.</summary>
/// <remarks>
/// v7: only stable offsets, on demand (KIP-447). v8: several groups (KIP-709). v9: members of the new protocol (KIP-848). v10: topics by
/// id. An unknown group has committed nothing (-1).
/// </remarks>
internal sealed class OffsetFetch(GroupCoordinator groups) : IHandler<OffsetFetchRequest, OffsetFetchResponse>
{
    public static VersionRange Versions => new(1, 10);

    public async ValueTask<OffsetFetchResponse?> Handle(OffsetFetchRequest request, RequestContext context) =>
        await groups.FetchOffsets(request, context.ForGroups()).ConfigureAwait(false);
}
