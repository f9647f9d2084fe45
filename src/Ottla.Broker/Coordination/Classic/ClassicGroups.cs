using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Classic;

/// <summary>The classic group protocol (JoinGroup, SyncGroup, Heartbeat, LeaveGroup) over the groups of one shard.</summary>
/// <remarks>
/// Owned by the shard's loop; a step function: time comes in with the decision, records and answers go out with it. Members and phases of a
/// rebalance are soft state that changes at once, as in Kafka, for a rebalance in progress does not survive a failover anyway; what is
/// durable, a generation with its assignments, counts only once its record is in the log. Answers to JoinGroup and SyncGroup wait in
/// <see cref="ClassicMember.Joining"/> and <see cref="ClassicMember.Syncing"/>. Files: Joining, Rebalancing (from the first who comes to
/// the answers), Syncing, Leaving.
/// </remarks>
internal sealed partial class ClassicGroups(GroupTable table)
{
    private GroupSettings Settings => table.Settings;

    /// <summary>Replays a group's record: after a restart, and a tombstone at any time.</summary>
    public void Replay(GroupMetadataKey key, GroupMetadataValue? value)
    {
        if (value is null)
        {
            if (!table.TryGet<ClassicGroup>(key.Group, out var group)) return;
            CancelAll(group);
            table.Remove(key.Group);
            return;
        }
        table.Put(ClassicGroup.From(key.Group, value));
    }

    /// <summary>The log has been replayed: sessions run from now on.</summary>
    public void Loaded(ClassicGroup group, Decision decision)
    {
        foreach (var member in group.Members.Values) KeepSession(group, member, decision);
        if (group.Members.Count > Settings.MaxSize) BeginRebalance(group, decision);
    }

    /// <summary>Nobody speaks the consumer protocol any more in a group: its members go on as a classic one.</summary>
    /// <param name="group">Stable, with what its members have.</param>
    /// <param name="rebalance">Whether that is not what they shall have.</param>
    /// <param name="decision">Takes the answers.</param>
    public void TakeOver(ClassicGroup group, bool rebalance, Decision decision)
    {
        table.Put(group);
        foreach (var member in group.Members.Values) KeepSession(group, member, decision);
        if (rebalance) BeginRebalance(group, decision);
    }

    /// <summary>The group becomes a consumer group: whoever waits joins again, and finds it.</summary>
    public static void GiveUp(ClassicGroup group, Decision decision)
    {
        foreach (var member in group.Members.Values)
        {
            AnswerJoin(group, member, RefusedJoin(ErrorCode.RebalanceInProgress, member.Id), decision);
            if (member.Syncing is not { } syncing) continue;
            member.Syncing = null;
            decision.Answer(syncing, RefusedSync(ErrorCode.RebalanceInProgress));
        }
    }

    /// <summary>Nobody shall wait for the group any more: this node does not coordinate it, or what it knows of it can't be
    /// trusted.</summary>
    public static void RefuseAll(ClassicGroup group, ErrorCode error)
    {
        foreach (var member in group.Members.Values)
        {
            member.Joining?.Send(RefusedJoin(error, member.Id));
            member.Syncing?.Send(RefusedSync(error));
        }
    }

    /// <summary>Starts the group again without members: a step failed half-way, and what it did to them is not known. Its generation stays,
    /// so that nobody of an earlier one passes for a member.</summary>
    public void Abandon(ClassicGroup group)
    {
        RefuseAll(group, ErrorCode.UnknownServerError);
        CancelAll(group);
        table.Put(ClassicGroup.Without(group));
    }

    public void Heartbeat(HeartbeatRequest request, Reply<HeartbeatResponse> reply, Decision decision)
    {
        decision.Answer(reply, new HeartbeatResponse { ErrorCode = Check() });

        ErrorCode Check()
        {
            if (!table.TryGet<ClassicGroup>(request.GroupId, out var group)) return ErrorCode.UnknownMemberId;
            var error = group.Validate(request.MemberId, request.GroupInstanceId);
            if (error != ErrorCode.None) return error;
            if (request.GenerationId != group.Generation) return ErrorCode.IllegalGeneration;
            if (group.State == ClassicState.Empty) return ErrorCode.UnknownMemberId;
            KeepSession(group, group.Members[request.MemberId], decision);
            return group.State == ClassicState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
        }
    }

    /// <summary>A commit by a member counts as a heartbeat.</summary>
    public void Committed(ClassicGroup group, string memberId, Decision decision)
    {
        if (group.State is not (ClassicState.Stable or ClassicState.PreparingRebalance)) return;
        if (group.Member(memberId) is { } member) KeepSession(group, member, decision);
    }

    /// <summary>A member was not heard for its session timeout, or a handed out member id was not used.</summary>
    public void SessionExpired(string groupId, string memberId, Decision decision)
    {
        if (!table.TryGet<ClassicGroup>(groupId, out var group)) return;
        if (group.PendingJoins.Remove(memberId))
        {
            if (group.State == ClassicState.PreparingRebalance) CompleteJoinIfAllAreThere(group, decision);
            return;
        }
        if (group.Member(memberId) is not { } member || member.IsOwedAnAnswer) return;
        TakeOut(group, member, decision);
        AfterLeave(group, decision);
    }

    private static DeadlineKey JoinKey(ClassicGroup group) => new(DeadlineKind.ClassicJoin, group.Id, "");

    private static DeadlineKey SyncKey(ClassicGroup group) => new(DeadlineKind.ClassicSync, group.Id, "");

    private static DeadlineKey SessionKey(ClassicGroup group, string memberId) => new(DeadlineKind.ClassicSession, group.Id, memberId);

    private void KeepSession(ClassicGroup group, ClassicMember member, Decision decision) =>
        table.Deadlines.Set(SessionKey(group, member.Id), decision.NowMs + member.SessionTimeoutMs);

    private void CancelAll(ClassicGroup group)
    {
        foreach (var member in group.Members.Keys) CancelSession(group, member);
        foreach (var pending in group.PendingJoins) CancelSession(group, pending);
        table.Deadlines.Cancel(JoinKey(group));
        table.Deadlines.Cancel(SyncKey(group));
    }

    private void CancelSession(ClassicGroup group, string memberId) => table.Deadlines.Cancel(SessionKey(group, memberId));
}
