using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Wire;
using static Ottla.Broker.Tests.Coordination.CoordinatorScene;

namespace Ottla.Broker.Tests.Coordination;

/// <summary>The leadership of `__consumer_offsets` moves: nothing that was answered is lost, and nothing that may be lost was
/// answered.</summary>
public sealed class FailoverTests : IAsyncDisposable
{
    private readonly CoordinatorScene _scene = new();

    private MemoryOffsetsLog Log => _scene.Log;

    private GroupCoordinator First => _scene.First;

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task A_commit_that_another_leader_cut_off_was_never_answered_as_a_success()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        Assert.Equal(ErrorCode.None, await Commit(First, "g", 5));
        Log.HoldsBack = true;
        var lost = Commit(First, "g", 9);
        await Patience.Until(() => Log.Count == 2);
        Log.Elect(new LeaderEpoch(3));
        Log.Truncate();
        await First.OnElected(0, new LeaderEpoch(3));
        Assert.Equal(ErrorCode.NotCoordinator, await lost);
        Assert.Equal(5, await Committed(First, "g"));
    }

    [Fact]
    public async Task A_commit_whose_fate_was_unknown_is_there_if_the_next_leader_had_it()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        Log.HoldsBack = true;
        var unknown = Commit(First, "g", 9);
        await Patience.Until(() => Log.Count == 1);
        Log.Elect(new LeaderEpoch(2));
        First.OnResigned(0);
        Assert.Equal(ErrorCode.NotCoordinator, await unknown);
        var next = _scene.Make();
        await next.OnElected(0, new LeaderEpoch(2));
        var read = Committed(next, "g");
        await next.Heartbeat(new() { GroupId = "" }, V8);
        Assert.False(read.IsCompleted, "it may still be lost");
        Log.Commit();
        Assert.Equal(9, await read);
    }

    [Fact]
    public async Task An_epoch_that_rises_while_a_write_is_pending_refuses_it_and_loads_anew()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        Assert.Equal(ErrorCode.None, await Commit(First, "g", 5));
        Log.Gate = new TaskCompletionSource();
        var pending = Commit(First, "g", 6);
        var waiting = Commit(First, "g", 7);
        Log.Elect(new LeaderEpoch(2));
        Log.Gate.SetResult();
        Assert.Equal((ErrorCode.NotCoordinator, ErrorCode.NotCoordinator), (await pending, await waiting));
        Log.Gate = null;
        Assert.Equal(-(long)ErrorCode.NotCoordinator, await Committed(First, "g"));
        await First.OnElected(0, new LeaderEpoch(2));
        Assert.Equal(5, await Committed(First, "g"));
        Assert.Equal(ErrorCode.None, await Commit(First, "g", 8));
    }

    [Fact]
    public async Task A_coordinator_that_was_leader_before_and_is_again_knows_what_others_wrote_meanwhile()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        Assert.Equal(ErrorCode.None, await Commit(First, "g", 5));
        var other = _scene.Make();
        await other.OnElected(0, new LeaderEpoch(2));
        Assert.Equal(ErrorCode.None, await Commit(other, "g", 6));
        await other.Stop();
        await First.OnElected(0, new LeaderEpoch(3));
        Assert.Equal(6, await Committed(First, "g"));
    }

    [Fact]
    public async Task Records_that_may_never_be_committed_are_forgotten_and_the_log_is_read_anew()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        Log.HoldsBack = true;
        var commits = Enumerable.Range(0, 5).Select(i => Commit(First, "g" + i, i)).ToList();
        await Patience.Until(() => Log.Count == 5);
        Log.HoldsBack = false;
        Log.Elect(new LeaderEpoch(1), ErrorCode.RequestTimedOut);
        foreach (var commit in commits) Assert.Equal(ErrorCode.NotCoordinator, await commit);
        await Patience.Until(async () => await Committed(First, "g4"), offset => offset >= 0);
        Assert.Contains("loaded anew", _scene.Logged.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_append_of_a_former_life_is_waited_for_before_the_log_is_read_anew()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        Log.HoldsBack = true;
        var uncommitted = Commit(First, "a", 1);
        await Patience.Until(() => Log.Count == 1);
        Log.Gate = new TaskCompletionSource();
        var underWay = Commit(First, "b", 2);
        await Patience.Until(() => Log.Asked == 2);
        var reads = Log.Reads;
        Log.HoldsBack = false;
        Log.Elect(new LeaderEpoch(1), ErrorCode.RequestTimedOut);
        Assert.Equal((ErrorCode.NotCoordinator, ErrorCode.NotCoordinator), (await uncommitted, await underWay));
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, await Commit(First, "c", 3));
        Assert.Equal(reads, Log.Reads);
        Log.Gate.SetResult();
        await Patience.Until(async () => await Committed(First, "b"), offset => offset == 2);
    }

    [Fact]
    public async Task Whoever_waits_for_replicas_that_do_not_come_is_told_so_after_the_commit_timeout()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        Log.HoldsBack = true;
        var commit = Commit(First, "g", 9);
        var read = Committed(First, "g");
        await Patience.Until(() => Log.Count == 1);
        await First.Heartbeat(new() { GroupId = "" }, V8);
        _scene.Time.Advance(TimeSpan.FromMilliseconds(4_999));
        Assert.False(commit.IsCompleted || read.IsCompleted);
        await Patience.Until(() =>
        {
            _scene.Time.Advance(TimeSpan.FromMilliseconds(1));
            return commit.IsCompleted && read.IsCompleted;
        });
        Assert.Equal((ErrorCode.CoordinatorNotAvailable, -(long)ErrorCode.CoordinatorNotAvailable), (await commit, await read));
        Log.Commit();
        Assert.Equal(9, await Committed(First, "g"));
    }

    [Fact]
    public async Task Members_that_wait_for_a_rebalance_are_told_to_go_elsewhere()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        await _scene.StableGroup(First, "g");
        var waiting = First.Join(JoinOf("g"), V8 with { ApiVersion = 3 });
        await First.CountGroups();
        Assert.False(waiting.IsCompleted);
        First.OnResigned(0);
        Assert.Equal(ErrorCode.NotCoordinator, (await waiting).ErrorCode);
    }

    [Fact]
    public async Task Stopping_answers_every_kind_of_waiter_and_ends()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        await _scene.StableGroup(First, "joining");
        var join = First.Join(JoinOf("joining"), V8 with { ApiVersion = 3 });
        var member = await Follower("syncing");
        var sync = First.Sync(new() { GroupId = "syncing", MemberId = member, GenerationId = 1 }, V8);
        Log.HoldsBack = true;
        var asked = Log.Asked;
        var commit = Commit(First, "uncommitted", 1);
        var read = Committed(First, "uncommitted");
        await Patience.Until(() => Log.Asked > asked && Log.Count == Log.BatchSizes.Sum());
        Log.Gate = new TaskCompletionSource();
        var appending = Commit(First, "appending", 1);
        var queued = Commit(First, "appending", 2);
        var list = First.ListGroups(new(), V8);
        await First.Stop();
        Assert.Equal(ErrorCode.NotCoordinator, (await join).ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, (await sync).ErrorCode);
        foreach (var told in new[] { commit, appending, queued }) Assert.Equal(ErrorCode.NotCoordinator, await told);
        Assert.Equal(-(long)ErrorCode.NotCoordinator, await read);
        Assert.Equal(ErrorCode.None, (await list).ErrorCode);
        await First.OnElected(0, new LeaderEpoch(9));
        Assert.Equal(ErrorCode.NotCoordinator, await Commit(First, "after", 1));
        Log.Gate.SetResult();
    }

    /// <summary>A group of two that have joined; the one that does not lead.</summary>
    private async Task<string> Follower(string group)
    {
        var (one, two) = (First.Join(JoinOf(group), V8 with { ApiVersion = 3 }), First.Join(JoinOf(group), V8 with { ApiVersion = 3 }));
        await Patience.Until(() =>
        {
            _scene.Time.Advance(TimeSpan.Zero);
            return one.IsCompleted && two.IsCompleted;
        });
        var joined = new[] { await one, await two };
        return joined.Single(j => j.MemberId != j.Leader).MemberId;
    }

    [Fact]
    public async Task Resigning_ends_the_loading()
    {
        for (var i = 0; i < 30; i++) Log.Put(OldCommit("g" + i));
        Log.OnRead = read =>
        {
            if (read == 2) First.OnResigned(0);
        };
        await First.OnElected(0, new LeaderEpoch(2));
        await First.Stop();
        Assert.Equal(2, Log.Reads);
    }

    [Fact]
    public async Task A_log_that_can_not_be_read_is_said_and_read_again_in_the_next_epoch()
    {
        Log.Put(OldCommit("g"));
        Log.OnRead = _ => throw new IOException("sector 7 is gone");
        await First.OnElected(0, new LeaderEpoch(1));
        Assert.Equal(-(long)ErrorCode.NotCoordinator, await Committed(First, "g"));
        Assert.Contains("__consumer_offsets-0 can't be replayed: sector 7 is gone", _scene.Logged.Text, StringComparison.Ordinal);
        Log.OnRead = null;
        await First.OnElected(0, new LeaderEpoch(2));
        Assert.Equal(5, await Committed(First, "g"));
    }

    [Fact]
    public async Task A_bug_while_the_log_is_replayed_ends_the_process_and_is_not_passed_over()
    {
        Log.Put(OldCommit("g"));
        Log.RecordsPerRead = 0;
        _ = _scene.Make(isStopped: false).OnElected(0, new LeaderEpoch(1));
        await Patience.Until(() => !_scene.Faults.IsEmpty);
        Assert.True(_scene.Faults.TryDequeue(out var fault));
        Assert.IsType<InvariantException>(fault);
    }

    [Fact]
    public async Task What_is_not_served_here_is_left_as_it_is()
    {
        Log.Put(Foreign(new ShareGroupMetadataKey { GroupId = "shared" }));
        Log.Put(Foreign(new StreamsGroupMetadataKey { GroupId = "streamed" }));
        Log.Put(Foreign(new StreamsGroupTopologyKey { GroupId = "streamed" }));
        Log.Put(OldCommit("streamed"));
        Log.Put(new OffsetsRecord(new byte[] { 0x7f, 0xff, 1, 2, 3 }, new byte[] { 9 }));
        await First.OnElected(0, new LeaderEpoch(1));
        var listed = await First.ListGroups(new(), V8);
        Assert.Equal(["shared share", "streamed streams"], listed.Groups.Select(g => $"{g.GroupId} {g.GroupType}").Order());
        Assert.Equal(5, await Committed(First, "streamed"));
        foreach (var group in new[] { "shared", "streamed" })
        {
            Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await First.Join(JoinOf(group), V8)).ErrorCode);
            Assert.NotEqual(ErrorCode.None, await Commit(First, group, 7));
            Assert.Equal(ErrorCode.NonEmptyGroup, (await First.DeleteGroups(new() { GroupsNames = [group] }, V8)).Results[0].ErrorCode);
            var beat = await First.ConsumerHeartbeat(
                new() { GroupId = group, MemberId = "m", RebalanceTimeoutMs = 1, TopicPartitions = [], SubscribedTopicNames = ["orders"] }, V8 with { ApiVersion = 1 });
            Assert.Equal((ErrorCode.GroupIdNotFound, $"Group {group} is not a consumer group."), (beat.ErrorCode, beat.ErrorMessage));
        }
        _scene.Time.Advance(TimeSpan.FromDays(30));
        await First.CountGroups();
        Assert.Equal(5, Log.Count);
    }

    [Fact]
    public async Task Topics_that_are_deleted_while_the_log_is_read_are_dropped_afterwards()
    {
        for (var i = 0; i < 9; i++) Log.Put(OldCommit("g" + i));
        Log.OnRead = read =>
        {
            if (read == 2) First.OnTopicsDeleted(new Dictionary<string, Uuid> { ["orders"] = Uuid.Zero });
        };
        await First.OnElected(0, new LeaderEpoch(1));
        await First.CountGroups();
        Assert.Equal(-1, await Committed(First, "g8"));
    }

    private static OffsetsRecord OldCommit(string group) => RecordCodec.Write(
        new(new OffsetCommitKey { Group = group, Topic = "orders", Partition = 0 }, new OffsetCommitValue { Offset = 5, ExpireTimestamp = -1 }));

    private static OffsetsRecord Foreign<TKey>(TKey key) where TKey : IStoredRecord<TKey>
    {
        using var writer = new MessageWriter();
        StoredRecords.WriteKey(writer, key);
        return new OffsetsRecord(writer.WrittenSpan.ToArray(), new byte[] { 0x7f, 0x7f, 1, 2 });
    }
}
