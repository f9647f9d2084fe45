using Ottla.Broker.Replication;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Replication;

/// <summary>Broker 1 leads, 2 and 3 follow; runs 101 to 103 of them; a lag of 10 s.</summary>
public sealed class InSyncReplicasTests
{
    private static readonly BrokerEpoch Own = new(101);
    private readonly Dictionary<int, long> _registered = new() { [1] = 101, [2] = 102, [3] = 103 };
    private InSyncReplicas _replicas = Begin([1, 2, 3]);
    private Offset _highWatermark = Offset.Zero;

    [Fact]
    public void The_high_watermark_is_the_lowest_end_of_those_in_sync_and_never_goes_back()
    {
        Assert.Equal(0, HighWatermark(end: 10));
        Fetch(2, 7, end: 10);
        Assert.Equal(0, HighWatermark(end: 10));
        Fetch(3, 5, end: 10);
        Assert.Equal(5, HighWatermark(end: 10));
        // a follower that was restarted has less than it once had; what was committed stays so
        Fetch(3, 4, end: 10);
        Assert.Equal(5, HighWatermark(end: 10));
        Fetch(3, 10, end: 10);
        Assert.Equal(7, HighWatermark(end: 10));
    }

    [Fact]
    public void Below_min_insync_replicas_it_stands_still_and_counts_no_more_replicas_than_there_are()
    {
        _replicas = Begin([1]);
        Assert.Equal(0, HighWatermark(end: 10, minIsr: 2));
        Assert.True(_replicas.IsUnderMinIsr(2));
        Assert.Equal(10, HighWatermark(end: 10, minIsr: 1));
        _replicas = Begin([1, 2, 3]);
        Assert.False(_replicas.IsUnderMinIsr(7));
    }

    [Fact]
    public void A_follower_is_in_sync_again_when_it_has_reached_the_high_watermark_and_this_epoch()
    {
        _replicas = Begin([1, 2], epochStart: 6);
        _highWatermark = new(4);
        Fetch(3, 3, end: 10);
        Assert.Null(Expand(3));
        Fetch(3, 5, end: 10);
        Assert.Null(Expand(3));
        Fetch(3, 6, end: 10);
        var proposal = Expand(3)!;
        Assert.Equal([1, 2, 3], proposal.Isr);
        Assert.Equal([101L, -1, 103], proposal.Epochs.Select(epoch => epoch.Value));
        Assert.Equal((7, 20), (proposal.LeaderEpoch.Value, proposal.PartitionEpoch));
        Assert.Null(Expand(3));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(104)]
    public void A_fenced_broker_or_another_run_of_it_may_not_join(long registered)
    {
        _replicas = Begin([1, 2]);
        Fetch(3, 10, end: 10);
        if (registered < 0) _registered.Remove(3);
        else _registered[3] = registered;
        Assert.Null(Expand(3));
    }

    [Fact]
    public void While_a_member_is_asked_for_it_counts_as_one()
    {
        _replicas = Begin([1, 2]);
        Fetch(2, 10, end: 10);
        Fetch(3, 6, end: 10);
        Assert.NotNull(Expand(3));
        Assert.Equal(6, HighWatermark(end: 10, nowMs: 60_000));
        // the controller does not take it: it counts no more, once it lags
        Assert.False(_replicas.Replay(_replicas.Pending!, IsrAnswer.Failed(ErrorCode.IneligibleReplica)));
        Assert.Equal(10, HighWatermark(end: 10, nowMs: 60_000));
    }

    [Fact]
    public void One_that_keeps_up_and_may_join_is_waited_for_unless_it_is_fenced()
    {
        _replicas = Begin([1]);
        Fetch(2, 5, end: 5, nowMs: 1_000);
        Fetch(2, 8, end: 10, nowMs: 1_100);
        Assert.Equal(8, HighWatermark(end: 10, nowMs: 1_200));
        Assert.Equal(8, HighWatermark(end: 12, nowMs: 11_000));
        _registered.Remove(2);
        Assert.Equal(12, HighWatermark(end: 12, nowMs: 11_000));
    }

    [Fact]
    public void Members_that_lag_for_too_long_are_asked_to_leave_and_stay_members_until_the_controller_agrees()
    {
        Fetch(2, 10, end: 10, nowMs: 5_000);
        Fetch(3, 4, end: 10, nowMs: 5_000);
        Assert.Null(_replicas.Shrink(Own, new Offset(10), 10_000, ReplicaScene.LagMs));
        var proposal = _replicas.Shrink(Own, new Offset(10), 10_001, ReplicaScene.LagMs)!;
        Assert.Equal([1, 2], proposal.Isr);
        Assert.Equal(4, HighWatermark(end: 10, nowMs: 10_001));
        Assert.False(_replicas.Replay(proposal, new IsrAnswer(ErrorCode.None, new(7), 21, [1, 2], 0)));
        Assert.Equal(10, HighWatermark(end: 10, nowMs: 10_001));
        Assert.Equal(21, _replicas.PartitionEpoch);
    }

    [Fact]
    public void A_follower_that_is_silent_stays_in_sync_while_there_is_nothing_that_it_lacks()
    {
        Fetch(2, 10, end: 10);
        Fetch(3, 10, end: 10);
        Assert.Null(_replicas.Shrink(Own, new Offset(10), 99_000, ReplicaScene.LagMs));
        Assert.Equal([1], _replicas.Shrink(Own, new Offset(11), 99_000, ReplicaScene.LagMs)!.Isr);
    }

