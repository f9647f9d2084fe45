using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Consumer;
using Ottla.Broker.Coordination.Groups;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using static Ottla.Broker.Tests.Coordination.ClassicScene;

namespace Ottla.Broker.Tests.Coordination;

/// <summary>Groups that change their protocol while they have members (KIP-848); the conversations are those that members have with Apache
/// Kafka.</summary>
public sealed class MigrationTests
{
    private readonly Brain _brain = Made();

    [Fact]
    public void A_classic_group_becomes_a_consumer_group_with_the_first_member_of_that_protocol_and_the_records_are_Kafkas()
    {
        var a = Classic(_brain);
        var before = _brain.Log.Count;
        var joined = _brain.JoinConsumer("b", group: G);
        Assert.Equal((ErrorCode.None, 2), (joined.ErrorCode, joined.MemberEpoch));
        Assert.Empty(_brain.Parts(joined));
        var records = _brain.Log[before..];
        Assert.Equal([-2, 5, 3, 7, 6, 8, 5, 3, 7, 7, 6, 8], records.Select(KeyOf));
        var member = (ConsumerGroupMemberMetadataValue)records[1].Value!;
        Assert.Equal((10_000, "range"), (member.ClassicMemberMetadata!.SessionTimeoutMs, member.ClassicMemberMetadata.SupportedProtocols.Single().Name));
        Assert.Equal(Subscription("orders"), member.ClassicMemberMetadata.SupportedProtocols[0].Metadata.ToArray());
        Assert.Equal(1, ((ConsumerGroupMetadataValue)records[2].Value!).Epoch);
        var target = (ConsumerGroupTargetAssignmentMetadataValue)records[4].Value!;
        Assert.Equal((1, 0L), (target.AssignmentEpoch, target.AssignmentTimestamp));
        var current = (ConsumerGroupCurrentMemberAssignmentValue)records[5].Value!;
        Assert.Equal((1, 1, 0), (current.MemberEpoch, current.PreviousMemberEpoch, current.State));
        Assert.Equal([1, 1, 1], current.AssignedPartitions.Single().AssignmentEpochs);
        Assert.Null(((ConsumerGroupMemberMetadataValue)records[6].Value!).ClassicMemberMetadata);
        Assert.Equal(GroupKind.Consumer, _brain.Shard.Groups[G].Kind);
        var described = _brain.Shard.Descriptions.Describe(G);
        Assert.Equal("Reconciling", described.GroupState);
        Assert.Equal([(a, 0), ("b", 1)], described.Members.Select(m => (m.MemberId, (int)m.MemberType)).OrderBy(m => m.Item2));
    }

    [Fact]
    public void A_classic_member_gives_up_and_takes_partitions_by_joining_again()
    {
        var a = Classic(_brain);
        var b = _brain.JoinConsumer("b", group: G);
        Assert.Equal(ErrorCode.RebalanceInProgress, _brain.Heartbeat(a, 1));
        Assert.Equal(ErrorCode.RebalanceInProgress, _brain.Sync(a, 1).Result.ErrorCode);

        var told = _brain.Join(a, owned: ("orders", [0, 1, 2])).Result;
        Assert.Equal((ErrorCode.None, 1, "range", ""), (told.ErrorCode, told.GenerationId, told.ProtocolName, told.Leader));
        Assert.Equal(("consumer", a, 0), (told.ProtocolType, told.MemberId, told.Members.Count));
        Assert.Equal(MemberState.UnrevokedPartitions, _brain.Member(a, G).State);
        Assert.Equal(ErrorCode.RebalanceInProgress, _brain.Heartbeat(a, 1));
        var kept = Synced(a, 1);
        Assert.Equal(2, kept.Length);
        Assert.Null(_brain.Beat("b", b.MemberEpoch, group: G).Assignment);

        var given = _brain.Join(a, owned: ("orders", kept)).Result;
        Assert.Equal((ErrorCode.None, 2), (given.ErrorCode, given.GenerationId));
        Assert.Equal(kept, Synced(a, 2));
        Assert.Equal(ErrorCode.None, _brain.Heartbeat(a, 2));
        var taken = _brain.Parts(_brain.Beat("b", 2, group: G));
        Assert.Equal(["orders-0", "orders-1", "orders-2"], kept.Select(p => $"orders-{p}").Concat(taken).Order());
        Assert.Equal("Stable", _brain.State());
    }

