using System.Text;
using Ottla.Broker.Coordination.Consumer;
using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Classic;

internal sealed partial class ClassicGroups
{
    /// <summary>From this version of JoinGroup on, a member first fetches its id (KIP-394).</summary>
    internal const short MemberIdRequiredVersion = 4;

    /// <summary>From this version of JoinGroup on, a leader may be told that its group keeps its assignment (KIP-814).</summary>
    private const short SkipAssignmentVersion = 9;

    /// <summary>A JoinGroup request, with what the brain keeps of it copied out of the request's frame.</summary>
    internal sealed record Join(
        JoinGroupRequest Request, GroupRequestContext Context, IReadOnlyList<ClassicProtocol> Protocols, Reply<JoinGroupResponse> Reply)
    {
        public string GroupId => Request.GroupId;

        /// <summary>Version 0 has one timeout for both.</summary>
        public int RebalanceTimeoutMs => Context.ApiVersion == 0 ? Request.SessionTimeoutMs : Request.RebalanceTimeoutMs;

        public static Join Of(JoinGroupRequest request, GroupRequestContext context, Reply<JoinGroupResponse> reply)
        {
            var protocols = request.Protocols.DistinctBy(static p => p.Name).Select(static p => new ClassicProtocol(p.Name, p.Metadata.ToArray()));
            return new Join(request, context, [.. protocols], reply);
        }
    }

    public void JoinGroup(Join join, Decision decision)
    {
        var memberId = join.Request.MemberId;
        if (memberId.Length == 0 && !CanName(join))
        {
            decision.Answer(join.Reply, RefusedJoin(ErrorCode.UnknownServerError, ""));
            return;
        }
        var isNew = false;
        ConsumerGroup? former = null;
        if (!table.TryGet<ClassicGroup>(join.GroupId, out var group))
        {
            if (memberId.Length > 0)
            {
                decision.Answer(join.Reply, RefusedJoin(ErrorCode.UnknownMemberId, memberId));
                return;
            }
            // one with members is asked itself (ConsumerGroups.JoinGroup)
            Invariant.That(!table.TryGet(join.GroupId, out former) || former.IsEmpty);
            group = new ClassicGroup(join.GroupId, decision.NowMs);
            former?.AppendTombstones(decision);
            table.Put(group);
            isNew = true;
        }
        if (!HasRoomFor(group, memberId))
        {
            group.Remove(memberId);
            decision.Answer(join.Reply, RefusedJoin(ErrorCode.GroupMaxSizeReached, ""));
        }
        else if (!group.Supports(join.Request.ProtocolType, join.Protocols))
        {
            decision.Answer(join.Reply, RefusedJoin(ErrorCode.InconsistentGroupProtocol, memberId));
        }
        else if (memberId.Length == 0)
        {
            JoinAsNew(group, join, decision);
        }
        else
        {
            JoinAgain(group, join, decision);
        }
        if (isNew) Found(group, former, join.Reply, decision);
    }

    /// <summary>A member's id begins with its instance's or its client's, and no answer or record carries one that is too long: one such
    /// member would keep the others of its group from their answers.</summary>
    private static bool CanName(Join join) =>
        Encoding.UTF8.GetByteCount(join.Request.GroupInstanceId ?? join.Context.ClientId) + 1 + GroupTable.UuidChars <= Limits.MemberIdBytesMax;

    /// <summary>A group is in the log from its first member on, so that whoever coordinates it next knows it.</summary>
    /// <param name="former">The empty consumer group whose place it takes.</param>
    private void Found(ClassicGroup group, ConsumerGroup? former, Reply<JoinGroupResponse> reply, Decision decision)
    {
        decision.AppendWithoutReplay(new ClassicGroup(group.Id, decision.NowMs).ToRecord(new Dictionary<string, byte[]>()));
        decision.WhenAppended((error, next) =>
        {
            if (error == ErrorCode.None) return;
            CancelAll(group);
            table.Remove(group.Id);
            if (former is not null) table.Put(former);
            next.Answer(reply, RefusedJoin(error, ""));
        });
    }

