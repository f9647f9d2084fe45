using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Classic;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Primitives;
using static Ottla.Broker.Tests.Coordination.ClassicScene;

namespace Ottla.Broker.Tests.Coordination;

public sealed class ClassicGroupTests
{
    private readonly Brain _brain = new();

    [Fact]
    public void A_new_member_is_given_an_id_first_and_joins_with_it()
    {
        var first = _brain.Join().Result;
        Assert.Equal((ErrorCode.MemberIdRequired, -1), (first.ErrorCode, first.GenerationId));
        Assert.StartsWith("app-", first.MemberId);
        Assert.Equal("app-".Length + 36, first.MemberId.Length);
        var joined = _brain.Join(first.MemberId);
        _brain.Advance(0);
        Assert.Equal((ErrorCode.None, 1, "range", first.MemberId), (joined.Result.ErrorCode, joined.Result.GenerationId, joined.Result.ProtocolName, joined.Result.Leader));
        Assert.Equal(first.MemberId, Assert.Single(joined.Result.Members).MemberId);
    }

    [Fact]
    public void Before_version_4_a_new_member_joins_at_once()
    {
        var joined = _brain.Join(version: 3);
        _brain.Advance(0);
        Assert.Equal((ErrorCode.None, 1), (joined.Result.ErrorCode, joined.Result.GenerationId));
    }

    [Fact]
    public void A_group_is_in_the_log_from_its_first_member_on_and_again_with_each_generation()
    {
        var id = _brain.StableGroup();
        var records = _brain.Log.Select(r => (GroupMetadataValue)r.Value!).ToList();
        Assert.Equal([("", 0, 0), ("consumer", 1, 1)], records.Select(r => (r.ProtocolType, r.Generation, r.Members.Count)));
        Assert.Equal((id, "/10.0.0.1", "app", 10_000, 60_000), (records[1].Leader, records[1].Members[0].ClientHost, records[1].Members[0].ClientId,
            records[1].Members[0].SessionTimeout, records[1].Members[0].RebalanceTimeout));
        Assert.Equal([1], records[1].Members[0].Assignment.ToArray());
    }

    [Fact]
    public void The_first_rebalance_waits_for_more_members_and_longer_when_one_comes()
    {
        var brain = new Brain(new GroupSettings { InitialRebalanceDelayMs = 3_000 });
        var (_, first) = brain.JoinTwice();
        brain.Advance(2_999);
        var (_, second) = brain.JoinTwice();
        brain.Advance(2_999);
        Assert.False(first.HasCome || second.HasCome);
        brain.Advance(2);
        Assert.Equal((1, 1), (first.Result.GenerationId, second.Result.GenerationId));
    }

