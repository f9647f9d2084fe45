using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Classic;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>SyncGroup, key 14, versions 0 to 5: the leader hands the assignment in, the others wait for theirs.</summary>
/// <remarks>v3: static members (KIP-345). v4: flexible. v5: type and name of the protocol, checked (KIP-559).</remarks>
internal sealed class SyncGroup(GroupCoordinator groups) : IHandler<SyncGroupRequest, SyncGroupResponse>
{
    public static VersionRange Versions => new(0, 5);

    public ValueTask<SyncGroupResponse?> Handle(SyncGroupRequest request, RequestContext context)
    {
        if (context.ApiVersion >= 5 && (request.ProtocolType is null || request.ProtocolName is null))
            return new(new SyncGroupResponse { ErrorCode = ErrorCode.InconsistentGroupProtocol });
        // as in JoinGroup: the wait may be long, and the group keeps the assignments
        foreach (var member in request.Assignments) member.Assignment = member.Assignment.ToArray();
        context.ReleaseFrame();
        return context.Await<SyncGroupResponse?>(Sync(request, context.ForGroups()), () => ClassicGroups.RefusedSync(ErrorCode.NotCoordinator));
    }

    private async Task<SyncGroupResponse?> Sync(SyncGroupRequest request, GroupRequestContext context) => await groups.Sync(request, context).ConfigureAwait(false);
}