    private bool HasRoomFor(ClassicGroup group, string memberId) => group.State switch
    {
        ClassicState.Empty => true,
        ClassicState.PreparingRebalance => group.Member(memberId)?.Joining is not null || group.JoiningCount < Settings.MaxSize,
        _ => group.Member(memberId) is not null || group.Members.Count < Settings.MaxSize,
    };

    private void JoinAsNew(ClassicGroup group, Join join, Decision decision)
    {
        var instanceId = join.Request.GroupInstanceId;
        var newId = $"{instanceId ?? join.Context.ClientId}-{table.NewUuid()}";
        if (instanceId is not null)
        {
            if (group.StaticMemberId(instanceId) is { } oldId) ReplaceStatic(group, oldId, newId, join, decision);
            else AddAndRebalance(group, newId, join, decision);
        }
        else if (join.Context.ApiVersion >= MemberIdRequiredVersion)
        {
            group.PendingJoins.Add(newId);
            table.Deadlines.Set(SessionKey(group, newId), decision.NowMs + join.Request.SessionTimeoutMs);
            decision.Answer(join.Reply, RefusedJoin(ErrorCode.MemberIdRequired, newId));
        }
        else
        {
            AddAndRebalance(group, newId, join, decision);
        }
    }

    private void JoinAgain(ClassicGroup group, Join join, Decision decision)
    {
        var memberId = join.Request.MemberId;
        if (group.PendingJoins.Contains(memberId))
        {
            if (join.Request.GroupInstanceId is null) AddAndRebalance(group, memberId, join, decision);
            else decision.Answer(join.Reply, RefusedJoin(ErrorCode.UnknownMemberId, memberId));
            return;
        }
        var error = group.Validate(memberId, join.Request.GroupInstanceId);
        if (error != ErrorCode.None)
        {
            decision.Answer(join.Reply, RefusedJoin(error, memberId));
            return;
        }
        var member = group.Members[memberId];
        var unchanged = member.Matches(join.Protocols);
        switch (group.State)
        {
            case ClassicState.PreparingRebalance:
            case ClassicState.CompletingRebalance when !unchanged:
            case ClassicState.Stable when !unchanged || group.LeaderId == memberId:
                UpdateAndRebalance(group, member, join, decision);
                break;
            case ClassicState.CompletingRebalance:
            case ClassicState.Stable:
                // it has missed the answer to its last join, or follows a leader: nothing has changed
                var withMembers = group.State == ClassicState.CompletingRebalance && group.LeaderId == memberId;
                decision.Answer(join.Reply, Joined(group, memberId, withMembers));
                break;
            default:
                decision.Answer(join.Reply, RefusedJoin(ErrorCode.UnknownMemberId, memberId));
                break;
        }
    }

    private void AddAndRebalance(ClassicGroup group, string memberId, Join join, Decision decision)
    {
        var member = new ClassicMember(memberId, join.Request.GroupInstanceId, join.Context.ClientId, join.Context.ClientHost,
            join.Request.ProtocolType)
        {
            RebalanceTimeoutMs = join.RebalanceTimeoutMs,
            SessionTimeoutMs = join.Request.SessionTimeoutMs,
            Protocols = join.Protocols,
            IsNew = true,
        };
        if (group.State == ClassicState.PreparingRebalance && group.Generation == 0) group.MemberCameDuringInitialDelay = true;
        group.Add(member, join.Reply);
        // it can't heartbeat before it knows its id, and a dead connection is not noticed while its request waits
        table.Deadlines.Set(SessionKey(group, memberId), decision.NowMs + Limits.NewMemberJoinTimeoutMs);
        RebalanceOrCompleteJoin(group, decision);
    }

    private void UpdateAndRebalance(ClassicGroup group, ClassicMember member, Join join, Decision decision)
    {
        if (member.Joining is { } earlier && !ReferenceEquals(earlier, join.Reply))
            decision.Answer(earlier, RefusedJoin(ErrorCode.RebalanceInProgress, member.Id));
        group.Update(member, join.Protocols, join.RebalanceTimeoutMs, join.Request.SessionTimeoutMs, join.Reply);
        RebalanceOrCompleteJoin(group, decision);
    }

