using FsCheck;
using FsCheck.Fluent;
using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using static Ottla.Broker.Tests.Coordination.ClassicScene;

namespace Ottla.Broker.Tests.Coordination;

public sealed class CommittedOffsetsTests
{
    private const long DayMs = 24L * 3_600_000;

    private readonly Brain _brain = new(new GroupSettings { InitialRebalanceDelayMs = 0, OffsetsRetentionMs = DayMs, OffsetMetadataMax = 10 });

    public CommittedOffsetsTests()
    {
        _brain.Topics.Add("orders", 2);
        _brain.Topics.Add("bills", 1);
        _brain.Run(_brain.Shard.ScheduleExpiry);
    }

    [Fact]
    public void Whoever_is_no_member_may_commit_to_a_group_without_members()
    {
        Assert.Equal(ErrorCode.None, _brain.Commit("solo", "orders", 0, 5, metadata: "note"));
        var committed = _brain.Committed("solo", "orders", 0);
        Assert.Equal((5, "note", ErrorCode.None), (committed.CommittedOffset, committed.Metadata, committed.ErrorCode));
        Assert.Equal(("Empty", ""), (_brain.State("solo"), _brain.Shard.Groups["solo"].ProtocolTypeName));
        var value = (OffsetCommitValue)_brain.Log[^1].Value!;
        _brain.Topics.TryGet("orders", out var topic);
        Assert.Equal((topic!.Id, _brain.NowMs), (value.TopicId, value.CommitTimestamp));
    }

    [Fact]
    public void Nothing_committed_is_no_error()
    {
        var committed = _brain.Committed("nobody", "orders", 0);
        Assert.Equal((-1, "", ErrorCode.None), (committed.CommittedOffset, committed.Metadata, committed.ErrorCode));
    }

