using Ottla.Broker.Coordination.Classic;
using Ottla.Broker.Coordination.Consumer.Patterns;
using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Shards;
using Ottla.Configuration.Definitions;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>ConsumerGroupHeartbeat (KIP-848) over the groups of one shard: join, subscribe, take and give up partitions, all by one
/// request.</summary>
/// <remarks>
/// Owned by the shard's loop. A heartbeat decides on records and changes nothing; state follows when they are replayed
/// (<see cref="ConsumerReplay"/>). Its steps: who speaks (this file); the member as it shall be, whether the group's epoch grows (who reads
/// what, or the topics, changed), whether a new target is computed, at most once per assignment interval, and how far the member may go
/// towards the target (Advancing); leaving and being put out (Leaving). Members of the classic protocol may be in the same group (Classic):
/// each JoinGroup of theirs is such a step, SyncGroup tells what came of it. A classic group becomes a consumer group when the first member
/// of this protocol joins, and a classic one again when the last has left (Migrating).
/// </remarks>
internal sealed partial class ConsumerGroups(GroupTable table, ClassicGroups classicGroups)
{
    private GroupSettings Settings => table.Settings;

    /// <summary>Why a heartbeat is refused; no error: it is not.</summary>
    private readonly record struct HeartbeatRefusal(ErrorCode Error, string? Reason)
    {
        public static readonly HeartbeatRefusal No = new(ErrorCode.None, null);
    }

    /// <summary>Who speaks: the group, the member as it is known, and the id of the static member whose place it takes.</summary>
    private readonly record struct Speaker(ConsumerGroup Group, ConsumerMember Member, string? Replaced);

    public void Heartbeat(
        ConsumerGroupHeartbeatRequest request, GroupRequestContext context, Reply<ConsumerGroupHeartbeatResponse> reply, Decision decision)
    {
        var (error, reason) = HeartbeatRules.Check(request, context.ApiVersion, Settings.ConsumerAssignors);
        var refusal = new HeartbeatRefusal(error, reason);
        var isLeaving = request.MemberEpoch is ConsumerMember.LeaveEpoch or ConsumerMember.LeaveStaticEpoch;
        if (error == ErrorCode.None && isLeaving) refusal = Leave(request, reply, decision);
        else if (error == ErrorCode.None) refusal = Speak(request, context, reply, decision);
        if (refusal.Error == ErrorCode.None) return;
        decision.Answer(reply, new ConsumerGroupHeartbeatResponse { ErrorCode = refusal.Error, ErrorMessage = refusal.Reason });
    }

    /// <summary>The log has been replayed: from now on members have to be heard.</summary>
    public void Loaded(ConsumerGroup group, Decision decision)
    {
        foreach (var member in group.Members.Values)
        {
            KeepSession(group.Id, member, decision);
            if (member.State == MemberState.UnrevokedPartitions && member.Classic is null)
                table.Deadlines.Set(RebalanceKey(group.Id, member.Id), decision.NowMs + member.RebalanceTimeoutMs);
        }
    }

    private HeartbeatRefusal Speak(
        ConsumerGroupHeartbeatRequest request, GroupRequestContext context, Reply<ConsumerGroupHeartbeatResponse> reply, Decision decision)
    {
        var isJoining = request.MemberEpoch == ConsumerMember.JoinEpoch;
        var refusal = FindGroup(request.GroupId, isJoining, out var group, out var former);
        if (refusal.Error != ErrorCode.None) return refusal;
        refusal = request.InstanceId is null
            ? FindDynamic(group!, request, isJoining, out var speaker)
            : FindStatic(group!, request, request.InstanceId, isJoining, out speaker);
        if (refusal.Error != ErrorCode.None) return refusal;
        var owned = Owned(request);
        if (speaker.Member.State == MemberState.Unknown && owned is not { Count: 0 })
            return new(ErrorCode.FencedMemberEpoch, "The consumer group member is in a unknown state. The member must abandon all its partitions and rejoin.");
        if (request.SubscribedTopicRegex is { Length: > 0 } text && !TopicPattern.TryParse(text, out _, out var reason))
            return new(ErrorCode.InvalidRegularExpression, $"SubscribedTopicRegex `{Quote.Of(text)}` is not a valid regular expression: {reason}.");
        if (former is not null) Convert(former, group!, decision);
        var advanced = Advance(speaker, Updated(speaker.Member, request, context), owned, decision);
        decision.Answer(reply, Answer(group!.Id, request, speaker.Member, advanced));
        return HeartbeatRefusal.No;
    }

    /// <param name="former">The classic group whose place the new group takes, with its members if it has any.</param>
    private HeartbeatRefusal FindGroup(string groupId, bool isJoining, out ConsumerGroup? group, out ClassicGroup? former)
    {
        former = null;
        if (table.TryGet(groupId, out group)) return HeartbeatRefusal.No;
        var isOther = table.TryGet(groupId, out former) ? !isJoining : table.All.ContainsKey(groupId);
        if (isOther) return new(ErrorCode.GroupIdNotFound, $"Group {Quote.Of(groupId)} is not a consumer group.");
        if (!isJoining) return new(ErrorCode.GroupIdNotFound, $"Consumer group {Quote.Of(groupId)} not found.");
        if (former is { State: not ClassicState.Empty }) return Upgraded(former, out group);
        group = new ConsumerGroup(groupId);
        return HeartbeatRefusal.No;
    }

