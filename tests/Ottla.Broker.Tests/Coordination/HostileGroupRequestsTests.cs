using Ottla.Broker.Coordination;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using static Ottla.Broker.Tests.Coordination.CoordinatorScene;

namespace Ottla.Broker.Tests.Coordination;

/// <summary>Whatever a request holds, it is answered or waits, harms nobody else, and leaves a log that the next coordinator
/// reads.</summary>
public sealed class HostileGroupRequestsTests : IAsyncDisposable
{
    private const string Steady = "steady";

    private readonly CoordinatorScene _scene = new();
    private string _member = "";

    private GroupCoordinator First => _scene.First;

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task Every_field_of_every_request_of_groups_at_its_edges_is_answered_and_harms_nobody()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        Assert.Equal(ErrorCode.None, await Commit(First, Steady, 5));
        _member = await _scene.StableGroup(First, "classic");
        var joined = await First.ConsumerHeartbeat(Beat("consumer"), V8 with { ApiVersion = 1 });
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        List<Task> answers = [];
        foreach (var (api, versions, make, run) in Requests())
        {
            foreach (var mutation in Mutations.Of(make))
            {
                foreach (var version in versions)
                {
                    foreach (var client in new[] { "app", new string('c', 32_767), new string('c', 40_000) })
                    {
                        answers.Add(run(mutation.Apply(make()), new GroupRequestContext(client, "/10.0.0.1", version, api)));
                        Assert.True(await Commit(First, Steady, 5) == ErrorCode.None, $"{api} v{version}: {mutation.Name}: {_scene.Logged.Text}");
                        Assert.True(_scene.Faults.IsEmpty, $"{api} v{version}: {mutation.Name}: {_scene.Faults.FirstOrDefault()}");
                    }
                }
            }
        }
        _scene.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(5, await Committed(First, Steady));
        await First.Stop();
        await Task.WhenAll(answers).WaitAsync(Patience.Long);
        var next = _scene.Make();
        await next.OnElected(0, new LeaderEpoch(2));
        Assert.Equal(5, await Committed(next, Steady));
    }

    private IEnumerable<(ApiKey Api, short[] Versions, Func<object> Make, Func<object, GroupRequestContext, Task> Run)> Requests()
    {
        yield return (ApiKey.OffsetCommit, [2, 7, 9, 10], () => CommitOf("committed", 1), (r, c) => First.CommitOffsets((OffsetCommitRequest)r, c));
        yield return (ApiKey.OffsetFetch, [1, 7], () => new OffsetFetchRequest { GroupId = "committed", Topics = [new() { Name = "orders", PartitionIndexes = [0] }] },
            (r, c) => First.FetchOffsets((OffsetFetchRequest)r, c));
        yield return (ApiKey.OffsetFetch, [8, 10], () => new OffsetFetchRequest
        {
            Groups = [new() { GroupId = "committed", MemberId = "m", MemberEpoch = 1, Topics = [new() { Name = "orders", PartitionIndexes = [0] }] }],
        }, (r, c) => First.FetchOffsets((OffsetFetchRequest)r, c));
        foreach (var (group, member) in new[] { ("new", ""), ("classic", _member), ("classic", ""), ("consumer", "m1"), ("consumer", "") })
            yield return (ApiKey.JoinGroup, [0, 3, 5, 9], () => JoinOf(group, member), (r, c) => First.Join((JoinGroupRequest)r, c));
        yield return (ApiKey.SyncGroup, [0, 5], () => new SyncGroupRequest
        {
            GroupId = "classic", MemberId = _member, GenerationId = 1, GroupInstanceId = null, ProtocolName = "range", ProtocolType = "consumer",
            Assignments = [new() { MemberId = _member, Assignment = new byte[] { 1 } }],
        }, (r, c) => First.Sync((SyncGroupRequest)r, c));
        yield return (ApiKey.Heartbeat, [0, 4], () => new HeartbeatRequest { GroupId = "classic", MemberId = _member, GenerationId = 1 },
            (r, c) => First.Heartbeat((HeartbeatRequest)r, c));
        yield return (ApiKey.LeaveGroup, [0, 5], () => new LeaveGroupRequest { GroupId = "classic", MemberId = "x", Members = [new() { MemberId = "x", GroupInstanceId = "i" }] },
            (r, c) => First.Leave((LeaveGroupRequest)r, c));
        yield return (ApiKey.DescribeGroups, [0, 6], () => new DescribeGroupsRequest { Groups = ["classic"] }, (r, c) => First.DescribeGroups((DescribeGroupsRequest)r, c));
        yield return (ApiKey.ListGroups, [0, 5], () => new ListGroupsRequest { StatesFilter = ["Stable"], TypesFilter = ["classic"] },
            (r, c) => First.ListGroups((ListGroupsRequest)r, c));
        yield return (ApiKey.DeleteGroups, [0, 2], () => new DeleteGroupsRequest { GroupsNames = ["committed"] }, (r, c) => First.DeleteGroups((DeleteGroupsRequest)r, c));
        yield return (ApiKey.OffsetDelete, [0], () => new OffsetDeleteRequest
        {
            GroupId = "committed", Topics = [new() { Name = "orders", Partitions = [new() { PartitionIndex = 0 }] }],
        },
            (r, c) => First.DeleteOffsets((OffsetDeleteRequest)r, c));
        foreach (var (group, member, epoch) in new[] { ("fresh", "m1", 0), ("consumer", "m1", 2), ("consumer", "m2", 0), ("classic", "m3", 0), ("consumer", "m1", -1) })
        {
            yield return (ApiKey.ConsumerGroupHeartbeat, [0, 1], () => Beat(group, member, epoch),
                (r, c) => First.ConsumerHeartbeat((ConsumerGroupHeartbeatRequest)r, c));
        }
        yield return (ApiKey.ConsumerGroupDescribe, [0, 1], () => new ConsumerGroupDescribeRequest { GroupIds = ["consumer"] },
            (r, c) => First.DescribeConsumerGroups((ConsumerGroupDescribeRequest)r, c));
    }

    private static ConsumerGroupHeartbeatRequest Beat(string group, string member = "m1", int epoch = 0) => new()
    {
        GroupId = group, MemberId = member, MemberEpoch = epoch, InstanceId = null, RackId = "r", RebalanceTimeoutMs = 60_000,
        SubscribedTopicNames = ["orders"], SubscribedTopicRegex = "ord.*", ServerAssignor = "uniform", TopicPartitions = [],
    };

    [Fact]
    public async Task A_commit_above_a_batch_is_refused_alone_and_the_small_ones_beside_it_are_taken()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        _scene.Log.Gate = new TaskCompletionSource();
        var first = Commit(First, "first", 1);
        var wide = CommitOf("large", 1);
        for (var i = 1; i < 100; i++) wide.Topics[0].Partitions.Add(new() { PartitionIndex = i, CommittedMetadata = new string('m', 4_000) });
        wide.Topics[0].Partitions.AddRange([.. Enumerable.Repeat(wide.Topics[0].Partitions[^1], 200)]);
        var before = Enumerable.Range(0, 10).Select(i => Commit(First, "before" + i, i)).ToList();
        var large = First.CommitOffsets(wide, V8);
        var after = Enumerable.Range(0, 10).Select(i => Commit(First, "after" + i, i)).ToList();
        _scene.Log.Gate.SetResult();
        Assert.All((await large).Topics[0].Partitions, p => Assert.Equal(ErrorCode.UnknownServerError, p.ErrorCode));
        foreach (var small in before.Concat(after).Append(first)) Assert.Equal(ErrorCode.None, await small);
        Assert.Equal(-1, await Committed(First, "large"));
    }

    [Fact]
    public async Task What_may_be_split_is_written_in_several_batches()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        for (var i = 0; i < 100; i++) Assert.Equal(ErrorCode.None, await Commit(First, "g", i, partition: i));
        _scene.Log.BytesMax = 1_000;
        Assert.Equal(ErrorCode.None, (await First.DeleteGroups(new() { GroupsNames = ["g"] }, V8)).Results[0].ErrorCode);
        Assert.True(_scene.Log.BatchSizes.Count > 102, $"{_scene.Log.BatchSizes.Count} batches");
        Assert.Empty((await First.ListGroups(new(), V8)).Groups);
    }

    [Fact]
    public async Task A_part_that_is_refused_ends_the_decision_and_what_went_before_stays()
    {
        await First.OnElected(0, new LeaderEpoch(1));
        for (var i = 0; i < 100; i++) Assert.Equal(ErrorCode.None, await Commit(First, "g", i, partition: i));
        _scene.Log.BytesMax = 1_000;
        _scene.Log.Gate = new TaskCompletionSource();
        var deleting = First.DeleteGroups(new() { GroupsNames = ["g"] }, V8);
        await Patience.Until(() => _scene.Log.Asked == 101);
        _scene.Log.AppendError = ErrorCode.NotEnoughReplicas;
        _scene.Log.Gate.SetResult();
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, (await deleting).Results[0].ErrorCode);
        _scene.Log.AppendError = ErrorCode.None;
        Assert.Equal(99, await Committed(First, "g", 99));
        Assert.Equal(ErrorCode.None, (await First.DeleteGroups(new() { GroupsNames = ["g"] }, V8)).Results[0].ErrorCode);
    }

    [Fact]
    public async Task A_step_that_fails_inside_is_answered_and_said_and_the_next_is_served()
    {
        var coordinator = _scene.Make(new Bomb(_scene.Topics));
        await coordinator.OnElected(0, new LeaderEpoch(1));
        Assert.Equal(ErrorCode.UnknownServerError, await Commit(coordinator, "g", 1, topic: "bomb"));
        Assert.Equal(ErrorCode.None, await Commit(coordinator, "g", 1));
        Assert.Contains("OffsetCommit v8 of client 'app' (/10.0.0.1) failed inside for group 'g' (__consumer_offsets-0): InvalidOperationException: tick",
            _scene.Logged.Text, StringComparison.Ordinal);
        await Commit(coordinator, "g", 1, topic: "bomb");
        Assert.Equal(1, _scene.Logged.Text.Split("failed inside").Length - 1);
    }

    [Fact]
    public void Members_of_a_classic_group_in_which_a_step_failed_half_way_join_again()
    {
        var brain = new Brain();
        var member = brain.StableGroup();
        var waiting = brain.Join(instance: "i");
        brain.Shard.Abandon(ClassicScene.G);
        Assert.Equal(ErrorCode.UnknownServerError, waiting.Result.ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, brain.Heartbeat(member, 1));
        var (again, joined) = brain.JoinTwice();
        brain.Advance(60_000);
        Assert.Equal((ErrorCode.None, 2, again), (joined.Result.ErrorCode, joined.Result.GenerationId, joined.Result.Leader));
    }

    private sealed class Bomb(Topics topics) : ITopicCatalog
    {
        public IEnumerable<string> Names => topics.Names;

        public long Version => topics.Version;

        public bool TryGet(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TopicInfo? topic) =>
            name == "bomb" ? throw new InvalidOperationException("tick") : topics.TryGet(name, out topic);

        public bool TryGet(Uuid id, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TopicInfo? topic) => topics.TryGet(id, out topic);
    }
}
