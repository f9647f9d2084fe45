using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Consumer;
using Ottla.Broker.Coordination.Groups;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using static Ottla.Broker.Tests.Coordination.ConsumerScene;

namespace Ottla.Broker.Tests.Coordination;

public sealed class ConsumerGroupTests
{
    private readonly Brain _brain = new(new GroupSettings { InitialRebalanceDelayMs = 0, ConsumerMaxSize = 5 });

    public ConsumerGroupTests()
    {
        _brain.Topics.Add("orders", 4);
        _brain.Topics.Add("bills", 2);
    }

    [Fact]
    public void The_first_member_gets_everything_at_once_and_the_records_are_Kafkas()
    {
        var joined = _brain.JoinConsumer("m1");
        Assert.Equal((ErrorCode.None, "m1", 2, 5_000), (joined.ErrorCode, joined.MemberId, joined.MemberEpoch, joined.HeartbeatIntervalMs));
        Assert.Equal(["orders-0", "orders-1", "orders-2", "orders-3"], _brain.Parts(joined));
        Assert.Equal([5, 3, 7, 6, 8], _brain.Log.Select(KeyOf));
        var current = (ConsumerGroupCurrentMemberAssignmentValue)_brain.Log[^1].Value!;
        Assert.Equal((2, 0, 0), (current.MemberEpoch, current.PreviousMemberEpoch, current.State));
        Assert.Equal([2, 2, 2, 2], current.AssignedPartitions[0].AssignmentEpochs);
        Assert.Equal("Stable", _brain.State(C));
    }

    private static int KeyOf(Ottla.Broker.Coordination.Groups.GroupRecord record) => record.Key switch
    {
        ConsumerGroupMetadataKey => 3,
        ConsumerGroupMemberMetadataKey => 5,
        ConsumerGroupTargetAssignmentMetadataKey => 6,
        ConsumerGroupTargetAssignmentMemberKey => 7,
        ConsumerGroupCurrentMemberAssignmentKey => 8,
        ConsumerGroupRegularExpressionKey => 16,
        _ => -1,
    };

    [Fact]
    public void A_partition_goes_to_the_second_member_only_when_the_first_has_given_it_up()
    {
        _brain.JoinConsumer("m1");
        _brain.Advance(1_000);
        var second = _brain.JoinConsumer("m2");
        Assert.Equal((3, 0), (second.MemberEpoch, _brain.Parts(second).Length));
        Assert.Equal(("Reconciling", MemberState.UnreleasedPartitions), (_brain.State(C), _brain.Member("m2").State));

        var told = _brain.Beat("m1", 2);
        Assert.Equal((2, 2), (told.MemberEpoch, _brain.Parts(told).Length));
        Assert.Equal(MemberState.UnrevokedPartitions, _brain.Member("m1").State);
        Assert.Empty(_brain.Assigned("m2"));
        Assert.Null(_brain.Beat("m2", 3).Assignment);

        var kept = _brain.Parts(told);
        Assert.Equal(3, _brain.Beat("m1", 2, owned: kept).MemberEpoch);
        var taken = _brain.Parts(_brain.Beat("m2", 3));
        Assert.Equal(["orders-0", "orders-1", "orders-2", "orders-3"], kept.Concat(taken).Order());
        Assert.Equal("Stable", _brain.State(C));
        Assert.Null(_brain.Beat("m1", 3).Assignment);
    }

