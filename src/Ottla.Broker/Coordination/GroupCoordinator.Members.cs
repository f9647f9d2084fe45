using Ottla.Broker.Coordination.Classic;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination;

public sealed partial class GroupCoordinator
{
    /// <summary>JoinGroup, versions 0 to 9. The answer comes when the rebalance has all its members, which may take the rebalance
    /// timeout.</summary>
    public async Task<JoinGroupResponse> Join(JoinGroupRequest request, GroupRequestContext context)
    {
        var refused = request.GroupId.Length == 0 ? ErrorCode.InvalidGroupId
            : request.SessionTimeoutMs < settings.MinSessionTimeoutMs || request.SessionTimeoutMs > settings.MaxSessionTimeoutMs
                ? ErrorCode.InvalidSessionTimeout
                : ErrorCode.None;
        var response = refused != ErrorCode.None
            ? ClassicGroups.RefusedJoin(refused, request.MemberId)
            : await OfGroup<JoinGroupResponse>(request.GroupId, context, error => ClassicGroups.RefusedJoin(error, request.MemberId),
                (shard, reply, decision) => shard.Join(request, context, reply, decision)).ConfigureAwait(false);
        // null came with version 7
        if (context.ApiVersion < 7) response.ProtocolName ??= "";
        return response;
    }

    /// <summary>SyncGroup, versions 0 to 5. A follower's answer comes when the leader has sent the assignments and they are
    /// stored.</summary>
    public Task<SyncGroupResponse> Sync(SyncGroupRequest request, GroupRequestContext context) => request.GroupId.Length == 0
        ? Task.FromResult(ClassicGroups.RefusedSync(ErrorCode.InvalidGroupId))
        : OfGroup<SyncGroupResponse>(request.GroupId, context, ClassicGroups.RefusedSync, (shard, reply, decision) => shard.Sync(request, reply, decision));

    /// <summary>Heartbeat, versions 0 to 4. While the group's partition loads every member is well: a rebalance for that would help
    /// nobody.</summary>
    public Task<HeartbeatResponse> Heartbeat(HeartbeatRequest request, GroupRequestContext context)
    {
        return request.GroupId.Length == 0
            ? Task.FromResult(Refused(ErrorCode.InvalidGroupId))
            : OfGroup<HeartbeatResponse>(request.GroupId, context, Refused, (shard, reply, decision) => shard.Heartbeat(request, reply, decision));

        static HeartbeatResponse Refused(ErrorCode error) =>
            new() { ErrorCode = error == ErrorCode.CoordinatorLoadInProgress ? ErrorCode.None : error };
    }

    /// <summary>LeaveGroup, versions 0 to 5; before version 3 one member leaves, and its error is the response's.</summary>
    public async Task<LeaveGroupResponse> Leave(LeaveGroupRequest request, GroupRequestContext context)
    {
        if (request.GroupId.Length == 0) return new LeaveGroupResponse { ErrorCode = ErrorCode.InvalidGroupId };
        var single = context.ApiVersion < 3;
        if (single) request.Members = [new() { MemberId = request.MemberId }];
        var response = await OfGroup<LeaveGroupResponse>(request.GroupId, context, static error => new() { ErrorCode = error },
            (shard, reply, decision) => shard.Leave(request, reply, decision)).ConfigureAwait(false);
        if (!single) return response;
        var error = response.ErrorCode == ErrorCode.None && response.Members.Count > 0 ? response.Members[0].ErrorCode : response.ErrorCode;
        return new LeaveGroupResponse { ErrorCode = error };
    }
}