    [Fact]
    public void One_that_always_has_what_was_there_at_its_last_fetch_keeps_up()
    {
        for (var i = 1; i <= 20; i++)
        {
            Fetch(2, i * 10, end: i * 10 + 10, nowMs: i * 1_000);
            Fetch(3, i * 10 - 1, end: i * 10 + 10, nowMs: i * 1_000);
        }

        Assert.Equal([1, 2], _replicas.Shrink(Own, new Offset(210), 20_000, ReplicaScene.LagMs)!.Isr);
    }

    [Fact]
    public void Only_replicas_are_believed_and_only_their_latest_run()
    {
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Note(4, 5, end: 10, run: 104));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Note(1, 5, end: 10, run: 101));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Note(2, 11, end: 10, run: 102));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Note(2, 5, end: 10, run: 99));
        // a run that the metadata have not told yet is believed, and ends the one before
        Assert.Equal(ErrorCode.None, Note(2, 5, end: 10, run: 110));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Note(2, 5, end: 10, run: 102));
    }

    [Fact]
    public void Errors_of_the_passing_kind_are_asked_again_and_those_of_a_stale_state_are_not()
    {
        _replicas = Begin([1, 2]);
        Fetch(3, 10, end: 10);
        var proposal = Expand(3)!;
        Assert.True(_replicas.Replay(proposal, IsrAnswer.Failed(ErrorCode.NotController)));
        Assert.Same(proposal, _replicas.Pending);
        Assert.False(_replicas.Replay(proposal, IsrAnswer.Failed(ErrorCode.InvalidUpdateVersion)));
        Assert.Null(Expand(3));
        // the state that the controller spoke of: with it all is open again
        _replicas.Adopt(ReplicaScene.Registration([1, 2, 3], [1, 2], 1, 7, 25), 0);
        Assert.Null(_replicas.Pending);
        Assert.Equal(25, Expand(3)!.PartitionEpoch);
    }

    [Fact]
    public void Metadata_that_come_before_the_answer_settle_it()
    {
        _replicas = Begin([1, 2]);
        Fetch(3, 10, end: 10);
        var proposal = Expand(3)!;
        _replicas.Adopt(ReplicaScene.Registration([1, 2, 3], [1, 2, 3], 1, 7, 21), 0);
        Assert.Null(_replicas.Pending);
        Assert.False(_replicas.Replay(proposal, new IsrAnswer(ErrorCode.None, new(7), 20, [1, 2], 0)));
        Assert.Equal([1, 2, 3], _replicas.Isr.ToArray());
        // an older state than one that is known changes nothing
        _replicas.Adopt(ReplicaScene.Registration([1, 2, 3], [1], 1, 7, 20), 0);
        Assert.Equal([1, 2, 3], _replicas.Isr.ToArray());
    }

    [Fact]
    public void A_leader_that_was_elected_uncleanly_recovers_before_anybody_joins()
    {
        _replicas = Begin([1], recovery: 1);
        Fetch(2, 10, end: 10);
        var recovers = Expand(2)!;
        Assert.Equal([1], recovers.Isr);
        Assert.Equal(0, recovers.LeaderRecoveryState);
        Assert.False(_replicas.Replay(recovers, new IsrAnswer(ErrorCode.None, new(7), 21, [1], 0)));
        Assert.Equal([1, 2], Expand(2)!.Isr);
    }

    [Fact]
    public void Replicas_that_a_reassignment_adds_are_followers_and_those_that_it_removed_are_none()
    {
        _replicas.Adopt(ReplicaScene.Registration([1, 2, 3, 4], [1, 2, 3], 1, 7, 21), 0);
        _registered[4] = 104;
        Fetch(2, 9, end: 9);
        Fetch(3, 9, end: 9);
        Fetch(4, 9, end: 9);
        Assert.Equal([1, 2, 3, 4], Expand(4)!.Isr);
        _replicas.Adopt(ReplicaScene.Registration([1, 2, 4], [1, 2, 4], 1, 7, 23), 0);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Note(3, 9, end: 9, run: 103));
        Assert.Equal(9, HighWatermark(end: 12));
    }

    [Fact]
    public void The_low_watermark_is_the_lowest_start_of_the_living()
    {
        Fetch(2, 9, end: 9, start: 4);
        Assert.Equal(-1, Low(7, _ => true));
        Fetch(3, 9, end: 9, start: 5);
        Assert.Equal(4, Low(7, _ => true));
        Assert.Equal(5, Low(7, broker => broker != 2));
        Assert.Equal(7, Low(7, _ => false));
    }

    private static InSyncReplicas Begin(int[] isr, long epochStart = 0, sbyte recovery = 0) =>
        new(new BrokerId(1), ReplicaScene.Registration([1, 2, 3], isr, 1, 7, 20, recovery), new Offset(epochStart), 0);

    private void Fetch(int broker, long offset, long end, long nowMs = 0, long start = 0) =>
        Assert.Equal(ErrorCode.None, Note(broker, offset, end, 100 + broker, nowMs, start));

    private ErrorCode Note(int broker, long offset, long end, long run, long nowMs = 0, long start = 0) =>
        _replicas.Note(new FollowerFetch(broker, new(run), new(offset), new(start)), RunOf(broker), new(end), nowMs);

    private long HighWatermark(long end, int minIsr = 1, long nowMs = 0)
    {
        _highWatermark = _replicas.HighWatermark(_highWatermark, new(end), minIsr, nowMs, ReplicaScene.LagMs, RunOf);
        return _highWatermark.Value;
    }

    private IsrProposal? Expand(int broker) => _replicas.Expand(broker, Own, RunOf(broker), _highWatermark);

    private long Low(long leaderStart, Func<int, bool> isAlive) => _replicas.LowWatermark(new(leaderStart), isAlive).Value;

    private BrokerEpoch RunOf(int broker) => _registered.TryGetValue(broker, out var epoch) ? new(epoch) : BrokerEpoch.None;
}