    [Fact]
    public void Requests_to_a_group_that_nobody_is_in_are_refused()
    {
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Heartbeat("m", 1));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Sync("m", 1).Result.ErrorCode);
        Assert.Equal([ErrorCode.UnknownMemberId], _brain.Leave(G, ("m", null)));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Join("m").Result.ErrorCode);
        Assert.Empty(_brain.Shard.Groups);
    }

    [Fact]
    public void A_wrong_generation_or_member_is_refused()
    {
        var id = _brain.StableGroup();
        foreach (var generation in new[] { 0, 2, -5 })
        {
            Assert.Equal(ErrorCode.IllegalGeneration, _brain.Heartbeat(id, generation));
            Assert.Equal(ErrorCode.IllegalGeneration, _brain.Sync(id, generation).Result.ErrorCode);
        }
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Heartbeat("x", 1));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Join("x").Result.ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _brain.Sync(id, 1, protocol: "other").Result.ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _brain.Join(protocols: ["other"]).Result.ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, _brain.Join(type: "connect").Result.ErrorCode);
    }

    [Fact]
    public void A_second_member_makes_the_first_join_again_and_both_get_what_the_leader_assigns()
    {
        var first = _brain.StableGroup();
        var second = _brain.AddSecond(first);
        Assert.Equal(ErrorCode.None, _brain.Heartbeat(first, 2));
        var waiting = _brain.Sync(second, 2);
        Assert.False(waiting.HasCome);
        Assert.Equal([1], _brain.Sync(first, 2, new() { [first] = [1], [second] = [2] }).Result.Assignment.ToArray());
        Assert.Equal([2], waiting.Result.Assignment.ToArray());
        Assert.Equal("Stable", _brain.State());
        Assert.Equal([2], _brain.Sync(second, 2).Result.Assignment.ToArray());
    }

    [Fact]
    public void A_member_that_does_not_join_again_in_time_is_out()
    {
        var first = _brain.StableGroup(sessionMs: 1_000_000);
        var (second, joined) = _brain.JoinTwice();
        _brain.Advance(60_000);
        Assert.Equal((2, second), (joined.Result.GenerationId, joined.Result.Leader));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Heartbeat(first, 1));
    }

    [Fact]
    public void A_member_that_does_not_fetch_its_assignment_in_time_is_out()
    {
        var first = _brain.StableGroup(sessionMs: 1_000_000);
        var second = _brain.AddSecond(first);
        _ = _brain.Sync(first, 2, []);
        for (var i = 0; i < 60; i++)
        {
            _brain.Advance(1_000);
            if (i < 58) Assert.Equal((ErrorCode.None, ErrorCode.None), (_brain.Heartbeat(first, 2), _brain.Heartbeat(second, 2)));
        }
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Heartbeat(second, 2));
        Assert.Equal("PreparingRebalance", _brain.State());
    }

    [Fact]
    public void A_silent_member_is_out_after_its_session_and_the_group_is_empty_and_stored()
    {
        var id = _brain.StableGroup(sessionMs: 6_000);
        _brain.Advance(5_999);
        Assert.Equal("Stable", _brain.State());
        _brain.Advance(1);
        Assert.Equal("Empty", _brain.State());
        var last = (GroupMetadataValue)_brain.Log[^1].Value!;
        Assert.Equal((2, "consumer", null, null, 0), (last.Generation, last.ProtocolType, last.Protocol, last.Leader, last.Members.Count));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Heartbeat(id, 1));
    }

    [Fact]
    public void A_member_id_that_is_not_used_is_forgotten_after_the_session_timeout()
    {
        var id = _brain.Join(sessionMs: 6_000).Result.MemberId;
        _brain.Advance(6_000);
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Join(id).Result.ErrorCode);
    }

    [Fact]
    public void Whoever_leaves_is_gone_and_the_others_rebalance()
    {
        var first = _brain.StableGroup();
        var second = _brain.AddSecond(first);
        _ = _brain.Sync(first, 2, []);
        Assert.Equal([ErrorCode.None, ErrorCode.UnknownMemberId], _brain.Leave(G, (second, null), ("stranger", null)));
        Assert.Equal(ErrorCode.RebalanceInProgress, _brain.Heartbeat(first, 2));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Heartbeat(second, 2));
    }

    [Fact]
    public void A_member_that_leaves_while_it_waits_is_told_so()
    {
        var first = _brain.StableGroup();
        var (second, joined) = _brain.JoinTwice();
        _brain.Leave(G, (second, null));
        Assert.Equal(ErrorCode.UnknownMemberId, joined.Result.ErrorCode);
        Assert.Equal(2, _brain.Join(first).Result.GenerationId);
    }

    [Fact]
    public void A_join_during_the_sync_phase_sends_the_waiting_back()
    {
        var first = _brain.StableGroup();
        var second = _brain.AddSecond(first);
        var waiting = _brain.Sync(second, 2);
        _ = _brain.JoinTwice();
        Assert.Equal(ErrorCode.RebalanceInProgress, waiting.Result.ErrorCode);
        Assert.Equal("PreparingRebalance", _brain.State());
    }

    [Fact]
    public void A_follower_that_joins_a_stable_group_again_gets_the_same_generation_and_the_leader_a_new_one()
    {
        var first = _brain.StableGroup();
        var second = _brain.AddSecond(first);
        _ = _brain.Sync(first, 2, []);
        Assert.Equal((2, 0), (_brain.Join(second).Result.GenerationId, _brain.Join(second).Result.Members.Count));
        var again = _brain.Join(first);
        Assert.False(again.HasCome);
        Assert.Equal("PreparingRebalance", _brain.State());
    }

    [Fact]
    public void The_strategy_that_all_support_and_most_prefer_is_elected()
    {
        var (_, a) = _brain.JoinTwice(protocols: ["roundrobin", "range"]);
        var (_, b) = _brain.JoinTwice(protocols: ["range", "sticky"]);
        _brain.Advance(0);
        Assert.Equal(("range", "range"), (a.Result.ProtocolName, b.Result.ProtocolName));
    }

    [Fact]
    public void A_group_that_is_full_takes_no_more()
    {
        var brain = new Brain(new GroupSettings { InitialRebalanceDelayMs = 0, MaxSize = 1 });
        brain.StableGroup();
        Assert.Equal(ErrorCode.GroupMaxSizeReached, brain.Join().Result.ErrorCode);
        Assert.Equal("Stable", brain.State());
    }

    [Fact]
    public void A_static_member_joins_at_once_and_its_replacement_keeps_its_place_without_a_rebalance()
    {
        var joined = _brain.Join(instance: "i1");
        _brain.Advance(0);
        var old = joined.Result.MemberId;
        Assert.StartsWith("i1-", old);
        _ = _brain.Sync(old, 1, new() { [old] = [5] }, "i1");
        var replaced = _brain.Join(instance: "i1").Result;
        Assert.Equal((ErrorCode.None, 1, true), (replaced.ErrorCode, replaced.GenerationId, replaced.SkipAssignment));
        Assert.NotEqual(old, replaced.MemberId);
        Assert.Equal(replaced.MemberId, Assert.Single(replaced.Members).MemberId);
        Assert.Equal(ErrorCode.FencedInstanceId, _brain.Heartbeat(old, 1, "i1"));
        Assert.Equal(ErrorCode.UnknownMemberId, _brain.Heartbeat(old, 1, "i2"));
        Assert.Equal([5], _brain.Sync(replaced.MemberId, 1, instance: "i1").Result.Assignment.ToArray());
        Assert.Equal(replaced.MemberId, ((GroupMetadataValue)_brain.Log[^1].Value!).Members[0].MemberId);
    }

    [Fact]
    public void An_older_client_that_replaces_a_static_leader_is_not_told_that_it_leads()
    {
        var joined = _brain.Join(instance: "i1");
        _brain.Advance(0);
        _ = _brain.Sync(joined.Result.MemberId, 1, [], "i1");
        var replaced = _brain.Join(instance: "i1", version: 5).Result;
        Assert.Equal((joined.Result.MemberId, false, 0), (replaced.Leader, replaced.SkipAssignment, replaced.Members.Count));
    }

    [Fact]
    public void A_replacement_that_can_not_be_stored_leaves_the_old_static_member_in_place()
    {
        var joined = _brain.Join(instance: "i1");
        _brain.Advance(0);
        var old = joined.Result.MemberId;
        _ = _brain.Sync(old, 1, [], "i1");
        _brain.AppendError = ErrorCode.NotEnoughReplicas;
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, _brain.Join(instance: "i1").Result.ErrorCode);
        Assert.Equal(ErrorCode.None, _brain.Heartbeat(old, 1, "i1"));
    }

    [Fact]
    public void An_administrator_puts_a_static_member_out_by_its_instance_id()
    {
        var joined = _brain.Join(instance: "i1");
        _brain.Advance(0);
        _ = _brain.Sync(joined.Result.MemberId, 1, [], "i1");
        Assert.Equal([ErrorCode.UnknownMemberId], _brain.Leave(G, ("", "i2")));
        Assert.Equal([ErrorCode.None], _brain.Leave(G, ("", "i1")));
        Assert.Equal("Empty", _brain.State());
    }

    [Fact]
    public void A_static_member_keeps_its_place_through_a_rebalance_that_it_misses()
    {
        var joined = _brain.Join(instance: "i1", sessionMs: 300_000);
        _brain.Advance(0);
        _ = _brain.Sync(joined.Result.MemberId, 1, [], "i1");
        var (second, other) = _brain.JoinTwice(sessionMs: 300_000);
        _brain.Advance(60_000);
        Assert.Equal((2, second, 2), (other.Result.GenerationId, other.Result.Leader, other.Result.Members.Count));
    }

    [Fact]
    public void An_assignment_that_can_not_be_stored_sends_all_members_back()
    {
        var (id, joined) = _brain.JoinTwice();
        _brain.Advance(0);
        Assert.True(joined.HasCome);
        _brain.AppendError = ErrorCode.NotLeaderOrFollower;
        Assert.Equal(ErrorCode.NotCoordinator, _brain.Sync(id, 1, []).Result.ErrorCode);
        Assert.Equal("PreparingRebalance", _brain.State());
        _brain.AppendError = ErrorCode.None;
        Assert.Equal(2, _brain.Join(id).Result.GenerationId);
    }

    [Fact]
    public void A_group_whose_first_record_can_not_be_stored_is_not_there()
    {
        _brain.AppendError = ErrorCode.MessageTooLarge;
        Assert.Equal(ErrorCode.UnknownServerError, _brain.Join().Result.ErrorCode);
        Assert.Empty(_brain.Shard.Groups);
        Assert.Equal(0, _brain.Shard.Deadlines.Count);
    }

    [Fact]
    public void After_a_restart_members_go_on_with_the_generation_that_was_stored()
    {
        var id = _brain.StableGroup();
        _brain.Restart();
        Assert.Equal("Stable", _brain.State());
        Assert.Equal(ErrorCode.None, _brain.Heartbeat(id, 1));
        Assert.Equal([1], _brain.Sync(id, 1).Result.Assignment.ToArray());
        _brain.Advance(10_000);
        Assert.Equal("Empty", _brain.State());
    }

    [Fact]
    public void Whoever_waits_is_told_when_the_coordinator_moves()
    {
        var first = _brain.StableGroup();
        var second = _brain.AddSecond(first);
        var syncing = _brain.Sync(second, 2);
        _brain.Shard.Resign();
        Assert.Equal(ErrorCode.NotCoordinator, syncing.Result.ErrorCode);
    }

    [Fact]
    public void Topics_of_a_group_are_known_only_while_its_subscriptions_can_be_read()
    {
        _brain.StableGroup(topics: ["a", "b"]);
        var group = (ClassicGroup)_brain.Shard.Groups[G];
        Assert.True(group.IsSubscribedTo("a") && group.IsSubscribedTo("b"));
        Assert.False(group.IsSubscribedTo("c"));
        Assert.Null(Subscriptions.Parse(new byte[] { 0, 1, 0x7f, 0xff, 0xff, 0xff }));
    }
}