    [Fact]
    public void One_that_gives_up_everything_before_it_joins_is_in_the_new_epoch_at_once()
    {
        var a = Classic(_brain);
        _brain.JoinConsumer("b", group: G);
        Assert.Equal(2, _brain.Join(a).Result.GenerationId);
        Assert.Equal(2, Synced(a, 2).Length);
        Assert.Single(_brain.Parts(_brain.Beat("b", 2, group: G)));
    }

    [Fact]
    public void When_the_last_member_of_the_consumer_protocol_leaves_the_group_is_a_classic_one_that_rebalances()
    {
        var a = Classic(_brain);
        _brain.JoinConsumer("b", group: G);
        _brain.Join(a);
        var before = _brain.Log.Count;
        Assert.Equal(ErrorCode.None, _brain.Beat("b", -1, group: G).ErrorCode);
        Assert.Equal([8, 8, 7, 7, 6, 5, 5, 3, 2], _brain.Log[before..].Select(r => Math.Abs(KeyOf(r))));
        var record = (GroupMetadataValue)_brain.Log[^1].Value!;
        Assert.Equal(("consumer", 2, "range", a), (record.ProtocolType, record.Generation, record.Protocol, record.Leader));
        Assert.Equal(2, Partitions(record.Members.Single().Assignment).Length);
        Assert.Equal("PreparingRebalance", _brain.State());
        Assert.Equal(ErrorCode.RebalanceInProgress, _brain.Heartbeat(a, 2));

        var joined = _brain.Join(a).Result;
        Assert.Equal((3, a, 1), (joined.GenerationId, joined.Leader, joined.Members.Count));
        _brain.Sync(a, 3, new() { [a] = Assignment("orders", [0, 1, 2]) });
        Assert.Equal(ErrorCode.None, _brain.Heartbeat(a, 3));
        Assert.Equal(ErrorCode.GroupIdNotFound, _brain.Beat("b", 2, group: G).ErrorCode);
    }

    [Fact]
    public void A_member_that_is_not_heard_takes_the_group_back_too_and_a_restart_finds_it_so()
    {
        var a = Classic(_brain, sessionMs: 300_000);
        _brain.JoinConsumer("b", group: G);
        _brain.Join(a, sessionMs: 300_000);
        _brain.Sync(a, 2);
        _brain.Advance(45_000);
        Assert.Equal((GroupKind.Classic, "PreparingRebalance"), (_brain.Shard.Groups[G].Kind, _brain.State()));
        _brain.Restart();
        Assert.Equal((GroupKind.Classic, "Stable"), (_brain.Shard.Groups[G].Kind, _brain.State()));
        Assert.Equal(ErrorCode.None, _brain.Heartbeat(a, 2));
    }

