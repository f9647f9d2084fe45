using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Broker.Cluster;
using Ottla.Broker.Fetching;
using Ottla.Broker.Handlers;
using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Broker.Replication.Following;
using Ottla.Broker.Tests.Nodes;
using Ottla.Network;
using Ottla.Network.Links;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Broker.Tests.Replication;

/// <summary>One partition of three brokers in this process, over sockets of the loopback; the test is the controller.</summary>
public sealed class LoopbackTests : IAsyncLifetime
{
    private static readonly int[] All = [1, 2, 3];

    private readonly ConcurrentQueue<Exception> _faults = new();
    private readonly OsTransport _transport = new();
    private readonly Dictionary<int, Node> _nodes = [];
    private FollowerLimits _limits = new() { BackoffMs = 50 };
    private int _partitionEpoch;

    public ValueTask InitializeAsync()
    {
        foreach (var id in All) _nodes.Add(id, new Node(id, this));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values) await node.DisposeAsync();
        _transport.Dispose();
        Assert.Empty(_faults);
    }

    [Fact]
    public async Task An_append_is_committed_when_the_followers_have_fetched_it()
    {
        Tell(leader: 1, epoch: 0);
        for (var i = 0; i < 50; i++) Assert.Equal(ErrorCode.None, await Append(1, $"record {i}").WaitAsync(Patience.Long));
        foreach (var node in _nodes.Values)
        {
            Assert.Equal(50, node.Partition.Log!.LogEndOffset.Value);
            // without another record, too (KIP-1166)
            await Patience.Until(() => node.Partition.HighWatermark.Value.Value == 50);
        }
    }

    [Fact]
    public async Task After_an_election_the_others_follow_the_new_leader_and_the_old_one_cuts_what_it_had_alone()
    {
        Tell(leader: 1, epoch: 0);
        await Append(1, "a").WaitAsync(Patience.Long);
        // 2 and 3 hear of an election; 1 does not, and takes what nobody will ever have
        Tell(leader: 2, epoch: 1, [2, 3], 2, 3);
        var lost = Append(1, "lost");
        Assert.Equal(ErrorCode.None, await Append(2, "b").WaitAsync(Patience.Long));
        Tell(leader: 2, epoch: 1, [2, 3], 1);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, await lost.WaitAsync(Patience.Long));
        await Patience.Until(() => _nodes[1].Partition.HighWatermark.Value.Value == 2);
        Assert.Equal(2, _nodes[1].Partition.Log!.LogEndOffset.Value);
        Assert.Equal(1, _nodes[1].Partition.Log!.LatestEpoch.Value);
        await Patience.Until(() => _nodes[2].Proposed(isr => isr.Contains(1)));
    }

    [Fact]
    public async Task Who_was_away_while_records_were_deleted_begins_anew_where_its_leader_s_log_begins()
    {
        Tell(leader: 1, epoch: 0, [1, 2], 1, 2);
        for (var i = 0; i < 10; i++) await Append(1, $"record {i}").WaitAsync(Patience.Long);
        Assert.Equal(ErrorCode.None, _nodes[1].Partition.DeleteRecords(7, out _, out _));
        Tell(leader: 1, epoch: 0, [1, 2], 3);
        await Patience.Until(() => _nodes[3].Partition.HighWatermark.Value.Value == 10);
        Assert.Equal(7, _nodes[3].Partition.Log!.LogStartOffset.Value);
        // and the other follower's log begins there, too
        await Patience.Until(() => _nodes[2].Partition.Log!.LogStartOffset.Value == 7);
    }

    [Fact]
    public async Task What_is_to_be_followed_while_a_fetch_waits_is_told_at_once()
    {
        foreach (var node in _nodes.Values) await node.DisposeAsync();
        _limits = _limits with { WaitMaxMs = 10 * 60_000 };
        foreach (var id in All) _nodes[id] = new Node(id, this);
        Tell(leader: 1, epoch: 0, [1, 2], 1, 2);
        await Append(1, "a").WaitAsync(Patience.Long);
        // the follower knows all, and its next fetch waits for ten minutes
        await Patience.Until(() => _nodes[2].Partition.HighWatermark.Value.Value == 1);
        var late = All.ToDictionary(id => id, id => _nodes[id].Scene.Host(_nodes[id].Partition.Topic, 1, All, [1, 2], leader: 1));
        var append = ReplicaScene.Append(late[1], "b");
        _nodes[2].Fetcher(1)!.Follow(late[2], new LeaderEpoch(0));
        _nodes[2].Fetcher(1)!.Hurry();
        Assert.Equal(ErrorCode.None, await append.Committed.WaitAsync(Patience.Long));
    }

    [Fact]
    public async Task Nobody_is_a_follower_because_it_says_so()
    {
        Tell(leader: 1, epoch: 0, [1, 2], 1, 2);
        using var client = await WireClient.Connect(_nodes[1].Address.Port);
        var request = TopicClient.FetchOf(new Topic("weather", ReplicaScene.Id), 0);
        request.ReplicaState.ReplicaId = 9;
        Assert.Equal(ErrorCode.NotLeaderOrFollower, TopicClient.Only(await client.Ask<FetchResponse>(request, 18)).ErrorCode);
        request.ReplicaState.ReplicaId = 2;
        request.ReplicaState.ReplicaEpoch = 7;
        Assert.Equal(ErrorCode.NotLeaderOrFollower, TopicClient.Only(await client.Ask<FetchResponse>(request, 18)).ErrorCode);
    }

    [Fact]
    public async Task A_leader_that_can_not_be_reached_is_followed_again_when_it_is_back()
    {
        Tell(leader: 1, epoch: 0, [1, 2], 1, 2);
        await Append(1, "a").WaitAsync(Patience.Long);
        await _nodes[1].StopListening();
        var append = Append(1, "b");
        await Patience.Until(() => _nodes[2].Fetcher(1)!.HasFailed);
        Assert.False(append.IsCompleted);
        _nodes[1].Listen(_nodes[1].Address.Port);
        Assert.Equal(ErrorCode.None, await append.WaitAsync(Patience.Long));
    }

    private Task<ErrorCode> Append(int node, string value)
    {
        var append = ReplicaScene.Append(_nodes[node].Partition, value);
        Assert.Equal(ErrorCode.None, append.Error);
        return append.Committed;
    }

    private void Tell(int leader, int epoch, int[]? isr = null, params int[] whom)
    {
        _partitionEpoch++;
        foreach (var id in whom.Length == 0 ? All : whom) _nodes[id].Apply(leader, isr ?? All, epoch, _partitionEpoch);
    }

    private sealed class Node : IHostedTopics, IAsyncDisposable
    {
        private readonly LoopbackTests _test;
        private readonly Dictionary<int, ReplicaFetcher> _fetchers = [];
        private readonly FetcherContext _context;
        private readonly Endpoints _endpoints;
        private CancellationTokenSource _stopping = new();
        private Listener _listener = null!;

        public Node(int id, LoopbackTests test)
        {
            (Id, _test) = (id, test);
            Scene = new ReplicaScene(new MemoryFileSystem(), self: id, system: TimeProvider.System);
            Partition = Scene.Host("weather", All, isr: All, leader: 9, epoch: 0);
            var cluster = new PublishedMetadata("cluster", new BrokerId(id));
            var unlimited = new ReplicationThrottle(TimeProvider.System, () => long.MaxValue, policy => policy.ThrottledLeaders);
            var finder = new PartitionFinder(this, cluster, unlimited, isRackAware: false);
            var sessions = new FetchSessions(10, TimeProvider.System, new Random(id));
            var versions = new ApiVersions(cluster);
            _endpoints = new Endpoints(
            [
                Endpoint.Of<FetchRequest, FetchResponse, Fetch>(ApiKey.Fetch, new(finder, sessions, TimeProvider.System, () => 10 << 20)),
                Endpoint.Of<ListOffsetsRequest, ListOffsetsResponse, ListOffsets>(ApiKey.ListOffsets, new(finder)),
                Endpoint.Of<ApiVersionsRequest, ApiVersionsResponse, ApiVersions>(ApiKey.ApiVersions, versions),
            ]);
            versions.Describe(_endpoints);
            _context = new FetcherContext
            {
                Self = new BrokerId(id), SelfEpoch = () => new BrokerEpoch(100 + id), Limits = test._limits, RequestTimeoutMs = 30_000,
                LinkOptions = new LinkOptions { ClientId = "test", ReconnectBackoffMs = 1, ReconnectBackoffMaxMs = 10 },
                Platform = new NetworkPlatform(test._transport, TimeProvider.System, new Random(id), test._faults.Enqueue),
                Throttles = new ReplicationThrottles(unlimited, unlimited), Log = NullLogger.Instance, Fault = test._faults.Enqueue,
            };
            Listen(0);
        }

        public int Id { get; }

        public ReplicaScene Scene { get; }

        public Partition Partition { get; }

        public NodeAddress Address => new("127.0.0.1", _listener.Port);

        public ReplicaFetcher? Fetcher(int leader) => _fetchers.GetValueOrDefault(leader);

        public bool Proposed(Func<int[], bool> isSo)
        {
            lock (Scene.Proposals) return Scene.Proposals.Exists(proposal => isSo(proposal.Isr));
        }

        public void Listen(int port)
        {
            _stopping = new CancellationTokenSource();
            var limits = new ConnectionLimits(100 << 20, new RequestMemory(36 << 20, TimeProvider.System, NullLogger.Instance), TimeSpan.FromMinutes(10), 1_000, 1_000);
            _listener = new Listener(
                _test._transport.Listen("127.0.0.1", port, 50), "PLAINTEXT", _endpoints, limits, new ConnectionCounts(1_000, 1_000), TimeProvider.System,
                NullLoggerFactory.Instance, _test._faults.Enqueue, _stopping.Token);
            _listener.Begin();
        }

        public async Task StopListening()
        {
            await _stopping.CancelAsync();
            await _listener.Stop().WaitAsync(Patience.Long);
            _stopping.Dispose();
        }

        public void Apply(int leader, int[] isr, int epoch, int partitionEpoch)
        {
            Scene.Apply(Partition, All, isr, leader, epoch, partitionEpoch);
            foreach (var (other, fetcher) in _fetchers)
            {
                if (other != leader) fetcher.Unfollow(Partition);
            }

            if (leader == Id) return;
            if (!_fetchers.TryGetValue(leader, out var found)) _fetchers.Add(leader, found = new ReplicaFetcher(leader, _test._nodes[leader].Address, _context));
            found.Follow(Partition, new LeaderEpoch(epoch));
        }

        HostedTopic? IHostedTopics.Find(string topic) => topic == Partition.Topic.Name ? Partition.Topic : null;

        HostedTopic? IHostedTopics.Find(Uuid topicId) => topicId == Partition.Topic.Id ? Partition.Topic : null;

        public async ValueTask DisposeAsync()
        {
            foreach (var fetcher in _fetchers.Values) await fetcher.DisposeAsync().AsTask().WaitAsync(Patience.Long);
            await StopListening();
        }
    }
}
