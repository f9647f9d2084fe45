using Ottla.Broker.Coordination;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>JoinGroup, key 11, versions 0 to 9: makes a client a member of a classic group, and waits until all members have
/// joined.</summary>
/// <remarks>
/// v1: rebalance time-out. v4: the member id must be asked for first (KIP-394). v5: static members (KIP-345). v6: flexible. v8: a reason
/// (KIP-800). v9:
/// whether the leader may skip assigning (KIP-814).
/// </remarks>
internal sealed class JoinGroup(GroupCoordinator groups) : IHandler<JoinGroupRequest, JoinGroupResponse>
{
    public static VersionRange Versions => new(0, 9);

    public async ValueTask<JoinGroupResponse?> Handle(JoinGroupRequest request, RequestContext context) =>
        await groups.Join(request, context.ForGroups()).ConfigureAwait(false);
}
