using Ottla.Broker.Coordination.Classic;
using Ottla.Broker.Coordination.Consumer;
using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Offsets;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Shards;

/// <summary>The brain of one partition of `__consumer_offsets`: all its groups and their offsets.</summary>
/// <remarks>
/// Owned by its shard's loop. It reads no clock, waits for nothing and touches no file: time and chance come in, a <see cref="Decision"/>
/// goes out, and <see cref="Replay"/> is the way by which records become state.
/// </remarks>
internal sealed class GroupShard
{
    private readonly GroupTable _table;
    private readonly ConsumerReplay _consumerReplay;

    public GroupShard(GroupSettings settings, ITopicCatalog topics, Random random)
    {
        _table = new GroupTable(settings, Deadlines, topics, random);
        Classic = new ClassicGroups(_table);
        Offsets = new CommittedOffsets(_table, Classic);
        Administration = new Administration(_table, Offsets);
        Consumer = new ConsumerGroups(_table, Classic);
        Descriptions = new ConsumerDescriptions(_table);
        _consumerReplay = new ConsumerReplay(_table);
    }

    public Deadlines Deadlines { get; } = new();

    public ClassicGroups Classic { get; }

    public CommittedOffsets Offsets { get; }

    public Administration Administration { get; }

    public ConsumerGroups Consumer { get; }

    public ConsumerDescriptions Descriptions { get; }

    public IReadOnlyDictionary<string, Group> Groups => _table.All;

    public static DeadlineKey ExpiryKey { get; } = new(DeadlineKind.OffsetsExpiry, "", "");

    /// <param name="offset">Where the record stands in the log.</param>
    /// <param name="producer">Of a transactional batch; <see cref="ProducerId.None"/> otherwise.</param>
    public void Replay(Offset offset, ProducerId producer, GroupRecord record)
    {
        switch (record.Key)
        {
            case OffsetCommitKey key: Offsets.Replay(offset, producer, key, (OffsetCommitValue?)record.Value); break;
            case GroupMetadataKey key: Classic.Replay(key, (GroupMetadataValue?)record.Value); break;
            case ConsumerGroupMetadataKey key: _consumerReplay.Epoch(key, (ConsumerGroupMetadataValue?)record.Value); break;
            case ConsumerGroupMemberMetadataKey key: _consumerReplay.Member(key, (ConsumerGroupMemberMetadataValue?)record.Value); break;
            case ConsumerGroupTargetAssignmentMetadataKey key:
                _consumerReplay.TargetEpoch(key, (ConsumerGroupTargetAssignmentMetadataValue?)record.Value);
                break;
            case ConsumerGroupTargetAssignmentMemberKey key:
                _consumerReplay.Target(key, (ConsumerGroupTargetAssignmentMemberValue?)record.Value);
                break;
            case ConsumerGroupCurrentMemberAssignmentKey key:
                _consumerReplay.Current(key, (ConsumerGroupCurrentMemberAssignmentValue?)record.Value);
                break;
            case ConsumerGroupRegularExpressionKey key: _consumerReplay.Regex(key, (ConsumerGroupRegularExpressionValue?)record.Value); break;
            case ShareGroupMetadataKey key: ReplayForeign(key.GroupId, GroupKind.Share, record.Value is not null); break;
            case StreamsGroupMetadataKey key: ReplayForeign(key.GroupId, GroupKind.Streams, record.Value is not null); break;
        }
    }

    private void ReplayForeign(string groupId, GroupKind kind, bool isThere)
    {
        if (isThere) _table.Put(new ForeignGroup(groupId, kind));
        else if (_table.TryGet<ForeignGroup>(groupId, out _)) _table.Remove(groupId);
    }

    /// <summary>A marker that ends the producer's transaction.</summary>
    public void ReplayEndTransaction(ProducerId producer, bool commit) => Offsets.Store.EndTransaction(producer, commit);

    /// <summary>The whole log has been replayed: from now on the group's members have to be heard.</summary>
    public void Loaded(string groupId, Decision decision)
    {
        if (_table.TryGet<ClassicGroup>(groupId, out var classic)) Classic.Loaded(classic, decision);
        else if (_table.TryGet<ConsumerGroup>(groupId, out var consumer)) Consumer.Loaded(consumer, decision);
    }

    /// <summary>A step on the group failed half-way. What a consumer group is, records alone say, and none was written; the members of a
    /// classic group, whom a step changes at once, are sent away to join again.</summary>
    public void Abandon(string groupId)
    {
        if (_table.TryGet<ClassicGroup>(groupId, out var classic)) Classic.Abandon(classic);
    }

    public void Join(JoinGroupRequest request, GroupRequestContext context, Reply<JoinGroupResponse> reply, Decision decision)
    {
        var join = ClassicGroups.Join.Of(request, context, reply);
        if (_table.TryGet<ForeignGroup>(request.GroupId, out _))
            decision.Answer(reply, ClassicGroups.RefusedJoin(ErrorCode.InconsistentGroupProtocol, request.MemberId));
        else if (_table.TryGet<ConsumerGroup>(request.GroupId, out var consumer) && !consumer.IsEmpty) Consumer.JoinGroup(consumer, join, decision);
        else Classic.JoinGroup(join, decision);
    }

    public void Sync(SyncGroupRequest request, Reply<SyncGroupResponse> reply, Decision decision)
    {
        if (_table.TryGet<ConsumerGroup>(request.GroupId, out var consumer)) Consumer.SyncGroup(consumer, request, reply, decision);
        else Classic.SyncGroup(request, reply, decision);
    }

    public void Heartbeat(HeartbeatRequest request, Reply<HeartbeatResponse> reply, Decision decision)
    {
        if (_table.TryGet<ConsumerGroup>(request.GroupId, out var consumer)) Consumer.Heartbeat(consumer, request, reply, decision);
        else Classic.Heartbeat(request, reply, decision);
    }

    public void Leave(LeaveGroupRequest request, Reply<LeaveGroupResponse> reply, Decision decision)
    {
        if (_table.TryGet<ConsumerGroup>(request.GroupId, out var consumer)) Consumer.LeaveGroup(consumer, request, reply, decision);
        else Classic.LeaveGroup(request, reply, decision);
    }

    public void ScheduleExpiry(Decision decision) =>
        Deadlines.Set(ExpiryKey, decision.NowMs + _table.Settings.OffsetsRetentionCheckIntervalMs);

    /// <summary>This node does not lead the partition any more: whoever waits for a group is told so.</summary>
    public void Resign()
    {
        foreach (var group in _table.All.Values)
        {
            if (group is ClassicGroup classic) ClassicGroups.RefuseAll(classic, ErrorCode.NotCoordinator);
        }
    }

    /// <summary>A deadline of a group has passed. One that was set anew since then is not meant.</summary>
    public void Fire(DeadlineKey key, Decision decision)
    {
        if (Deadlines.IsSet(key)) return;
        switch (key.Kind)
        {
            case DeadlineKind.ClassicSession: Classic.SessionExpired(key.Group, key.Member, decision); break;
            case DeadlineKind.ClassicJoin: Classic.JoinExpired(key.Group, decision); break;
            case DeadlineKind.ClassicSync: Classic.SyncExpired(key.Group, decision); break;
            case DeadlineKind.ConsumerSession: Consumer.SessionExpired(key.Group, key.Member, decision); break;
            case DeadlineKind.ConsumerJoin or DeadlineKind.ConsumerSync: Consumer.SessionExpired(key.Group, key.Member, decision); break;
            case DeadlineKind.ConsumerRebalance: Consumer.RevocationExpired(key.Group, key.Member, decision); break;
        }
    }
}
