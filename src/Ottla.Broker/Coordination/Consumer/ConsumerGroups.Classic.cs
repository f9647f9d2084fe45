using Ottla.Broker.Coordination.Classic;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Consumer;

/// <content>Members that speak the classic protocol in a consumer group: the coordinator assigns, and they learn of it by JoinGroup,
/// SyncGroup and Heartbeat. Their generation is their epoch; none of them leads.</content>
internal sealed partial class ConsumerGroups
{
    /// <summary>JoinGroup to a group that has members: a new one, or one that says what it still has and goes on towards its
    /// target.</summary>
    public void JoinGroup(ConsumerGroup group, ClassicGroups.Join join, Decision decision)
    {
        var error = CheckJoin(group, join, out var speaker, out var subscription);
        if (error != ErrorCode.None)
        {
            decision.Answer(join.Reply, ClassicGroups.RefusedJoin(error, error == ErrorCode.MemberIdRequired ? NewId("") : ""));
            return;
        }
        var member = speaker.Member with
        {
            InstanceId = join.Request.GroupInstanceId ?? speaker.Member.InstanceId,
            RackId = subscription!.RackId ?? speaker.Member.RackId,
            RebalanceTimeoutMs = join.RebalanceTimeoutMs,
            ServerAssignor = null,
            Topics = [.. subscription.Topics.Distinct().Order(StringComparer.Ordinal)],
            Regex = "",
            ClientId = join.Context.ClientId,
            ClientHost = join.Context.ClientHost,
            Classic = new ClassicSide(join.Request.SessionTimeoutMs, join.Protocols),
        };
        var owned = subscription.OwnedPartitions.SelectMany(t => PartitionsOf(t.Topic, t.Partitions)).ToHashSet();
        var advanced = Advance(speaker, member, owned, decision);
        table.Deadlines.Cancel(JoinKey(group.Id, member.Id));
        table.Deadlines.Set(SyncKey(group.Id, member.Id), decision.NowMs + member.RebalanceTimeoutMs);
        decision.Answer(join.Reply, new JoinGroupResponse
        {
            MemberId = advanced.Id,
            GenerationId = advanced.Epoch,
            ProtocolType = ClassicGroup.ConsumerProtocolType,
            ProtocolName = member.Classic.ProtocolName,
            Leader = "",
        });
        // a static member may have taken the place of the last one that spoke the consumer protocol
        if (speaker.Replaced is not null) decision.WhenAppended((refused, next) => DowngradeIfAllAreClassic(group.Id, refused, next));
    }

    /// <summary>What a member has, once it has joined for the epoch that the group is in.</summary>
    public void SyncGroup(ConsumerGroup group, SyncGroupRequest request, Reply<SyncGroupResponse> reply, Decision decision)
    {
        var error = FindClassic(group, request.MemberId, request.GroupInstanceId, out var member);
        if (error == ErrorCode.None) error = CheckSync(group, member!, request, decision);
        if (error != ErrorCode.None)
        {
            decision.Answer(reply, ClassicGroups.RefusedSync(error));
            return;
        }
        table.Deadlines.Cancel(SyncKey(group.Id, member!.Id));
        KeepSession(group.Id, member, decision);
        decision.Answer(reply, new SyncGroupResponse
        {
            ProtocolType = ClassicGroup.ConsumerProtocolType,
            ProtocolName = member.Classic!.ProtocolName,
            Assignment = AssignmentOf(member, member.Classic.Protocols[0].Metadata),
        });
    }

    /// <summary>Tells a member when to join again: for a new epoch, to give up partitions, or because others have given up
    /// theirs.</summary>
    public void Heartbeat(ConsumerGroup group, HeartbeatRequest request, Reply<HeartbeatResponse> reply, Decision decision)
    {
        var error = FindClassic(group, request.MemberId, request.GroupInstanceId, out var member);
        if (error == ErrorCode.None && request.GenerationId != member!.Epoch) error = ErrorCode.IllegalGeneration;
        if (error == ErrorCode.None)
        {
            KeepSession(group.Id, member!, decision);
            var isBehind = member!.Epoch < group.Epoch || member.State == MemberState.UnrevokedPartitions;
            var mayTake = member.State == MemberState.UnreleasedPartitions && !group.WaitsForOthers(member);
            if (isBehind || mayTake) error = AskToRejoin(group, member, decision);
        }
        decision.Answer(reply, new HeartbeatResponse { ErrorCode = error });
    }

