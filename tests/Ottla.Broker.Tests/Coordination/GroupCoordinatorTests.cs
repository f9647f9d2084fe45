using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Broker.Coordination;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Coordination;

public sealed class GroupCoordinatorTests : IAsyncDisposable
{
    private static readonly GroupRequestContext V8 = new("app", "/10.0.0.1", 8);

    private readonly MemoryOffsetsLog _log = new();
    private readonly Topics _topics = new();
    private readonly ManualTime _time = new();
    private readonly GroupCoordinator _coordinator;
    private Exception? _fault;

    public GroupCoordinatorTests()
    {
        _topics.Add("orders", 100);
        _topics.Add(GroupCoordinator.OffsetsTopic, 1);
        _coordinator = Make();
    }

    public async ValueTask DisposeAsync()
    {
        await _coordinator.Stop();
        Assert.Null(_fault);
    }

    private GroupCoordinator Make() => new(new GroupSettings { InitialRebalanceDelayMs = 0 }, _log, _topics, _time, new Random(1), NullLogger.Instance, e => _fault = e);

    private static OffsetCommitRequest CommitOf(string group, int partition, long offset) => new()
    {
        GroupId = group,
        GenerationIdOrMemberEpoch = -1,
        Topics = [new() { Name = "orders", Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset }] }],
    };

    private async Task<ErrorCode> Commit(string group, int partition, long offset) =>
        (await _coordinator.CommitOffsets(CommitOf(group, partition, offset), V8)).Topics[0].Partitions[0].ErrorCode;

    private static async Task<long> Committed(GroupCoordinator coordinator, string group, int partition)
    {
        var request = new OffsetFetchRequest { Groups = [new() { GroupId = group, Topics = [new() { Name = "orders", PartitionIndexes = [partition] }] }] };
        var answer = (await coordinator.FetchOffsets(request, V8)).Groups[0];
        return answer.ErrorCode == ErrorCode.None ? answer.Topics[0].Partitions[0].CommittedOffset : -(long)answer.ErrorCode;
    }

    /// <summary>Commits of an earlier coordinator.</summary>
    private async Task Fill(int commits)
    {
        var former = Make();
        await former.OnElected(0, new LeaderEpoch(1));
        foreach (var i in Enumerable.Range(0, commits))
        {
            var answer = await former.CommitOffsets(CommitOf("old" + i, i, i), V8);
            Assert.Equal(ErrorCode.None, answer.Topics[0].Partitions[0].ErrorCode);
        }
        await former.Stop();
    }

    [Fact]
    public void A_group_belongs_to_the_partition_that_Java_hashes_it_to()
    {
        _topics.Add(GroupCoordinator.OffsetsTopic, 50);
        Assert.Equal((0, 48, 24), (_coordinator.PartitionOf(""), _coordinator.PartitionOf("b"), _coordinator.PartitionOf("console-consumer-1")));
        Assert.Equal(0, _coordinator.PartitionOf("polygenelubricants"));
    }

    [Fact]
    public async Task What_is_not_led_here_is_not_coordinated_here()
    {
        Assert.Equal(ErrorCode.NotCoordinator, await Commit("g", 0, 1));
        await _coordinator.OnElected(0, new LeaderEpoch(1));
        Assert.Equal(ErrorCode.None, await Commit("g", 0, 1));
        _coordinator.OnResigned(0);
        Assert.Equal(ErrorCode.NotCoordinator, await Commit("g", 0, 1));
    }

    [Fact]
    public async Task While_the_log_is_read_requests_are_sent_back_and_heartbeats_are_well()
    {
        await Fill(9);
        var (commits, beats, lists) = (new List<Task<ErrorCode>>(), new List<Task<HeartbeatResponse>>(), new List<Task<ListGroupsResponse>>());
        _log.OnRead = read =>
        {
            if (read != 2) return;
            commits.Add(Commit("g", 0, 1));
            beats.Add(_coordinator.Heartbeat(new() { GroupId = "g", MemberId = "m" }, V8));
            lists.Add(_coordinator.ListGroups(new(), V8));
        };
        await _coordinator.OnElected(0, new LeaderEpoch(2));
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, await Assert.Single(commits));
        Assert.Equal(ErrorCode.None, (await Assert.Single(beats)).ErrorCode);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (await Assert.Single(lists)).ErrorCode);
        Assert.Equal(ErrorCode.None, await Commit("g", 0, 1));
    }

    [Fact]
    public async Task The_next_coordinator_knows_what_was_committed()
    {
        await _coordinator.OnElected(0, new LeaderEpoch(1));
        for (var i = 0; i < 20; i++) Assert.Equal(ErrorCode.None, await Commit("g" + i % 3, i, i));
        var next = Make();
        await next.OnElected(0, new LeaderEpoch(2));
        for (var i = 0; i < 20; i++) Assert.Equal(i, await Committed(next, "g" + i % 3, i));
        Assert.Equal(3, Assert.Single(await next.CountGroups()).Value);
    }

    [Fact]
    public async Task Decisions_that_wait_for_an_append_share_the_next_one()
    {
        await _coordinator.OnElected(0, new LeaderEpoch(1));
        _log.Gate = new TaskCompletionSource();
        var commits = Enumerable.Range(0, 50).Select(i => Commit("g" + i, i, i)).ToList();
        await Task.Yield();
        _log.Gate.SetResult();
        foreach (var commit in commits) Assert.Equal(ErrorCode.None, await commit);
        Assert.True(_log.BatchSizes.Count < 50, $"{_log.BatchSizes.Count} appends for 50 commits");
        Assert.Equal(50, _log.BatchSizes.Sum());
    }

    [Fact]
    public async Task Answers_leave_when_the_records_are_committed_and_reads_wait_for_them()
    {
        await _coordinator.OnElected(0, new LeaderEpoch(1));
        _log.HoldsBack = true;
        var commit = Commit("g", 0, 7);
        var fetch = Committed(_coordinator, "g", 0);
        await Patience.Until(() => _log.Count == 1);
        var listed = _coordinator.ListGroups(new(), V8);
        Assert.False(commit.IsCompleted || fetch.IsCompleted);
        Assert.False(listed.IsCompleted);
        _log.Commit();
        Assert.Equal((ErrorCode.None, 7L), (await commit, await fetch));
        Assert.Equal("g", Assert.Single((await listed).Groups).GroupId);
    }

    [Fact]
    public async Task A_refused_append_answers_what_groups_understand_and_changes_nothing()
    {
        await _coordinator.OnElected(0, new LeaderEpoch(1));
        (ErrorCode Of, ErrorCode Answer)[] table =
        [
            (ErrorCode.NotEnoughReplicas, ErrorCode.CoordinatorNotAvailable),
            (ErrorCode.KafkaStorageError, ErrorCode.NotCoordinator),
            (ErrorCode.MessageTooLarge, ErrorCode.UnknownServerError),
            (ErrorCode.RequestTimedOut, ErrorCode.CoordinatorNotAvailable),
        ];
        foreach (var (error, answer) in table)
        {
            _log.AppendError = error;
            Assert.Equal(answer, await Commit("g", 0, 1));
        }
        _log.AppendError = ErrorCode.None;
        Assert.Equal(-1, await Committed(_coordinator, "g", 0));
    }

    [Fact]
    public async Task A_silent_member_is_put_out_by_the_one_timer_of_its_shard()
    {
        Assert.Equal(0, _time.Armed);
        await _coordinator.OnElected(0, new LeaderEpoch(1));
        var request = new JoinGroupRequest
        {
            GroupId = "g",
            SessionTimeoutMs = 6_000,
            RebalanceTimeoutMs = 6_000,
            ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = new byte[] { 0, 0, 0, 0, 0, 0 } }],
        };
        var joining = _coordinator.Join(request, V8 with { ApiVersion = 3 });
        while (!joining.IsCompleted)
        {
            _time.Advance(TimeSpan.Zero);
            await Task.Yield();
        }
        var joined = await joining;
        Assert.Equal((ErrorCode.None, 1), (joined.ErrorCode, joined.GenerationId));
        Assert.Equal(1, _time.Armed);
        var sync = await _coordinator.Sync(new() { GroupId = "g", MemberId = joined.MemberId, GenerationId = 1 }, V8);
        Assert.Equal(ErrorCode.None, sync.ErrorCode);
        _time.Advance(TimeSpan.FromSeconds(6));
        var beat = new HeartbeatRequest { GroupId = "g", MemberId = joined.MemberId, GenerationId = 1 };
        Assert.Equal(ErrorCode.UnknownMemberId, (await _coordinator.Heartbeat(beat, V8)).ErrorCode);
    }

    [Fact]
    public async Task What_can_be_said_without_a_group_is_said_at_once()
    {
        await _coordinator.OnElected(0, new LeaderEpoch(1));
        Assert.Equal(ErrorCode.InvalidGroupId, (await _coordinator.Join(new() { GroupId = "", SessionTimeoutMs = 10_000 }, V8)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (await _coordinator.Sync(new() { GroupId = "" }, V8)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (await _coordinator.Heartbeat(new() { GroupId = "" }, V8)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (await _coordinator.Leave(new() { GroupId = "" }, V8)).ErrorCode);
        foreach (var ms in new[] { 10, 100_000_000 })
            Assert.Equal(ErrorCode.InvalidSessionTimeout, (await _coordinator.Join(new() { GroupId = "g", SessionTimeoutMs = ms }, V8)).ErrorCode);
    }

    [Fact]
    public async Task Old_versions_get_their_answers_in_their_form()
    {
        await _coordinator.OnElected(0, new LeaderEpoch(1));
        Assert.Equal("", (await _coordinator.Join(new() { GroupId = "g", MemberId = "x", SessionTimeoutMs = 10_000 }, V8 with { ApiVersion = 6 })).ProtocolName);
        var left = await _coordinator.Leave(new() { GroupId = "g", MemberId = "x" }, V8 with { ApiVersion = 2 });
        Assert.Equal((ErrorCode.UnknownMemberId, 0), (left.ErrorCode, left.Members.Count));
        await Commit("g", 1, 5);
        var fetch = new OffsetFetchRequest { GroupId = "g", Topics = [new() { Name = "orders", PartitionIndexes = [1] }] };
        Assert.Equal(5, (await _coordinator.FetchOffsets(fetch, V8 with { ApiVersion = 7 })).Topics[0].Partitions[0].CommittedOffset);
        _coordinator.OnResigned(0);
        Assert.Equal(ErrorCode.NotCoordinator, (await _coordinator.FetchOffsets(fetch, V8 with { ApiVersion = 7 })).ErrorCode);
        var old = await _coordinator.FetchOffsets(fetch, V8 with { ApiVersion = 1 });
        Assert.Equal((ErrorCode.None, ErrorCode.NotCoordinator), (old.ErrorCode, old.Topics[0].Partitions[0].ErrorCode));
    }

    [Fact]
    public async Task Offsets_of_deleted_topics_are_deleted()
    {
        await _coordinator.OnElected(0, new LeaderEpoch(1));
        await Commit("g", 0, 5);
        _coordinator.OnTopicsDeleted(new Dictionary<string, Uuid> { ["orders"] = Uuid.Zero });
        await _coordinator.CountGroups();
        Assert.Equal(-1, await Committed(_coordinator, "g", 0));
    }
}
