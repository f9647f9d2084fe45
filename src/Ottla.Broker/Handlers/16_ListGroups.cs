using Ottla.Broker.Coordination;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>ListGroups, key 16, versions 0 to 5: the groups that this node coordinates.</summary>
/// <remarks>v3: flexible. v4: filter by state (KIP-518). v5: filter by type (KIP-848).</remarks>
internal sealed class ListGroups(GroupCoordinator groups) : IHandler<ListGroupsRequest, ListGroupsResponse>
{
    public static VersionRange Versions => new(0, 5);

    public async ValueTask<ListGroupsResponse?> Handle(ListGroupsRequest request, RequestContext context) =>
        await groups.ListGroups(request, context.ForGroups()).ConfigureAwait(false);
}