    [Fact]
    public void A_classic_member_joins_a_consumer_group()
    {
        _brain.JoinConsumer("b", group: G);
        var asked = _brain.Join().Result;
        Assert.Equal((ErrorCode.MemberIdRequired, 22), (asked.ErrorCode, asked.MemberId.Length));
        _brain.Advance(1_000);
        var joined = _brain.Join(asked.MemberId, protocols: ["range", "roundrobin"]).Result;
        Assert.Equal((ErrorCode.None, 3, "range"), (joined.ErrorCode, joined.GenerationId, joined.ProtocolName));
        var a = joined.MemberId;
        Assert.Empty(Synced(a, 3));
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _brain.Join(a, protocols: ["sticky"]).Result.ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _brain.Join(type: "connect").Result.ErrorCode);
        Assert.Equal(ErrorCode.IllegalGeneration, _brain.Sync(a, 9).Result.ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _brain.Sync(a, 3, protocol: "sticky").Result.ErrorCode);
        Assert.Equal(ErrorCode.IllegalGeneration, _brain.Heartbeat(a, 9));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Heartbeat("b", 2));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Sync("nobody", 3).Result.ErrorCode);

        _brain.Beat("b", 2, owned: ["orders-0", "orders-1", "orders-2"], group: G);
        Assert.Equal(ErrorCode.None, _brain.Heartbeat(a, 3));
        _brain.Beat("b", 2, owned: [.. _brain.Assigned("b", G)], group: G);
        // what it waited for is free now
        Assert.Equal(ErrorCode.RebalanceInProgress, _brain.Heartbeat(a, 3));
        Assert.Equal(3, _brain.Join(a, protocols: ["range", "roundrobin"]).Result.GenerationId);
        Assert.Single(Synced(a, 3));
        Assert.Equal([ErrorCode.None], _brain.Leave(G, (a, null)));
        Assert.Equal(["b"], Members());
    }

    [Fact]
    public void Commits_of_classic_members_carry_their_generation_in_any_version()
    {
        var a = Classic(_brain);
        _brain.JoinConsumer("b", group: G);
        Assert.Equal(ErrorCode.None, _brain.Commit(G, "orders", 0, 5, 1, a, version: 7));
        Assert.Equal(ErrorCode.IllegalGeneration, _brain.Commit(G, "orders", 0, 5, 7, a, version: 7));
        Assert.Equal(ErrorCode.UnsupportedVersion, _brain.Commit(G, "orders", 0, 5, 2, "b", version: 7));
    }

    [Theory]
    [InlineData(MigrationPolicy.Disabled, false, false)]
    [InlineData(MigrationPolicy.Upgrade, true, false)]
    [InlineData(MigrationPolicy.Downgrade, false, true)]
    [InlineData(MigrationPolicy.Bidirectional, true, true)]
    public void The_policy_says_which_way_groups_may_go(MigrationPolicy policy, bool up, bool down)
    {
        var brain = Made(policy);
        Classic(brain);
        var joined = brain.JoinConsumer("b", group: G);
        Assert.Equal(up ? ErrorCode.None : ErrorCode.GroupIdNotFound, joined.ErrorCode);
        if (!up) Assert.Equal($"Cannot upgrade classic group {G} to consumer group because online upgrade is disabled.", joined.ErrorMessage);

        brain.JoinConsumer("b", group: "other");
        brain.Advance(1_000);
        var a = brain.Join(group: "other", version: 3).Result;
        Assert.Equal(policy == MigrationPolicy.Disabled ? ErrorCode.InconsistentGroupProtocol : ErrorCode.None, a.ErrorCode);
        if (a.ErrorCode != ErrorCode.None) return;
        brain.Beat("b", -1, group: "other");
        Assert.Equal(down ? GroupKind.Classic : GroupKind.Consumer, brain.Shard.Groups["other"].Kind);
        // a consumer group of classic members alone goes on as what it is
        if (!down) Assert.Equal(ErrorCode.RebalanceInProgress, brain.Heartbeat(a.MemberId, a.GenerationId, group: "other"));
    }

    [Fact]
    public void Groups_that_can_not_be_upgraded_are_left_as_they_are_with_the_reason()
    {
        Assert.Contains("does not use the consumer embedded protocol", Refused(brain => brain.JoinTwice(protocols: ["x"]), "connect"));
        Assert.Contains("embedded consumer protocol is malformed", Refused(brain =>
        {
            var id = brain.StableGroup();
            Assert.Equal(ErrorCode.None, brain.Heartbeat(id, 1));
        }));
        Assert.Contains("unsupported custom assignor", Refused(brain =>
        {
            var (id, _) = brain.JoinTwice();
            brain.Advance(0);
            brain.Sync(id, 1, new() { [id] = Assignment("orders", [0], [1]) });
        }));
        Assert.Contains("group size exceeds", Refused(brain =>
        {
            for (var i = 0; i < 6; i++) brain.JoinTwice();
        }));
    }

    [Fact]
    public void Whoever_waits_in_the_classic_group_is_told_to_join_again()
    {
        Classic(_brain);
        var (_, waiting) = _brain.JoinTwice();
        Assert.False(waiting.HasCome);
        _brain.JoinConsumer("b", group: G);
        Assert.Equal(ErrorCode.RebalanceInProgress, waiting.Result.ErrorCode);

        var other = Made();
        var second = other.AddSecond(Classic(other));
        var syncing = other.Sync(second, 2);
        Assert.False(syncing.HasCome);
        other.JoinConsumer("b", group: G);
        Assert.Equal(ErrorCode.RebalanceInProgress, syncing.Result.ErrorCode);
        Assert.Equal(3, ((ConsumerGroup)other.Shard.Groups[G]).Members.Count);
    }

    [Fact]
    public void A_restart_finds_members_of_both_protocols_where_they_were()
    {
        var a = Classic(_brain);
        _brain.JoinConsumer("b", group: G);
        _brain.Join(a, owned: ("orders", [0, 1, 2]));
        _brain.Restart();
        Assert.Equal(GroupKind.Consumer, _brain.Shard.Groups[G].Kind);
        var kept = Synced(a, 1);
        Assert.Equal(2, _brain.Join(a, owned: ("orders", kept)).Result.GenerationId);
        Assert.Equal(2, Synced(a, 2).Length);
        Assert.Single(_brain.Parts(_brain.Beat("b", 2, owned: [], topics: ["orders"], rebalanceMs: 60_000, group: G)));
        _brain.Advance(10_000);
        Assert.Equal(["b"], Members());
    }

    [Fact]
    public void A_change_that_can_not_be_stored_changes_nothing()
    {
        var a = Classic(_brain);
        _brain.AppendError = ErrorCode.NotEnoughReplicas;
        Assert.NotEqual(ErrorCode.None, _brain.JoinConsumer("b", group: G).ErrorCode);
        _brain.AppendError = ErrorCode.None;
        Assert.Equal((GroupKind.Classic, ErrorCode.None), (_brain.Shard.Groups[G].Kind, _brain.Heartbeat(a, 1)));

        _brain.JoinConsumer("b", group: G);
        _brain.AppendError = ErrorCode.NotEnoughReplicas;
        Assert.NotEqual(ErrorCode.None, _brain.Beat("b", -1, group: G).ErrorCode);
        _brain.AppendError = ErrorCode.None;
        Assert.Equal((GroupKind.Consumer, ErrorCode.RebalanceInProgress), (_brain.Shard.Groups[G].Kind, _brain.Heartbeat(a, 1)));
        Assert.Equal(ErrorCode.None, _brain.Beat("b", 2, group: G).ErrorCode);
    }

    [Fact]
    public void Who_does_not_join_or_sync_in_time_is_out()
    {
        var a = Classic(_brain, sessionMs: 300_000, rebalanceMs: 20_000);
        _brain.JoinConsumer("b", group: G, rebalanceMs: 100_000);
        Assert.Equal(ErrorCode.RebalanceInProgress, _brain.Heartbeat(a, 1));
        _brain.Advance(10_000);
        Assert.Equal(ErrorCode.RebalanceInProgress, _brain.Heartbeat(a, 1));
        _brain.Advance(9_999);
        Assert.Equal(2, Members().Count);
        _brain.Advance(1);
        Assert.Equal(["b"], Members());

        var late = _brain.Join(version: 3, sessionMs: 300_000, rebalanceMs: 20_000).Result;
        Assert.Equal(ErrorCode.None, late.ErrorCode);
        _brain.Advance(19_999);
        Assert.Equal(2, Members().Count);
        _brain.Advance(1);
        Assert.Equal(["b"], Members());
    }

    [Fact]
    public void A_static_member_changes_its_protocol_with_a_restart_and_keeps_its_place()
    {
        var old = _brain.Join(instance: "i", version: 9);
        _brain.Advance(0);
        var a = old.Result.MemberId;
        _brain.Sync(a, 1, new() { [a] = Assignment("orders", [0, 1, 2]) }, instance: "i");
        var joined = _brain.JoinConsumer("new", instance: "i", group: G);
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        Assert.Equal(["orders-0", "orders-1", "orders-2"], _brain.Parts(joined));
        Assert.Equal(["new"], Members());
        Assert.Equal(ErrorCode.FencedInstanceId, _brain.Heartbeat(a, 1, instance: "i"));

        var back = _brain.Join(instance: "i", version: 9).Result;
        Assert.Equal(ErrorCode.None, back.ErrorCode);
        Assert.Equal((GroupKind.Classic, "Stable"), (_brain.Shard.Groups[G].Kind, _brain.State()));
        var synced = _brain.Sync(back.MemberId, back.GenerationId, instance: "i").Result;
        Assert.Equal([0, 1, 2], Partitions(synced.Assignment));
        Assert.Equal(ErrorCode.None, _brain.Heartbeat(back.MemberId, back.GenerationId, instance: "i"));
    }

    private static Brain Made(MigrationPolicy policy = MigrationPolicy.Bidirectional)
    {
        var brain = new Brain(new GroupSettings { InitialRebalanceDelayMs = 0, ConsumerMaxSize = 5, ConsumerMigrationPolicy = policy });
        brain.Topics.Add("orders", 3);
        return brain;
    }

    /// <summary>A classic group whose only member has all of the topic. Generation 1.</summary>
    private static string Classic(Brain brain, int sessionMs = 10_000, int rebalanceMs = 60_000)
    {
        var (id, joined) = brain.JoinTwice(sessionMs: sessionMs, rebalanceMs: rebalanceMs);
        brain.Advance(0);
        Assert.Equal(1, joined.Result.GenerationId);
        brain.Sync(id, 1, new() { [id] = Assignment("orders", [0, 1, 2]) });
        return id;
    }

    private static string Refused(Action<Brain> make, string type = "consumer")
    {
        var brain = Made();
        if (type == "consumer") make(brain);
        else brain.Join(type: type, version: 3);
        var refused = brain.JoinConsumer("b", group: G);
        Assert.Equal((ErrorCode.GroupIdNotFound, GroupKind.Classic), (refused.ErrorCode, brain.Shard.Groups[G].Kind));
        return refused.ErrorMessage!;
    }

    private int[] Synced(string member, int generation)
    {
        var synced = _brain.Sync(member, generation).Result;
        Assert.Equal((ErrorCode.None, "consumer", "range"), (synced.ErrorCode, synced.ProtocolType, synced.ProtocolName));
        return Partitions(synced.Assignment);
    }

    private static int[] Partitions(ReadOnlyMemory<byte> assignment) =>
        [.. Ottla.Broker.Coordination.Classic.Subscriptions.ParseAssignment(assignment)!.AssignedPartitions.SelectMany(t => t.Partitions).Order()];

    private List<string> Members() => [.. ((ConsumerGroup)_brain.Shard.Groups[G]).Members.Keys.Order()];

    /// <summary>The number of the record's key, negative for a tombstone of a classic group.</summary>
    private static int KeyOf(GroupRecord record) => record.Key switch
    {
        GroupMetadataKey => record.Value is null ? -2 : 2,
        ConsumerGroupMetadataKey => 3,
        ConsumerGroupMemberMetadataKey => 5,
        ConsumerGroupTargetAssignmentMetadataKey => 6,
        ConsumerGroupTargetAssignmentMemberKey => 7,
        ConsumerGroupCurrentMemberAssignmentKey => 8,
        _ => 0,
    };
}
