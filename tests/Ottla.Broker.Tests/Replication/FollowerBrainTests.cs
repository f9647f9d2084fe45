using Ottla.Broker.Replication.Following;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Replication;

/// <summary>Broker 1 follows partitions of one topic; the test is their leader and their logs.</summary>
public sealed class FollowerBrainTests
{
    private static readonly Uuid Topic = new(5, 6);
    private static readonly LeaderEpoch Epoch = new(3);
    private readonly FollowerBrain _brain = new(new BrokerId(1), () => new BrokerEpoch(101), new FollowerLimits());

    [Fact]
    public void The_first_request_names_all_and_the_next_what_has_changed()
    {
        Follow(0, end: 4);
        Follow(1, end: 9);
        var first = Ask();
        Assert.Equal((0, 0), (first.SessionId, first.SessionEpoch));
        Assert.Equal((1, 101L), (first.ReplicaState.ReplicaId, first.ReplicaState.ReplicaEpoch));
        Assert.Equal("0@4 1@9", Named(first));
        Obey(Read(Answer(77, Data(1, records: 100))), end: 12);
        var second = Ask();
        Assert.Equal((77, 1), (second.SessionId, second.SessionEpoch));
        Assert.Equal("1@12", Named(second));
        Assert.Empty(Read(Answer(77)));
        Assert.Equal("", Named(Ask()));
    }

    [Fact]
    public void An_answer_is_an_order_to_append_with_the_leaders_high_watermark_and_log_start()
    {
        Follow(0, end: 4);
        Ask();
        var order = Assert.Single(Read(Answer(7, Data(0, records: 100, highWatermark: 3, logStart: 1))));
        Assert.Equal((FollowerAction.Append, 100, 3L, 1L), (order.Action, order.Records.Length, order.HighWatermark.Value, order.LogStart.Value));
        Assert.Equal(Epoch, order.Epoch);
    }

    [Fact]
    public void What_is_left_or_followed_in_another_epoch_is_told_and_old_answers_are_not_obeyed()
    {
        Follow(0, end: 4);
        Follow(1, end: 4);
        Read(Answer(7), asked: Ask());
        _brain.Unfollow(Key(0));
        Follow(1, end: 2, epoch: 4);
        // it left before the two were told
        Assert.Empty(Read(Answer(7, Data(0, records: 100), Data(1, records: 100))));
        var next = Ask();
        Assert.Equal("1@2", Named(next));
        Assert.Equal(4, next.Topics[0].Partitions[0].CurrentLeaderEpoch);
        Assert.Equal([0], next.ForgottenTopicsData.Single().Partitions);
    }

    [Fact]
    public void One_that_is_left_and_followed_again_is_not_forgotten()
    {
        Follow(0, end: 4);
        Read(Answer(7), asked: Ask());
        _brain.Unfollow(Key(0));
        Follow(0, end: 4, epoch: 5);
        var next = Ask();
        Assert.Equal("0@4", Named(next));
        Assert.Empty(next.ForgottenTopicsData);
    }

    [Fact]
    public void What_is_followed_and_not_told_yet_is_news()
    {
        Follow(0, end: 4);
        Assert.True(_brain.HasNews);
        Ask();
        Assert.False(_brain.HasNews);
        Obey(Read(Answer(7, Data(0, records: 10))), end: 5);
        Assert.False(_brain.HasNews);
        Follow(1, end: 4);
        Assert.True(_brain.HasNews);
        Read(Answer(7, Failed(1, ErrorCode.UnknownLeaderEpoch)), asked: Ask());
        Assert.False(_brain.HasNews);
    }

    [Fact]
    public void A_session_that_the_leader_does_not_know_begins_anew()
    {
        Follow(0, end: 4);
        Read(Answer(7), asked: Ask());
        Assert.Empty(Read(new FetchResponse { ErrorCode = ErrorCode.FetchSessionIdNotFound }, asked: Ask()));
        var next = Ask();
        Assert.Equal((0, 0, "0@4"), (next.SessionId, next.SessionEpoch, Named(next)));
    }

    [Fact]
    public void After_a_broken_connection_the_session_is_replaced_by_another()
    {
        Follow(0, end: 4);
        Read(Answer(7), asked: Ask());
        Ask();
        _brain.Broke();
        var next = Ask();
        Assert.Equal((7, 0, "0@4"), (next.SessionId, next.SessionEpoch, Named(next)));
    }

