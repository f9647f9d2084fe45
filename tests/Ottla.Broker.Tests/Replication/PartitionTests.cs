using Ottla.Broker.Replication;
using Ottla.Broker.Replication.Following;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Replication;

public sealed class PartitionTests
{
    private readonly ReplicaScene _scene = new(new MemoryFileSystem());

    [Fact]
    public void With_one_replica_an_append_is_committed_at_once()
    {
        var partition = _scene.Host("alone", [1]);
        Assert.True(ReplicaScene.Append(partition, "a", "b").Committed.IsCompleted);
        Assert.Equal(2, partition.HighWatermark.Value.Value);
    }

    [Fact]
    public async Task An_append_is_committed_when_every_member_has_it()
    {
        var partition = _scene.Host("weather", [1, 2, 3]);
        var first = ReplicaScene.Append(partition, "a");
        var second = ReplicaScene.Append(partition, "b", "c");
        ReplicaScene.Fetch(partition, 2, 3);
        Assert.False(first.Committed.IsCompleted);
        ReplicaScene.Fetch(partition, 3, 1);
        Assert.Equal(ErrorCode.None, await first.Committed.WaitAsync(Patience.Long));
        Assert.False(second.Committed.IsCompleted);
        Assert.Equal(1, partition.HighWatermark.Value.Value);
        ReplicaScene.Fetch(partition, 3, 3);
        Assert.Equal(ErrorCode.None, await second.Committed.WaitAsync(Patience.Long));
    }

