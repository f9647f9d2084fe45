using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Classic;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>JoinGroup, key 11, versions 0 to 9: makes a client a member of a classic group, and waits until all members have
/// joined.</summary>
/// <remarks>
/// v1: rebalance time-out. v4: the member id must be asked for first (KIP-394). v5: static members (KIP-345). v6: flexible. v8: a reason
/// (KIP-800). v9: whether the leader may skip assigning (KIP-814). A client that goes, or a node that stops, ends the wait and not the
/// membership: that ends with the session.
/// </remarks>
internal sealed class JoinGroup(GroupCoordinator groups) : IHandler<JoinGroupRequest, JoinGroupResponse>
{
    public static VersionRange Versions => new(0, 9);

    public ValueTask<JoinGroupResponse?> Handle(JoinGroupRequest request, RequestContext context)
    {
        // the answer may take minutes, and the group keeps what it was told beyond that
        foreach (var protocol in request.Protocols) protocol.Metadata = protocol.Metadata.ToArray();
        context.ReleaseFrame();
        return context.Await<JoinGroupResponse?>(Join(request, context.ForGroups()), () => GivenUp(request, context));
    }

    private static JoinGroupResponse GivenUp(JoinGroupRequest request, RequestContext context)
    {
        var response = ClassicGroups.RefusedJoin(ErrorCode.NotCoordinator, request.MemberId);
        // null came with version 7
        if (context.ApiVersion < 7) response.ProtocolName ??= "";
        return response;
    }

    private async Task<JoinGroupResponse?> Join(JoinGroupRequest request, GroupRequestContext context) => await groups.Join(request, context).ConfigureAwait(false);
}