    [Fact]
    public void A_diverging_epoch_is_an_order_to_cut_and_then_it_goes_on_from_there()
    {
        Follow(0, end: 9);
        Ask();
        var data = Data(0);
        (data.DivergingEpoch.Epoch, data.DivergingEpoch.EndOffset) = (2, 6);
        var orders = Read(Answer(7, data));
        Assert.Equal((FollowerAction.TruncateToEpoch, 2, 6L), (orders[0].Action, orders[0].DivergingEpoch.Value, orders[0].At.Value));
        Obey(orders, end: 6, lastEpoch: 2);
        Assert.Equal("0@6", Named(Ask()));
    }

    [Fact]
    public void A_truncation_that_changes_nothing_is_not_tried_again_at_full_speed()
    {
        Follow(0, end: 9);
        Ask();
        var data = Data(0);
        (data.DivergingEpoch.Epoch, data.DivergingEpoch.EndOffset) = (2, 20);
        Obey(Read(Answer(7, data)), end: 9);
        Assert.Null(_brain.NextFetch(999));
        Assert.Equal(1_000, _brain.NextDueMs);
        Assert.Equal("0@9", Named(_brain.NextFetch(1_000)!));
    }

    [Theory]
    [InlineData(2, 5, "TruncateTo", 5)]
    [InlineData(12, 20, "StartAnew", 12)]
    [InlineData(2, 20, "TruncateTo", 7)]
    public void A_log_that_the_leader_can_not_place_is_cut_begun_anew_or_goes_back_to_what_is_committed(long start, long end, string action, long at)
    {
        Follow(0, end: 9, highWatermark: 7);
        Lose(0);
        Assert.Equal([(Key(0), Epoch)], _brain.Lost(0));
        var order = _brain.ReadOffsets(Key(0), Epoch, ErrorCode.None, new(start), new(end), 0)!.Value;
        Assert.Equal((action, at), (order.Action.ToString(), order.At.Value));
        Obey([order], end: at);
        Assert.Empty(_brain.Lost(0));
        Assert.Equal($"0@{at}", Named(Ask()));
    }

    [Fact]
    public void A_lost_log_is_left_out_and_asked_about_again_after_a_pause()
    {
        Follow(0, end: 9);
        Follow(1, end: 9);
        Read(Answer(7), asked: Ask());
        Lose(0);
        Assert.Equal([0], Ask().ForgottenTopicsData.Single().Partitions);
        Assert.Null(_brain.ReadOffsets(Key(0), Epoch, ErrorCode.NotLeaderOrFollower, Offset.None, Offset.None, 0));
        Assert.Empty(_brain.Lost(9));
        Assert.Single(_brain.Lost(10));
    }

    [Fact]
    public void Errors_that_a_moment_mends_are_tried_again_soon_and_ever_later()
    {
        Follow(0, end: 9);
        var now = 0L;
        foreach (var pause in (int[])[10, 20, 40, 80, 160, 320, 640, 1_000, 1_000])
        {
            Assert.NotNull(_brain.NextFetch(now));
            Read(Answer(7, Failed(0, ErrorCode.UnknownLeaderEpoch)), now);
            Assert.Null(_brain.NextFetch(now + pause - 1));
            Assert.Equal(now + pause, _brain.NextDueMs);
            now += pause;
        }

        Assert.NotNull(_brain.NextFetch(now));
        Obey(Read(Answer(7, Data(0, records: 10)), now), end: 10, now: now);
        Assert.NotNull(_brain.NextFetch(now));
        Read(Answer(7, Failed(0, ErrorCode.UnknownLeaderEpoch)), now);
        Assert.Null(_brain.NextFetch(now + 9));
        Assert.NotNull(_brain.NextFetch(now + 10));
    }

    [Fact]
    public void One_partition_s_error_keeps_no_other_from_being_fetched()
    {
        Follow(0, end: 9);
        Follow(1, end: 9);
        Read(Answer(7, Failed(0, ErrorCode.KafkaStorageError)), asked: Ask());
        var next = Ask();
        Assert.Equal([0], next.ForgottenTopicsData.Single().Partitions);
        Obey(Read(Answer(7, Data(1, records: 10))), end: 10);
        Assert.Equal("1@10", Named(Ask()));
        Assert.Equal("0@9", Named(_brain.NextFetch(1_000)!));
    }

