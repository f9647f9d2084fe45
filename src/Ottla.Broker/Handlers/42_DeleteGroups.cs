using Ottla.Broker.Coordination;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DeleteGroups, key 42, versions 0 to 3: deletes groups without members, with their offsets.</summary>
/// <remarks>KIP-229. v2: flexible. v3: error messages.</remarks>
internal sealed class DeleteGroups(GroupCoordinator groups) : IHandler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    public static VersionRange Versions => new(0, 3);

    public async ValueTask<DeleteGroupsResponse?> Handle(DeleteGroupsRequest request, RequestContext context) =>
        await groups.DeleteGroups(request, context.ForGroups()).ConfigureAwait(false);
}