    private HeartbeatRefusal FindDynamic(ConsumerGroup group, ConsumerGroupHeartbeatRequest request, bool isJoining, out Speaker speaker)
    {
        var known = group.Member(request.MemberId);
        speaker = default;
        if (known is null && !isJoining)
            return new(ErrorCode.UnknownMemberId, $"Member {Quote.Of(request.MemberId)} is not a member of group {Quote.Of(group.Id)}.");
        if (known is null && IsFull(group, out var full)) return full;
        speaker = new(group, known ?? new ConsumerMember(NewId(request.MemberId)), null);
        return known is null ? HeartbeatRefusal.No : CheckEpoch(known, request);
    }

    private HeartbeatRefusal FindStatic(ConsumerGroup group, ConsumerGroupHeartbeatRequest request, string instanceId, bool isJoining, out Speaker speaker)
    {
        var known = group.StaticMember(instanceId);
        speaker = default;
        if (isJoining && known is null)
        {
            if (group.Member(request.MemberId) is null && IsFull(group, out var full)) return full;
            speaker = new(group, group.Member(request.MemberId) ?? new ConsumerMember(NewId(request.MemberId)), null);
            return HeartbeatRefusal.No;
        }
        if (isJoining)
        {
            // a member of the classic protocol starts again with this one
            if (known!.Epoch != ConsumerMember.LeaveStaticEpoch && known.Classic is null)
            {
                return new(ErrorCode.UnreleasedInstanceId,
                    $"Static member {Quote.Of(request.MemberId)} with instance id {Quote.Of(instanceId)} cannot join the group "
                    + $"because the instance id is owned by {Quote.Of(known.Id)} member.");
            }
            speaker = new(group, known with { Id = NewId(request.MemberId), Epoch = ConsumerMember.JoinEpoch, PreviousEpoch = 0 }, known.Id);
            return HeartbeatRefusal.No;
        }
        var refusal = CheckInstance(known, request.MemberId, instanceId);
        if (refusal.Error != ErrorCode.None) return refusal;
        speaker = new(group, known!, null);
        return CheckEpoch(known!, request);
    }

    private static HeartbeatRefusal CheckInstance(ConsumerMember? known, string memberId, string instanceId) =>
        known is null ? new(ErrorCode.UnknownMemberId, $"Instance id {Quote.Of(instanceId)} is unknown.")
        : known.Id != memberId
            ? new(ErrorCode.FencedInstanceId,
                $"Static member {Quote.Of(memberId)} with instance id {Quote.Of(instanceId)} was fenced by member {Quote.Of(known.Id)}.")
        : HeartbeatRefusal.No;

    /// <summary>A member may be one epoch behind if it has no partition that it should not have: it did not hear the last answer.</summary>
    private static HeartbeatRefusal CheckEpoch(ConsumerMember member, ConsumerGroupHeartbeatRequest request)
    {
        if (request.MemberEpoch == ConsumerMember.JoinEpoch || request.MemberEpoch == member.Epoch) return HeartbeatRefusal.No;
        var isBehindByAnAnswer = request.MemberEpoch == member.PreviousEpoch
            && Owned(request) is { } owned && owned.All(member.Assigned.ContainsKey);
        if (request.MemberEpoch < member.Epoch && isBehindByAnAnswer) return HeartbeatRefusal.No;
        var how = request.MemberEpoch > member.Epoch ? "greater" : "smaller";
        return new(ErrorCode.FencedMemberEpoch,
            $"The consumer group member has a {how} member epoch ({request.MemberEpoch}) than the one known by the group coordinator ({member.Epoch}). "
            + "The member must abandon all its partitions and rejoin.");
    }

    private bool IsFull(ConsumerGroup group, out HeartbeatRefusal refusal)
    {
        refusal = new(ErrorCode.GroupMaxSizeReached, $"The consumer group has reached its maximum capacity of {Settings.ConsumerMaxSize} members.");
        return group.Members.Count >= Settings.ConsumerMaxSize;
    }

    /// <summary>From version 1 on members choose their ids themselves.</summary>
    private string NewId(string wanted) => wanted.Length > 0 ? wanted : Uuid.Random(table.Random).ToString();

    private static HashSet<TopicIdPartition>? Owned(ConsumerGroupHeartbeatRequest request) =>
        request.TopicPartitions?.SelectMany(static t => t.Partitions.Select(p => new TopicIdPartition(t.TopicId, p))).ToHashSet();

    private static DeadlineKey SessionKey(string group, string member) => new(DeadlineKind.ConsumerSession, group, member);

    private static DeadlineKey RebalanceKey(string group, string member) => new(DeadlineKind.ConsumerRebalance, group, member);

    private static DeadlineKey JoinKey(string group, string member) => new(DeadlineKind.ConsumerJoin, group, member);

    private static DeadlineKey SyncKey(string group, string member) => new(DeadlineKind.ConsumerSync, group, member);

    private void KeepSession(string group, ConsumerMember member, Decision decision)
    {
        var timeoutMs = member.Classic?.SessionTimeoutMs ?? Settings.Overrides(group)?.ConsumerSessionTimeoutMs ?? Settings.ConsumerSessionTimeoutMs;
        table.Deadlines.Set(SessionKey(group, member.Id), decision.NowMs + timeoutMs);
    }

    private void CancelDeadlines(string group, string member)
    {
        table.Deadlines.Cancel(SessionKey(group, member));
        table.Deadlines.Cancel(RebalanceKey(group, member));
        CancelRejoin(group, member);
    }

    private void CancelRejoin(string group, string member)
    {
        table.Deadlines.Cancel(JoinKey(group, member));
        table.Deadlines.Cancel(SyncKey(group, member));
    }
}