    private ErrorCode CheckJoin(ConsumerGroup group, ClassicGroups.Join join, out Speaker speaker, out ConsumerProtocolSubscription? subscription)
    {
        var (memberId, instanceId) = (join.Request.MemberId, join.Request.GroupInstanceId);
        speaker = default;
        subscription = null;
        if (Settings.ConsumerMigrationPolicy == MigrationPolicy.Disabled) return ErrorCode.InconsistentGroupProtocol;
        if (group.Member(memberId) is null && IsFull(group, out var full)) return full.Error;
        if (!group.SupportsClassic(join.Request.ProtocolType, join.Protocols)) return ErrorCode.InconsistentGroupProtocol;
        var isNew = memberId.Length == 0;
        if (isNew && instanceId is null && join.Context.ApiVersion >= ClassicGroups.MemberIdRequiredVersion) return ErrorCode.MemberIdRequired;
        subscription = Subscriptions.Parse(join.Protocols[0].Metadata);
        if (subscription is null) return ErrorCode.InconsistentGroupProtocol;
        if (instanceId is null)
        {
            // an id that was handed out before is not kept, so any is taken
            speaker = new(group, group.Member(memberId) ?? new ConsumerMember(NewId(memberId)), null);
            return ErrorCode.None;
        }
        var known = group.StaticMember(instanceId);
        if (!isNew)
        {
            var refusal = CheckInstance(known, memberId, instanceId);
            if (refusal.Error == ErrorCode.None) speaker = new(group, known!, null);
            return refusal.Error;
        }
        speaker = known is null
            ? new(group, new ConsumerMember(NewId("")), null)
            : new(group, known with { Id = NewId(""), Epoch = ConsumerMember.JoinEpoch, PreviousEpoch = 0 }, known.Id);
        return ErrorCode.None;
    }

    private ErrorCode CheckSync(ConsumerGroup group, ConsumerMember member, SyncGroupRequest request, Decision decision)
    {
        if (request.GenerationId != member.Epoch) return ErrorCode.IllegalGeneration;
        if (request.ProtocolType is { } type && type != ClassicGroup.ConsumerProtocolType) return ErrorCode.InconsistentGroupProtocol;
        if (request.ProtocolName is { } name && name != member.Classic!.ProtocolName) return ErrorCode.InconsistentGroupProtocol;
        // a member that was told to give up partitions learns here which it keeps, whatever the group's epoch is by now
        var isBehind = group.Epoch > member.Epoch && member.State != MemberState.UnrevokedPartitions;
        return isBehind ? AskToRejoin(group, member, decision) : ErrorCode.None;
    }

    private static ErrorCode FindClassic(ConsumerGroup group, string memberId, string? instanceId, out ConsumerMember? member)
    {
        member = instanceId is null ? group.Member(memberId) : group.StaticMember(instanceId);
        if (instanceId is not null && CheckInstance(member, memberId, instanceId) is { Error: not ErrorCode.None } refusal) return refusal.Error;
        return member?.Classic is null ? ErrorCode.UnknownMemberId : ErrorCode.None;
    }

    /// <summary>From the first time that it is told the member has its rebalance timeout.</summary>
    private ErrorCode AskToRejoin(ConsumerGroup group, ConsumerMember member, Decision decision)
    {
        var key = JoinKey(group.Id, member.Id);
        if (!table.Deadlines.IsSet(key)) table.Deadlines.Set(key, decision.NowMs + member.RebalanceTimeoutMs);
        return ErrorCode.RebalanceInProgress;
    }

    /// <summary>Partitions of topics that are gone have no name, so they are left out.</summary>
    private byte[] AssignmentOf(ConsumerMember member, byte[] subscription)
    {
        var assignment = new ConsumerProtocolAssignment();
        foreach (var topic in member.Assigned.Keys.Order().GroupBy(static p => p.Topic))
        {
            if (!table.Topics.TryGet(topic.Key, out var info)) continue;
            assignment.AssignedPartitions.Add(new() { Topic = info.Name, Partitions = [.. topic.Select(static p => p.Partition)] });
        }
        return Subscriptions.FormatAssignment(assignment, subscription);
    }

    private IEnumerable<TopicIdPartition> PartitionsOf(string topic, IEnumerable<int> partitions) =>
        table.Topics.TryGet(topic, out var info) ? partitions.Select(p => new TopicIdPartition(info.Id, p)) : [];
}
