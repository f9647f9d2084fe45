using Ottla.Broker.Fetching;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Fetching;

public sealed class FetchSessionsTests
{
    private const short ByName = 12;
    private const short ById = 13;

    private readonly SessionClock _time = new();
    private readonly FetchSessions _sessions;

    public FetchSessionsTests() => _sessions = new FetchSessions(2, _time, new Random(1));

    [Fact]
    public void A_fetch_without_a_session_is_all_that_it_names()
    {
        var plan = Begin(Request(0, -1, 0, 1));
        Assert.Equal((0, 2), (plan.SessionId, plan.Entries.Count));
        Assert.Equal(0, _sessions.Count);
    }

    [Fact]
    public void A_session_remembers_its_partitions_takes_changes_and_forgets()
    {
        var id = Begin(Request(0, 0, 0, 1, 2)).SessionId;
        Assert.NotEqual(0, id);
        Assert.Equal([0, 1, 2], Partitions(Begin(Request(id, 1))));
        var change = Request(id, 2, 1, 5);
        change.Topics[0].Partitions[0].FetchOffset = 42;
        change.ForgottenTopicsData.Add(new() { Topic = "t", Partitions = [0] });
        var plan = Begin(change);
        Assert.Equal([1, 2, 5], Partitions(plan));
        Assert.Equal(42, plan.Entries[0].FetchOffset.Value);
    }

    [Fact]
    public void Epochs_must_follow_each_other()
    {
        var id = Begin(Request(0, 0, 0)).SessionId;
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, Refused(Request(id, 2)));
        Begin(Request(id, 1));
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, Refused(Request(id, 1)));
        Begin(Request(id, 2));
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Refused(Request(id ^ 1, 3)));
    }

    [Fact]
    public void The_epoch_after_the_largest_is_1()
    {
        var session = new FetchSession(7, usesTopicIds: false, created: 0);
        Assert.Equal(1, session.NextEpoch);
        session.Use(0);
        Assert.Equal(2, session.NextEpoch);
    }

    [Fact]
    public void The_final_epoch_closes_and_the_first_begins_anew()
    {
        var id = Begin(Request(0, 0, 0)).SessionId;
        Assert.Equal(0, Begin(Request(id, -1, 0)).SessionId);
        Assert.Equal(0, _sessions.Count);
        id = Begin(Request(0, 0, 0)).SessionId;
        var renewed = Begin(Request(id, 0, 0, 1)).SessionId;
        Assert.Equal(1, _sessions.Count);
        Assert.Equal(ErrorCode.None, _sessions.Begin(Request(renewed, 1), ByName, out _));
    }

    [Fact]
    public void A_session_that_forgets_its_last_partition_ends()
    {
        var id = Begin(Request(0, 0, 0)).SessionId;
        var last = Request(id, 1);
        last.ForgottenTopicsData.Add(new() { Topic = "t", Partitions = [0] });
        Assert.Empty(Begin(last).Entries);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Refused(Request(id, 2)));
    }

    [Fact]
    public void A_session_of_names_is_not_for_ids()
    {
        var id = Begin(Request(0, 0, 0)).SessionId;
        Assert.Equal(ErrorCode.FetchSessionTopicIdError, _sessions.Begin(Request(id, 1), ById, out _));
    }

    [Fact]
    public void A_full_cache_gives_a_slot_only_when_one_is_old()
    {
        Begin(Request(0, 0, 0));
        var used = Begin(Request(0, 0, 0, 1)).SessionId;
        Assert.Equal(0, Begin(Request(0, 0, 0, 1, 2)).SessionId);
        _time.Advance(TimeSpan.FromSeconds(121));
        Begin(Request(used, 1));
        Assert.NotEqual(0, Begin(Request(0, 0, 5)).SessionId);
        Assert.Equal(ErrorCode.None, _sessions.Begin(Request(used, 2), ByName, out _));
        Assert.Equal(2, _sessions.Count);
    }

    [Fact]
    public void A_smaller_session_that_has_lived_makes_way_for_a_larger_one()
    {
        var one = Begin(Request(0, 0, 0)).SessionId;
        var two = Begin(Request(0, 0, 0, 1)).SessionId;
        _time.Advance(TimeSpan.FromSeconds(119));
        Begin(Request(one, 1));
        Begin(Request(two, 1));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, Begin(Request(0, 0, 7)).SessionId);
        Assert.NotEqual(0, Begin(Request(0, 0, 7, 8)).SessionId);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Refused(Request(one, 2)));
    }

    [Fact]
    public void Partitions_that_gave_data_go_behind_the_others()
    {
        var plan = Begin(Request(0, 0, 0, 1, 2));
        Assert.True(plan.Keeps(plan.Entries[0], Answer(records: 5)));
        Assert.Equal([1, 2, 0], Partitions(Begin(Request(plan.SessionId, 1))));
    }

    [Fact]
    public void The_first_answer_tells_all_and_the_next_only_news()
    {
        var plan = Begin(Request(0, 0, 0));
        Assert.True(plan.Keeps(plan.Entries[0], Answer()));
        plan = Begin(Request(plan.SessionId, 1));
        Assert.False(plan.Keeps(plan.Entries[0], Answer()));
        Assert.True(plan.Keeps(plan.Entries[0], Answer(highWatermark: 2)));
        Assert.False(plan.Keeps(plan.Entries[0], Answer(highWatermark: 2)));
        Assert.True(plan.Keeps(plan.Entries[0], Answer(highWatermark: 2, logStart: 1)));
        Assert.True(plan.Keeps(plan.Entries[0], Answer(highWatermark: 2, logStart: 1, records: 3)));
        Assert.True(plan.Keeps(plan.Entries[0], Answer(error: ErrorCode.NotLeaderOrFollower)));
        Assert.True(plan.Keeps(plan.Entries[0], Answer(error: ErrorCode.NotLeaderOrFollower)));
        Assert.True(plan.Keeps(plan.Entries[0], Answer(highWatermark: 2, logStart: 1)));
        Assert.False(plan.Keeps(plan.Entries[0], Answer(highWatermark: 2, logStart: 1)));
    }

    private static IEnumerable<int> Partitions(FetchPlan plan) => plan.Entries.Select(entry => entry.Key.Partition);

    private static FetchResponse.PartitionData Answer(long highWatermark = 0, long logStart = 0, int records = 0, ErrorCode error = ErrorCode.None) => new()
    {
        HighWatermark = highWatermark, LogStartOffset = logStart, ErrorCode = error, Records = new Records(new byte[records]),
    };

    private static FetchRequest Request(int sessionId, int epoch, params int[] partitions)
    {
        var request = new FetchRequest { SessionId = sessionId, SessionEpoch = epoch };
        if (partitions.Length == 0) return request;
        request.Topics.Add(new() { Topic = "t", Partitions = [.. partitions.Select(p => new FetchRequest.FetchPartition { Partition = p, PartitionMaxBytes = 1 })] });
        return request;
    }

    private FetchPlan Begin(FetchRequest request)
    {
        Assert.Equal(ErrorCode.None, _sessions.Begin(request, ByName, out var plan));
        return plan;
    }

    private ErrorCode Refused(FetchRequest request) => _sessions.Begin(request, ByName, out _);

    /// <summary>Counts ticks as the test moves it.</summary>
    private sealed class SessionClock : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