    [Fact]
    public void Commits_that_make_no_sense_are_refused_one_by_one()
    {
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, _brain.Commit("solo", "nowhere", 0, 5));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, _brain.Commit("solo", "orders", 9, 5));
        Assert.Equal(ErrorCode.OffsetMetadataTooLarge, _brain.Commit("solo", "orders", 0, 5, metadata: "more than ten"));
        Assert.Equal(ErrorCode.IllegalGeneration, _brain.Commit("solo", "orders", 0, 5, generation: 1, member: "m"));
        Assert.Equal(ErrorCode.GroupIdNotFound, _brain.Commit("solo", "orders", 0, 5, generation: 1, member: "m", version: 9));
        Assert.Empty(_brain.Log);
        Assert.Empty(_brain.Shard.Groups);
    }

    [Fact]
    public void Members_commit_with_their_generation_also_in_a_rebalance_but_not_before_their_assignment()
    {
        var id = _brain.StableGroup();
        Assert.Equal(ErrorCode.None, _brain.Commit(G, "orders", 0, 3, 1, id));
        Assert.Equal(ErrorCode.IllegalGeneration, _brain.Commit(G, "orders", 0, 4, 2, id));
        Assert.Equal(ErrorCode.IllegalGeneration, _brain.Commit(G, "orders", 0, 4, -5, id));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Commit(G, "orders", 0, 4, 1, "x"));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Commit(G, "orders", 0, 4));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Commit(G, "orders", 0, 4, 1, id, "instance"));
        var (second, _) = _brain.JoinTwice();
        Assert.Equal(ErrorCode.None, _brain.Commit(G, "orders", 0, 5, 1, id));
        Assert.True(_brain.Join(id).HasCome);
        Assert.Equal(ErrorCode.RebalanceInProgress, _brain.Commit(G, "orders", 0, 6, 2, second));
        Assert.Equal(5, _brain.Committed(G, "orders", 0).CommittedOffset);
    }

    [Fact]
    public void A_commit_that_can_not_be_stored_changes_nothing()
    {
        _brain.Commit("solo", "orders", 0, 5);
        _brain.AppendError = ErrorCode.NotEnoughReplicasAfterAppend;
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, _brain.Commit("solo", "orders", 0, 6));
        Assert.Equal(5, _brain.Committed("solo", "orders", 0).CommittedOffset);
    }

    [Fact]
    public void A_topic_can_be_named_by_its_id_and_a_new_topic_of_that_name_has_no_offsets()
    {
        _brain.Commit("solo", "orders", 0, 5);
        _brain.Topics.TryGet("orders", out var topic);
        Assert.Equal((5, ErrorCode.None), ById(topic!.Id));
        Assert.Equal((-1, ErrorCode.UnknownTopicId), ById(new Uuid(1, 1)));
        _brain.Topics.Remove("orders");
        Assert.Equal((-1, ErrorCode.None), ById(_brain.Topics.Add("orders", 2).Id));

        (long, ErrorCode) ById(Uuid id)
        {
            var request = new OffsetFetchRequest.OffsetFetchRequestGroup { GroupId = "solo", Topics = [new() { TopicId = id, PartitionIndexes = [0] }] };
            var answer = Assert.Single(_brain.Shard.Offsets.Fetch(request, false, 10).Topics);
            Assert.Equal(id, answer.TopicId);
            return (answer.Partitions[0].CommittedOffset, answer.Partitions[0].ErrorCode);
        }
    }

    [Fact]
    public void All_offsets_of_a_group_come_when_no_topics_are_named()
    {
        _brain.Commit("solo", "orders", 1, 5);
        _brain.Commit("solo", "bills", 0, 7);
        var all = _brain.Shard.Offsets.Fetch(new() { GroupId = "solo", Topics = null }, false, 8).Topics;
        Assert.Equal([("bills", 0, 7L), ("orders", 1, 5L)], all.Select(t => (t.Name, t.Partitions[0].PartitionIndex, t.Partitions[0].CommittedOffset)).Order());
    }

    [Fact]
    public void Offsets_are_deleted_unless_the_group_reads_the_topic()
    {
        var id = _brain.StableGroup(topics: ["orders"]);
        _brain.Commit(G, "orders", 0, 3, 1, id);
        _brain.Commit(G, "bills", 0, 4, 1, id);
        Assert.Equal([ErrorCode.GroupSubscribedToTopic, ErrorCode.None, ErrorCode.UnknownTopicOrPartition],
            Delete(G, "orders", "bills", "nowhere").Topics.Select(t => t.Partitions[0].ErrorCode));
        Assert.Equal((3, -1), (_brain.Committed(G, "orders", 0).CommittedOffset, _brain.Committed(G, "bills", 0).CommittedOffset));
        Assert.Equal(ErrorCode.GroupIdNotFound, Delete("nobody", "bills").ErrorCode);
        _brain.JoinTwice("workers", protocols: ["v1"]);
    }

    [Fact]
    public void Offsets_of_a_group_with_members_that_are_no_consumers_are_not_deleted()
    {
        var first = _brain.Join(type: "connect", version: 3);
        _brain.Advance(0);
        Assert.True(first.HasCome);
        Assert.Equal(ErrorCode.NonEmptyGroup, Delete(G, "bills").ErrorCode);
    }

    private OffsetDeleteResponse Delete(string group, params string[] topics)
    {
        var request = new OffsetDeleteRequest
        {
            GroupId = group,
            Topics = [.. topics.Select(t => new OffsetDeleteRequest.OffsetDeleteRequestTopic { Name = t, Partitions = [new() { PartitionIndex = 0 }] })],
        };
        return _brain.Ask<OffsetDeleteResponse>((reply, decision) => _brain.Shard.Offsets.Delete(request, reply, decision));
    }

    [Fact]
    public void Offsets_without_a_group_expire_from_their_commit_and_the_group_with_them()
    {
        _brain.Commit("solo", "orders", 0, 5);
        _brain.Advance(DayMs / 2);
        _brain.Commit("solo", "bills", 0, 5);
        _brain.Advance(DayMs / 2 + 600_000);
        Assert.Equal((-1, 5), (_brain.Committed("solo", "orders", 0).CommittedOffset, _brain.Committed("solo", "bills", 0).CommittedOffset));
        _brain.Advance(DayMs);
        Assert.Empty(_brain.Shard.Groups);
        Assert.Null(_brain.Log[^1].Value);
        Assert.Equal("solo", ((GroupMetadataKey)_brain.Log[^1].Key).Group);
    }

    [Fact]
    public void Offsets_of_a_group_that_became_empty_expire_from_that_moment()
    {
        var id = _brain.StableGroup(sessionMs: 10_000);
        _brain.Commit(G, "orders", 0, 5, 1, id);
        for (var i = 0; i < 12 * 24; i++)
        {
            _brain.Advance(300_000 - 1);
            _brain.Run(_ => { });
            if (_brain.Shard.Groups[G].IsEmpty) break;
            Assert.Equal(ErrorCode.None, _brain.Heartbeat(id, 1));
        }
        Assert.Equal("Empty", _brain.State());
        _brain.Advance(DayMs - 1_000_000);
        Assert.Equal(5, _brain.Committed(G, "orders", 0).CommittedOffset);
        _brain.Advance(2_000_000);
        Assert.Equal(-1, _brain.Committed(G, "orders", 0).CommittedOffset);
        Assert.Empty(_brain.Shard.Groups);
    }

    [Fact]
    public void A_client_that_sets_its_own_retention_gets_it_also_after_a_restart()
    {
        _brain.Commit("solo", "orders", 0, 5, version: 4, retentionMs: 3 * DayMs);
        _brain.Restart();
        _brain.Advance(3 * DayMs - 1);
        Assert.Equal(5, _brain.Committed("solo", "orders", 0).CommittedOffset);
        _brain.Advance(600_001);
        Assert.Equal(-1, _brain.Committed("solo", "orders", 0).CommittedOffset);
    }

    [Fact]
    public void Offsets_of_deleted_topics_go()
    {
        _brain.Commit("solo", "orders", 0, 5);
        _brain.Commit("solo", "bills", 0, 6);
        _brain.Run(d => _brain.Shard.Offsets.DropTopics("solo", new Dictionary<string, Uuid> { ["orders"] = Uuid.Zero }, d));
        Assert.Equal((-1, 6), (_brain.Committed("solo", "orders", 0).CommittedOffset, _brain.Committed("solo", "bills", 0).CommittedOffset));
        _brain.Run(d => _brain.Shard.Offsets.DropTopics("solo", new Dictionary<string, Uuid> { ["bills"] = new Uuid(9, 9) }, d));
        Assert.Equal(6, _brain.Committed("solo", "bills", 0).CommittedOffset);
    }

    [Fact]
    public void Only_groups_without_members_are_deleted_and_their_offsets_with_them()
    {
        _brain.StableGroup();
        _brain.Commit("solo", "orders", 0, 5);
        Assert.Equal([ErrorCode.NonEmptyGroup, ErrorCode.None, ErrorCode.GroupIdNotFound], new[] { G, "solo", "nobody" }.Select(DeleteGroup));
        Assert.Equal(-1, _brain.Committed("solo", "orders", 0).CommittedOffset);
        Assert.DoesNotContain("solo", _brain.Shard.Groups.Keys);
        _brain.Restart();
        Assert.Equal([G], _brain.Shard.Groups.Keys);

        ErrorCode DeleteGroup(string id)
        {
            var error = ErrorCode.None;
            _brain.Run(d => error = _brain.Shard.Administration.Delete(id, d));
            return error;
        }
    }

    [Fact]
    public void Offsets_of_a_transaction_count_when_it_is_committed_and_never_when_it_is_aborted()
    {
        var producer = new ProducerId(7);
        Replay(10, producer, 5);
        Assert.Equal(-1, _brain.Committed("solo", "orders", 0).CommittedOffset);
        Assert.Equal(ErrorCode.UnstableOffsetCommit, _brain.Committed("solo", "orders", 0, stable: true).ErrorCode);
        _brain.Shard.ReplayEndTransaction(producer, commit: true);
        Assert.Equal(5, _brain.Committed("solo", "orders", 0, stable: true).CommittedOffset);
        Replay(11, producer, 9);
        _brain.Shard.ReplayEndTransaction(producer, commit: false);
        Assert.Equal(5, _brain.Committed("solo", "orders", 0, stable: true).CommittedOffset);
    }

    [Fact]
    public void A_commit_written_after_that_of_a_transaction_wins_although_the_transaction_ends_later()
    {
        Replay(10, new ProducerId(7), 5);
        Replay(11, ProducerId.None, 6);
        _brain.Shard.ReplayEndTransaction(new ProducerId(7), commit: true);
        Assert.Equal(6, _brain.Committed("solo", "orders", 0).CommittedOffset);
    }

    private void Replay(long at, ProducerId producer, long offset) => _brain.Shard.Replay(new Offset(at), producer, new GroupRecord(
        new OffsetCommitKey { Group = "solo", Topic = "orders", Partition = 0 },
        new OffsetCommitValue { Offset = offset, Metadata = "", LeaderEpoch = -1, CommitTimestamp = _brain.NowMs }));

    [Fact]
    public void Groups_are_listed_and_described_by_state_and_type()
    {
        var id = _brain.StableGroup();
        _brain.Commit("solo", "orders", 0, 5);
        var admin = _brain.Shard.Administration;
        Assert.Equal([(G, "consumer", "Stable", "classic"), ("solo", "", "Empty", "classic")],
            admin.List([], []).Select(g => (g.GroupId, g.ProtocolType, g.GroupState, g.GroupType)).OrderByDescending(g => g.GroupId));
        Assert.Equal([G], admin.List(["stable"], ["Classic"]).Select(g => g.GroupId));
        Assert.Empty(admin.List([], ["consumer"]));
        var described = admin.Describe(G, 6);
        Assert.Equal(("Stable", "consumer", "range", id), (described.GroupState, described.ProtocolType, described.ProtocolData, described.Members[0].MemberId));
        Assert.Equal([1], described.Members[0].MemberAssignment.ToArray());
        var unknown = admin.Describe("x", 6);
        Assert.Equal((ErrorCode.GroupIdNotFound, "Dead", "Group x not found."), (unknown.ErrorCode, unknown.GroupState, unknown.ErrorMessage));
        Assert.Equal((ErrorCode.None, "Dead"), (admin.Describe("x", 5).ErrorCode, admin.Describe("x", 5).GroupState));
    }

    [Fact]
    public void Any_commits_and_deletions_read_back_after_a_restart()
    {
        Prop.ForAll(
            ArbMap.Default.ArbFor<(byte, byte, short)[]>(), steps =>
            {
                var brain = new Brain();
                brain.Topics.Add("t", 256);
                var model = new Dictionary<(string, int), long>();
                foreach (var (g, partition, offset) in steps)
                {
                    var group = "g" + g % 3;
                    if (offset < 0)
                    {
                        brain.Run(d => d.Append(Ottla.Broker.Coordination.Offsets.CommittedOffsets.Tombstone(group, "t", partition)));
                        model.Remove((group, partition));
                    }
                    else
                    {
                        Assert.Equal(ErrorCode.None, brain.Commit(group, "t", partition, offset));
                        model[(group, partition)] = offset;
                    }
                }
                brain.Restart();
                return brain.Shard.Offsets.Store.Count == model.Count
                    && model.All(m => brain.Committed(m.Key.Item1, "t", m.Key.Item2).CommittedOffset == m.Value);
            }).QuickCheckThrowOnFailure();
    }
}