    [Fact]
    public async Task Whoever_waits_when_the_leadership_goes_is_told()
    {
        var partition = _scene.Host("weather", [1, 2, 3]);
        var append = ReplicaScene.Append(partition, "a");
        _scene.Apply(partition, [1, 2, 3], [2, 3], leader: 2, epoch: 1, partitionEpoch: 1);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, await append.Committed.WaitAsync(Patience.Long));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, ReplicaScene.Append(partition, "b").Error);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, ReplicaScene.Fetch(partition, 3, 1));
        Assert.Equal(0, partition.HighWatermark.Value.Value);
    }

    [Fact]
    public async Task A_leader_that_is_elected_again_lets_nobody_down_who_waits()
    {
        var partition = _scene.Host("weather", [1, 2]);
        var append = ReplicaScene.Append(partition, "a");
        _scene.Apply(partition, [1, 2], [1, 2], leader: 1, epoch: 1, partitionEpoch: 1);
        Assert.False(append.Committed.IsCompleted);
        ReplicaScene.Fetch(partition, 2, 1);
        Assert.Equal(ErrorCode.None, await append.Committed.WaitAsync(Patience.Long));
    }

    [Fact]
    public async Task Too_few_in_sync_are_refused_before_and_told_after_the_append()
    {
        var scene = new ReplicaScene(new MemoryFileSystem(), minInsyncReplicas: 2);
        var partition = scene.Host("weather", [1, 2, 3]);
        var append = ReplicaScene.Append(partition, "a");
        scene.Apply(partition, [1, 2, 3], [1], leader: 1, epoch: 0, partitionEpoch: 1);
        Assert.Equal(ErrorCode.NotEnoughReplicas, ReplicaScene.Append(partition, "b").Error);
        // it stands still although its only member has all (KIP-966)
        Assert.Equal(0, partition.HighWatermark.Value.Value);
        Assert.False(append.Committed.IsCompleted);
        scene.Apply(partition, [1, 2, 3], [1, 2], leader: 1, epoch: 0, partitionEpoch: 2);
        ReplicaScene.Fetch(partition, 2, 1);
        Assert.Equal(ErrorCode.None, await append.Committed.WaitAsync(Patience.Long));
    }

    [Fact]
    public void A_follower_that_has_caught_up_is_proposed_and_one_that_lags_is_dropped()
    {
        var partition = _scene.Host("weather", [1, 2, 3], isr: [1, 2]);
        ReplicaScene.Append(partition, "a");
        ReplicaScene.Fetch(partition, 3, 1);
        Assert.Equal([1, 2, 3], _scene.Proposals.Single().Isr);
        partition.Replay(_scene.Proposals[0], new IsrAnswer(ErrorCode.None, new(0), 1, [1, 2, 3], 0));
        Assert.Equal([1, 2, 3], partition.Isr);
        _scene.Time.Advance(TimeSpan.FromMilliseconds(ReplicaScene.LagMs + 1));
        partition.CheckIsr();
        Assert.Equal([1, 3], _scene.Proposals[1].Isr);
        // the answer lets the high watermark go on
        partition.Replay(_scene.Proposals[1], new IsrAnswer(ErrorCode.None, new(0), 2, [1, 3], 0));
        Assert.Equal(1, partition.HighWatermark.Value.Value);
    }

    [Fact]
    public void What_the_controller_does_not_answer_is_asked_again()
    {
        var partition = _scene.Host("weather", [1, 2, 3], isr: [1, 2]);
        ReplicaScene.Fetch(partition, 3, 0);
        partition.Replay(_scene.Proposals[0], IsrAnswer.Failed(ErrorCode.NotController));
        Assert.Equal(2, _scene.Proposals.Count);
        Assert.Same(_scene.Proposals[0], _scene.Proposals[1]);
    }

    [Fact]
    public void A_new_leader_does_not_know_the_high_watermark_until_its_followers_have_come()
    {
        var partition = _scene.Host("weather", [1, 2]);
        ReplicaScene.Append(partition, "a");
        _scene.Apply(partition, [1, 2], [1, 2], leader: 1, epoch: 3, partitionEpoch: 1);
        Assert.False(partition.KnowsHighWatermark);
        ReplicaScene.Fetch(partition, 2, 1);
        Assert.True(partition.KnowsHighWatermark);
    }

    [Fact]
    public async Task Deleted_records_are_gone_when_no_living_replica_has_them()
    {
        var partition = _scene.Host("weather", [1, 2, 3]);
        ReplicaScene.Append(partition, "a", "b", "c");
        ReplicaScene.Fetch(partition, 2, 3);
        ReplicaScene.Fetch(partition, 3, 3);
        Assert.Equal(ErrorCode.OffsetOutOfRange, partition.DeleteRecords(4, out _, out _));
        Assert.Equal(ErrorCode.None, partition.DeleteRecords(2, out var start, out var everywhere));
        Assert.Equal(2, start.Value);
        ReplicaScene.Fetch(partition, 2, 3, logStart: 2);
        Assert.False(everywhere.IsCompleted);
        // the other one is dead: it is not waited for
        _scene.Registered.Remove(3);
        partition.CheckIsr();
        Assert.Equal(ErrorCode.None, await everywhere.WaitAsync(Patience.Long));
        Assert.Equal(2, partition.LowWatermark.Value);
    }

    [Fact]
    public void A_follower_obeys_orders_of_its_own_epoch_alone()
    {
        var partition = _scene.Host("weather", [1, 2]);
        ReplicaScene.Append(partition, "a", "b");
        _scene.Apply(partition, [1, 2], [1, 2], leader: 2, epoch: 3, partitionEpoch: 1);
        var key = new FollowKey(ReplicaScene.Id, 0);
        foreach (var epoch in (int[])[2, 4])
        {
            var order = new FollowerOrder(key, new LeaderEpoch(epoch), FollowerAction.TruncateTo, Offset.Zero);
            Assert.Equal(ErrorCode.NotLeaderOrFollower, partition.Obey(order, []).Error);
            Assert.Null(partition.PositionIn(new LeaderEpoch(epoch)));
        }

        Assert.Equal(2, partition.Log!.LogEndOffset.Value);
        var own = new FollowerOrder(key, new LeaderEpoch(3), FollowerAction.TruncateTo, Offset.Zero);
        Assert.Equal(ErrorCode.None, partition.Obey(own, []).Error);
        Assert.Equal(0, partition.Log!.LogEndOffset.Value);
    }

    [Fact]
    public void Consumers_of_a_rack_are_sent_to_members_that_have_the_offset()
    {
        var partition = _scene.Host("weather", [1, 2, 3], isr: [1, 2]);
        ReplicaScene.Append(partition, "a", "b");
        ReplicaScene.Fetch(partition, 2, 1);
        ReplicaScene.Fetch(partition, 3, 2);
        Assert.Equal([2], partition.ReadableFollowers(new Offset(1)).Select(replica => replica.Broker.Value));
        Assert.Empty(partition.ReadableFollowers(new Offset(2)));
    }
}