    [Fact]
    public void A_leader_of_a_later_epoch_is_left_alone_until_the_metadata_tell_of_it()
    {
        Follow(0, end: 9);
        Read(Answer(7, Failed(0, ErrorCode.FencedLeaderEpoch)), asked: Ask());
        Assert.Null(_brain.NextFetch(99_000));
        Assert.Equal(long.MaxValue, _brain.NextDueMs);
        Follow(0, end: 9, epoch: 4);
        Assert.Equal("0@9", Named(_brain.NextFetch(99_000)!));
    }

    [Fact]
    public void A_disk_that_is_lost_ends_it_and_what_can_t_be_taken_is_asked_for_again_after_a_pause()
    {
        Follow(0, end: 9);
        Follow(1, end: 9);
        Ask();
        var orders = Read(Answer(7, Data(0, records: 10), Data(1, records: 10)));
        Obey(orders[..1], end: 9, error: ErrorCode.KafkaStorageError);
        Obey(orders[1..], end: 9, error: ErrorCode.CorruptMessage);
        Assert.Null(_brain.NextFetch(999));
        Assert.Equal("1@9", Named(_brain.NextFetch(1_000)!));
    }

    [Fact]
    public void A_throttled_partition_is_left_out_until_its_time_has_come()
    {
        var held = 0L;
        var brain = new FollowerBrain(new BrokerId(1), () => new BrokerEpoch(101), new FollowerLimits()) { ThrottledForMs = key => key.Partition == 0 ? held : 0 };
        foreach (var number in (int[])[0, 1]) brain.Follow(Key(number), Epoch, new(new(4), Epoch, Offset.Zero, Offset.Zero));
        held = 300;
        Assert.Equal("1@4", Named(brain.NextFetch(0)!));
        Assert.Equal(300, brain.NextDueMs);
        held = 0;
        Assert.Equal("0@4 1@4", Named(brain.NextFetch(300)!));
    }

    private static FollowKey Key(int partition) => new(Topic, partition);

    private void Follow(int partition, long end, int epoch = 3, long highWatermark = 0) =>
        _brain.Follow(Key(partition), new(epoch), new(new(end), new(2), Offset.Zero, new(highWatermark)));

    private FetchRequest Ask() => _brain.NextFetch(0)!;

    private List<FollowerOrder> Read(FetchResponse response, long now = 0, FetchRequest? asked = null)
    {
        Assert.True(asked is null || asked.SessionEpoch >= 0);
        return _brain.Read(response, now);
    }

    private void Obey(List<FollowerOrder> orders, long end, int lastEpoch = 2, ErrorCode error = ErrorCode.None, long now = 0)
    {
        foreach (var order in orders)
        {
            var before = _brain.Find(order.Key)!.Position;
            var highWatermark = Offset.Min(before.HighWatermark, new(end));
            _brain.Replay(order, new(error, new(new(end), new(lastEpoch), order.Action == FollowerAction.StartAnew ? order.At : before.LogStart, highWatermark)), now);
        }
    }

    private void Lose(int partition)
    {
        _brain.NextFetch(0);
        Assert.Empty(Read(Answer(7, Failed(partition, ErrorCode.OffsetOutOfRange))));
    }

    private static FetchResponse Answer(int session, params FetchResponse.PartitionData[] partitions) =>
        new() { SessionId = session, Responses = partitions.Length == 0 ? [] : [new() { TopicId = Topic, Partitions = [.. partitions] }] };

    private static FetchResponse.PartitionData Data(int partition, int records = 0, long highWatermark = 0, long logStart = 0) => new()
    {
        PartitionIndex = partition, HighWatermark = highWatermark, LogStartOffset = logStart, Records = records == 0 ? Records.Empty : new Records(new byte[records]),
    };

    private static FetchResponse.PartitionData Failed(int partition, ErrorCode error) =>
        new() { PartitionIndex = partition, ErrorCode = error, HighWatermark = -1, Records = Records.Empty };

    private static string Named(FetchRequest request) =>
        string.Join(' ', request.Topics.SelectMany(topic => topic.Partitions).OrderBy(p => p.Partition).Select(p => $"{p.Partition}@{p.FetchOffset}"));
}