    /// <summary>A static member starts again under a new id and keeps its place: no rebalance unless the elected strategy changes
    /// (KIP-345).</summary>
    private void ReplaceStatic(ClassicGroup group, string oldId, string newId, Join join, Decision decision)
    {
        var instanceId = join.Request.GroupInstanceId!;
        var formerLeader = group.LeaderId;
        var old = group.Members[oldId];
        if (old.Joining is { } joining) decision.Answer(joining, RefusedJoin(ErrorCode.FencedInstanceId, oldId));
        if (old.Syncing is { } syncing) decision.Answer(syncing, RefusedSync(ErrorCode.FencedInstanceId));
        CancelSession(group, oldId);
        var member = group.Replace(instanceId, oldId, newId);
        var (oldProtocols, oldRebalanceMs, oldSessionMs) = (member.Protocols, member.RebalanceTimeoutMs, member.SessionTimeoutMs);
        group.Update(member, join.Protocols, join.RebalanceTimeoutMs, join.Request.SessionTimeoutMs, join.Reply);
        KeepSession(group, member, decision);
        switch (group.State)
        {
            case ClassicState.Stable when group.ElectProtocol() == group.ProtocolName:
                decision.AppendWithoutReplay(group.ToRecord(group.Assignments()));
                decision.WhenAppended(Replaced);
                break;
            case ClassicState.PreparingRebalance:
                CompleteJoinIfAllAreThere(group, decision);
                break;
            default:
                // also while the leader assigns: it assigns to the old id, and the new one would get nothing
                RebalanceOrCompleteJoin(group, decision);
                break;
        }

        void Replaced(ErrorCode error, Decision next)
        {
            if (!ReferenceEquals(group.Member(newId), member)) return;
            if (error == ErrorCode.None)
            {
                var canSkip = join.Context.ApiVersion >= SkipAssignmentVersion;
                var leads = group.LeaderId == newId;
                var joined = Joined(group, newId, withMembers: canSkip && leads);
                joined.SkipAssignment = canSkip && leads;
                // an older client that is told that it leads would assign anew; the id that led before is nobody's any more
                if (!canSkip) joined.Leader = formerLeader ?? "";
                AnswerJoin(group, member, joined, next);
                return;
            }
            AnswerJoin(group, member, RefusedJoin(error, ""), next);
            group.Update(member, oldProtocols, oldRebalanceMs, oldSessionMs, null);
            CancelSession(group, newId);
            KeepSession(group, group.Replace(instanceId, newId, oldId), next);
        }
    }

    internal static JoinGroupResponse RefusedJoin(ErrorCode error, string memberId) =>
        new() { ErrorCode = error, MemberId = memberId, GenerationId = -1, ProtocolName = null, Leader = "" };

    private static JoinGroupResponse Joined(ClassicGroup group, string memberId, bool withMembers) => new()
    {
        GenerationId = group.Generation,
        ProtocolType = group.ProtocolType,
        ProtocolName = group.ProtocolName,
        Leader = group.LeaderId ?? "",
        MemberId = memberId,
        Members = withMembers ? CurrentMembers(group) : [],
    };

    private static List<JoinGroupResponse.JoinGroupResponseMember> CurrentMembers(ClassicGroup group) =>
    [
        .. group.Members.Values.Select(m => new JoinGroupResponse.JoinGroupResponseMember
        {
            MemberId = m.Id,
            GroupInstanceId = m.InstanceId,
            Metadata = m.MetadataOf(group.ProtocolName ?? ""),
        }),
    ];

    private static void AnswerJoin(ClassicGroup group, ClassicMember member, JoinGroupResponse response, Decision decision)
    {
        if (member.Joining is not { } reply) return;
        group.SetJoining(member, null);
        decision.Answer(reply, response);
    }
}
