using Ottla.Broker.Coordination;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>LeaveGroup, key 13, versions 0 to 5: members leave a classic group.</summary>
/// <remarks>v3: several at once, by their instance id too (KIP-345); the answer carries one entry each. v4: flexible. v5: a reason
/// (KIP-800).</remarks>
internal sealed class LeaveGroup(GroupCoordinator groups) : IHandler<LeaveGroupRequest, LeaveGroupResponse>
{
    public static VersionRange Versions => new(0, 5);

    public async ValueTask<LeaveGroupResponse?> Handle(LeaveGroupRequest request, RequestContext context) =>
        await groups.Leave(request, context.ForGroups()).ConfigureAwait(false);
}