    [Fact]
    public void Whoever_does_not_give_up_partitions_in_time_is_out()
    {
        _brain.JoinConsumer("m1", rebalanceMs: 20_000);
        _brain.Advance(1_000);
        _brain.JoinConsumer("m2");
        _brain.Beat("m1", 2);
        _brain.Advance(19_999);
        Assert.Equal(2, ((ConsumerGroup)_brain.Shard.Groups[C]).Members.Count);
        _brain.Advance(1);
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Beat("m1", 2).ErrorCode);
        Assert.Equal(4, _brain.Parts(_brain.Beat("m2", 3)).Length);
    }

    [Fact]
    public void A_member_that_is_not_heard_is_out_and_the_last_one_leaves_an_empty_group()
    {
        _brain.JoinConsumer("m1");
        _brain.Advance(45_000);
        Assert.Equal("Empty", _brain.State(C));
        var epoch = (ConsumerGroupMetadataValue)_brain.Log[^2].Value!;
        var target = (ConsumerGroupTargetAssignmentMetadataValue)_brain.Log[^1].Value!;
        Assert.Equal((3, 0L, 3, 0L), (epoch.Epoch, epoch.MetadataHash, target.AssignmentEpoch, target.AssignmentTimestamp));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Beat("m1", 2).ErrorCode);
    }

    [Fact]
    public void A_member_leaves_and_its_partitions_go_to_the_others()
    {
        _brain.JoinConsumer("m1");
        _brain.Advance(1_000);
        _brain.JoinConsumer("m2");
        var kept = _brain.Parts(_brain.Beat("m1", 2));
        _brain.Beat("m1", 2, owned: kept);
        _brain.Beat("m2", 3);
        _brain.Advance(1_000);
        Assert.Equal((ErrorCode.None, -1), (_brain.Beat("m1", -1).ErrorCode, -1));
        Assert.Equal(4, _brain.Parts(_brain.Beat("m2", 3)).Length);
    }

    [Fact]
    public void Between_two_assignments_lies_the_assignment_interval()
    {
        _brain.JoinConsumer("m1");
        var early = _brain.JoinConsumer("m2");
        Assert.Equal((2, 0), (early.MemberEpoch, _brain.Parts(early).Length));
        Assert.Equal("Assigning", _brain.State(C));
        _brain.Advance(1_000);
        Assert.Equal(3, _brain.Beat("m2", 2).MemberEpoch);
        Assert.Equal("Reconciling", _brain.State(C));
    }

    [Fact]
    public void Requests_that_make_no_sense_are_refused_with_a_reason()
    {
        Refused(ErrorCode.InvalidRequest, "GroupId can't be empty.", _brain.Beat("m", 0, group: ""));
        Refused(ErrorCode.InvalidRequest, "MemberId can't be empty.", _brain.Beat("", 1, version: 0));
        Refused(ErrorCode.InvalidRequest, "InstanceId can't be empty.", _brain.Beat("m", 1, instance: ""));
        Refused(ErrorCode.InvalidRequest, "RebalanceTimeoutMs must be provided in first request.", _brain.Beat("m", 0));
        Refused(ErrorCode.InvalidRequest, "TopicPartitions must be empty when (re-)joining.", _brain.Beat("m", 0, ["orders"], rebalanceMs: 1));
        Refused(
            ErrorCode.InvalidRequest, "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
            _brain.Beat("m", 0, owned: [], rebalanceMs: 1));
        Refused(ErrorCode.InvalidRequest, "InstanceId can't be null.", _brain.Beat("m", -2));
        Refused(ErrorCode.InvalidRequest, "MemberEpoch is invalid.", _brain.Beat("m", -3));
        Refused(ErrorCode.UnsupportedAssignor, "ServerAssignor best is not supported. Supported assignors: uniform, range.", _brain.JoinConsumer("m", assignor: "best"));
        Refused(ErrorCode.GroupIdNotFound, "Consumer group readers not found.", _brain.Beat("m", 1));
        Refused(ErrorCode.GroupIdNotFound, "Group readers not found.", _brain.Beat("m", -1));
        Assert.Equal(ErrorCode.InvalidRegularExpression, _brain.JoinConsumer("m", regex: "or(ders").ErrorCode);
        Assert.Empty(_brain.Log);
        _brain.JoinConsumer("m1");
        Refused(ErrorCode.UnknownMemberId, "Member m is not a member of group readers.", _brain.Beat("m", 1));
        Refused(ErrorCode.UnknownMemberId, "Instance id i is unknown.", _brain.Beat("m1", 1, instance: "i"));

        static void Refused(ErrorCode error, string reason, ConsumerGroupHeartbeatResponse response) =>
            Assert.Equal((error, reason), (response.ErrorCode, response.ErrorMessage));
    }

    [Fact]
    public void A_member_of_another_epoch_is_fenced_unless_it_missed_the_last_answer()
    {
        _brain.JoinConsumer("m1");
        Assert.Equal(ErrorCode.FencedMemberEpoch, _brain.Beat("m1", 3).ErrorCode);
        Assert.Equal(ErrorCode.FencedMemberEpoch, _brain.Beat("m1", 1).ErrorCode);
        _brain.Advance(1_000);
        _brain.JoinConsumer("m2");
        var kept = _brain.Parts(_brain.Beat("m1", 2));
        _brain.Beat("m1", 2, owned: kept);
        Assert.Equal(3, _brain.Beat("m1", 2, owned: kept).MemberEpoch);
        Assert.Equal(ErrorCode.FencedMemberEpoch, _brain.Beat("m1", 2).ErrorCode);
        Assert.Equal(ErrorCode.None, _brain.JoinConsumer("m1").ErrorCode);
    }

    [Fact]
    public void A_full_group_takes_no_more()
    {
        for (var i = 0; i < 5; i++) Assert.Equal(ErrorCode.None, _brain.JoinConsumer("m" + i).ErrorCode);
        Assert.Equal(ErrorCode.GroupMaxSizeReached, _brain.JoinConsumer("m5").ErrorCode);
        Assert.Equal(ErrorCode.None, _brain.JoinConsumer("m4").ErrorCode);
    }

    [Fact]
    public void In_version_0_a_member_without_an_id_gets_one()
    {
        var joined = _brain.Beat("", 0, ["orders"], owned: [], rebalanceMs: 1_000, version: 0);
        Assert.Equal((ErrorCode.None, 22), (joined.ErrorCode, joined.MemberId!.Length));
    }

    [Fact]
    public void A_static_member_that_went_away_for_a_while_finds_its_partitions_under_a_new_id()
    {
        _brain.JoinConsumer("m1", instance: "i1");
        Assert.Equal(ErrorCode.UnreleasedInstanceId, _brain.JoinConsumer("m2", instance: "i1").ErrorCode);
        Assert.Equal(ErrorCode.None, _brain.Beat("m1", -2, instance: "i1").ErrorCode);
        Assert.Equal("Reconciling", _brain.State(C));
        var gone = (ConsumerGroupCurrentMemberAssignmentValue)_brain.Log[^1].Value!;
        Assert.Equal((-2, 0), (gone.MemberEpoch, gone.AssignedPartitions[0].AssignmentEpochs![0]));
        var back = _brain.JoinConsumer("m2", instance: "i1");
        Assert.Equal((ErrorCode.None, 2, 4), (back.ErrorCode, back.MemberEpoch, _brain.Parts(back).Length));
        Assert.Equal(ErrorCode.FencedInstanceId, _brain.Beat("m1", 2, instance: "i1").ErrorCode);
        Assert.Equal(("Stable", 2), (_brain.State(C), ((ConsumerGroup)_brain.Shard.Groups[C]).Epoch));
        _brain.Advance(1_000);
        Assert.Equal(ErrorCode.None, _brain.Beat("m2", -1, instance: "i1").ErrorCode);
        Assert.Equal("Empty", _brain.State(C));
    }

    [Fact]
    public void A_static_member_that_does_not_come_back_loses_its_place_with_its_session()
    {
        _brain.JoinConsumer("m1", instance: "i1");
        _brain.Beat("m1", -2, instance: "i1");
        _brain.Advance(45_000);
        Assert.Equal("Empty", _brain.State(C));
    }

    [Fact]
    public void A_topic_that_grows_or_appears_or_goes_is_noticed_at_the_next_heartbeat()
    {
        _brain.JoinConsumer("m1", ["orders", "later"]);
        _brain.Advance(1_000);
        _brain.Topics.Add("orders", 5);
        Assert.Equal(5, _brain.Parts(_brain.Beat("m1", 2)).Length);
        _brain.Advance(1_000);
        _brain.Topics.Add("later", 1);
        Assert.Contains("later-0", _brain.Parts(_brain.Beat("m1", 3)));
        _brain.Advance(1_000);
        _brain.Topics.Add("other", 1);
        Assert.Equal(4, _brain.Beat("m1", 4).MemberEpoch);
        _brain.Topics.Remove("orders");
        Assert.Equal(["later-0"], _brain.Parts(_brain.Beat("m1", 4)));
    }

    [Fact]
    public void What_a_member_does_not_read_any_more_it_gives_up()
    {
        _brain.JoinConsumer("m1", ["orders", "bills"]);
        _brain.Advance(1_000);
        var told = _brain.Beat("m1", 2, ["bills"]);
        Assert.Equal(["bills-0", "bills-1"], _brain.Parts(told));
        Assert.Equal((ErrorCode.None, 3), (told.ErrorCode, _brain.Beat("m1", 2, owned: ["bills-0", "bills-1"]).MemberEpoch));
    }

    [Fact]
    public void A_regular_expression_matches_whole_names_and_topics_that_come_later()
    {
        var joined = _brain.JoinConsumer("m1", regex: "b.*|ord");
        Assert.Equal(["bills-0", "bills-1"], _brain.Parts(joined));
        var record = (ConsumerGroupRegularExpressionValue)_brain.Log.First(r => KeyOf(r) == 16).Value!;
        Assert.Equal(["bills"], record.Topics);
        Assert.Equal(2, record.Version);
        _brain.Topics.Add("bonus", 1);
        Assert.Null(_brain.Beat("m1", 2).Assignment);
        _brain.Advance(10_000);
        Assert.Equal(["bills-0", "bills-1", "bonus-0"], _brain.Parts(_brain.Beat("m1", 2)));
        Assert.True(((ConsumerGroup)_brain.Shard.Groups[C]).IsSubscribedTo("bonus"));
        _brain.Beat("m1", -1);
        Assert.Empty(((ConsumerGroup)_brain.Shard.Groups[C]).Regexes);
    }

    [Fact]
    public void The_assignor_that_most_ask_for_is_taken()
    {
        _brain.JoinConsumer("m1", ["orders", "bills"], assignor: "range");
        Assert.Equal("range", _brain.Shard.Descriptions.Describe(C).AssignorName);
    }

    [Fact]
    public void Commits_and_fetches_carry_the_members_epoch()
    {
        _brain.JoinConsumer("m1");
        Assert.Equal(ErrorCode.None, _brain.Commit(C, "orders", 0, 5, 2, "m1", version: 9));
        Assert.Equal(ErrorCode.StaleMemberEpoch, _brain.Commit(C, "orders", 0, 6, 3, "m1", version: 9));
        Assert.Equal(ErrorCode.StaleMemberEpoch, _brain.Commit(C, "orders", 0, 6, 1, "m1", version: 9));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Commit(C, "orders", 0, 6, 2, "x", version: 9));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Commit(C, "orders", 0, 6, version: 9));
        Assert.Equal(ErrorCode.UnsupportedVersion, _brain.Commit(C, "orders", 0, 6, 2, "m1", version: 8));
        Assert.Equal((ErrorCode.None, ErrorCode.StaleMemberEpoch, ErrorCode.UnknownMemberId, ErrorCode.None), (Fetch("m1", 2), Fetch("m1", 1), Fetch("x", 2), Fetch(null, -1)));
        _brain.Advance(1_000);
        _brain.JoinConsumer("m2");
        var kept = _brain.Parts(_brain.Beat("m1", 2));
        Assert.Equal(3, _brain.Beat("m1", 2, owned: kept).MemberEpoch);
        var at = _brain.Parse(kept[0]).Partition;
        Assert.Equal(ErrorCode.None, _brain.Commit(C, "orders", at, 7, 2, "m1", version: 9));
        Assert.Equal(ErrorCode.StaleMemberEpoch, _brain.Commit(C, "orders", Enumerable.Range(0, 4).First(p => !kept.Contains("orders-" + p)), 7, 2, "m1", version: 9));

        ErrorCode Fetch(string? member, int epoch) =>
            _brain.Shard.Offsets.Fetch(new() { GroupId = C, MemberId = member, MemberEpoch = epoch, Topics = null }, false, 9).ErrorCode;
    }

    [Fact]
    public void An_empty_group_changes_its_protocol()
    {
        _brain.JoinConsumer("m1");
        _brain.Commit(C, "orders", 0, 5, 2, "m1", version: 9);
        _brain.Beat("m1", -1);
        Assert.Equal(ErrorCode.MemberIdRequired, _brain.Join(group: C).Result.ErrorCode);
        _brain.Restart();
        Assert.Equal((GroupKind.Classic, 5L), (_brain.Shard.Groups[C].Kind, _brain.Committed(C, "orders", 0).CommittedOffset));

        var id = _brain.StableGroup();
        _brain.Leave(ClassicScene.G, (id, null));
        Assert.Equal(ErrorCode.None, _brain.JoinConsumer("m1", group: ClassicScene.G).ErrorCode);
        _brain.Restart();
        Assert.Equal(GroupKind.Consumer, _brain.Shard.Groups[ClassicScene.G].Kind);
    }

    [Fact]
    public void After_a_restart_members_go_on_in_their_epoch()
    {
        _brain.JoinConsumer("m1");
        _brain.Advance(1_000);
        _brain.JoinConsumer("m2");
        _brain.Beat("m1", 2);
        var before = _brain.Shard.Descriptions.Describe(C);
        _brain.Restart();
        var after = _brain.Shard.Descriptions.Describe(C);
        Assert.Equal(Text(before), Text(after));
        Assert.Equal(ErrorCode.None, _brain.Beat("m2", 3).ErrorCode);
        _brain.Advance(60_000);
        Assert.Equal("Empty", _brain.State(C));

        static string Text(ConsumerGroupDescribeResponse.DescribedGroup group) => string.Join('\n', group.Members.OrderBy(m => m.MemberId).Select(m =>
            $"{group.GroupState} {group.GroupEpoch} {group.AssignmentEpoch} {m.MemberId} {m.MemberEpoch} {m.ClientHost} {string.Join(',', m.SubscribedTopicNames)} "
            + $"{string.Join(',', m.Assignment.TopicPartitions.SelectMany(t => t.Partitions))} "
            + $"{string.Join(',', m.TargetAssignment.TopicPartitions.SelectMany(t => t.Partitions))}"));
    }

    [Fact]
    public void A_heartbeat_whose_records_can_not_be_stored_changes_nothing()
    {
        _brain.AppendError = ErrorCode.NotEnoughReplicas;
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, _brain.JoinConsumer("m1").ErrorCode);
        Assert.Empty(_brain.Shard.Groups);
    }

    [Fact]
    public void An_administrator_puts_members_out_and_deletes_the_empty_group()
    {
        _brain.JoinConsumer("m1");
        _brain.JoinConsumer("m2", instance: "i2");
        Assert.Equal([ErrorCode.None, ErrorCode.None, ErrorCode.UnknownMemberId], _brain.Leave(C, ("m1", null), ("", "i2"), ("x", null)));
        Assert.Equal("Empty", _brain.State(C));
        _brain.Run(d => Assert.Equal(ErrorCode.None, _brain.Shard.Administration.Delete(C, d)));
        Assert.Empty(_brain.Shard.Groups);
        _brain.Restart();
        Assert.Empty(_brain.Shard.Groups);
    }

    [Fact]
    public void Groups_of_the_other_kind_are_described_as_what_they_are_not()
    {
        _brain.JoinConsumer("m1");
        _brain.StableGroup();
        Assert.Equal("Group team is not a consumer group.", _brain.Shard.Descriptions.Describe(ClassicScene.G).ErrorMessage);
        Assert.Equal("Group readers is not a classic group.", _brain.Shard.Administration.Describe(C, 6).ErrorMessage);
        Assert.Equal("Group x not found.", _brain.Shard.Descriptions.Describe("x").ErrorMessage);
        Assert.Equal([(C, "consumer", "consumer")], _brain.Shard.Administration.List([], ["Consumer"]).Select(g => (g.GroupId, g.ProtocolType, g.GroupType)));
    }
}
