using System.Collections.Immutable;
using Ottla.Client.Connections;
using Ottla.Network;
using Ottla.Network.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Clusters;

/// <summary>What a connection is for. A fetch that waits for records must not hold up a heartbeat, and the broker answers one connection in
/// order.</summary>
internal enum Purpose
{
    Control,
    Data,
    Coordination,
}

/// <summary>One client's way into a cluster: its brokers, a connection to each, and the latest metadata.</summary>
/// <remarks>
/// Any thread. Links are made on demand and live as long as the cluster; <see cref="Metadata"/> is replaced as a whole. Nothing refreshes
/// by itself: whoever meets an error that stale metadata explains asks for a refresh, and whoever reads it for long asks when it is too old
/// (<see cref="IsStale"/>).
/// A broker whose address changed gets a new link. The bootstrap servers stay the last resort when every known broker is gone (KIP-899).
/// </remarks>
internal sealed class Cluster(ClientOptions options, NetworkPlatform platform) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(int Node, Purpose Purpose), NodeLink> _links = [];
    private readonly Dictionary<NodeAddress, NodeLink> _bootstrap = [];
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private readonly LinkOptions _linkOptions = options.LinkOptions();
    private volatile ClusterMetadata _metadata = ClusterMetadata.Empty;
    private volatile NodeLink? _last;
    private long _refreshedAt;
    private bool _disposed;

    public ClientOptions Options => options;

    public NetworkPlatform Platform => platform;

    public ClusterMetadata Metadata => _metadata;

    public bool IsStale => platform.Time.GetElapsedTime(Volatile.Read(ref _refreshedAt)).TotalMilliseconds > options.MetadataMaxAgeMs;

    /// <summary>A connection to any broker, the one used last if it is still open.</summary>
    /// <exception cref="BrokerException">No broker can be reached.</exception>
    public async Task<Connection> Any(CancellationToken cancellation)
    {
        if (_last is { IsOpen: true } last) return await Open(last, cancellation).ConfigureAwait(false);
        BrokerException? failure = null;
        var unknownNames = 0;
        var candidates = Candidates();
        foreach (var link in candidates)
        {
            try
            {
                var connection = await Open(link, cancellation).ConfigureAwait(false);
                _last = link;
                return connection;
            }
            catch (BrokerException unreachable)
            {
                failure = unreachable;
                if (unreachable.Failure == LinkFailure.UnknownName) unknownNames++;
            }
        }

        if (unknownNames == candidates.Count)
            throw new BrokerException(ErrorCode.BrokerNotAvailable,
                $"No resolvable bootstrap urls given in bootstrap.servers: {string.Join(", ", options.BootstrapServers)}", failure);
        throw failure!;
    }

    /// <summary>A connection to one broker.</summary>
    /// <exception cref="BrokerException">It is not known or cannot be reached.</exception>
    public async Task<Connection> Node(int id, Purpose purpose, CancellationToken cancellation)
    {
        if (!_metadata.Brokers.TryGetValue(id, out var node))
            throw new BrokerException(ErrorCode.BrokerNotAvailable, $"Broker {id} is not available");
        return await Open(Link(node.Id, node.Address, purpose), cancellation).ConfigureAwait(false);
    }

    /// <summary>A connection to a broker that another one named (a coordinator), which the metadata need not know.</summary>
    public async Task<Connection> Node(BrokerNode node, Purpose purpose, CancellationToken cancellation) =>
        await Open(Link(node.Id, node.Address, purpose), cancellation).ConfigureAwait(false);

    /// <summary>Asks for metadata of some topics, or of all (null), and takes it into <see cref="Metadata"/>.</summary>
    /// <exception cref="BrokerException">No broker answers.</exception>
    public async Task<ClusterMetadata> Refresh(IReadOnlyCollection<string>? topics, bool autoCreate, CancellationToken cancellation)
    {
        await _refreshing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var connection = await Any(cancellation).ConfigureAwait(false);
            var request = new MetadataRequest { AllowAutoTopicCreation = autoCreate,
                Topics = topics?.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name }).ToList() };
            var answer = await connection.Ask(Apis.Metadata, request, cancellation).ConfigureAwait(false);
            BrokerException.ThrowIf(answer.ErrorCode);
            lock (_lock) _metadata = MetadataAnswer.Merge(_metadata, answer, keepOthers: topics is not null);
            Volatile.Write(ref _refreshedAt, platform.Time.GetTimestamp());
            return _metadata;
        }
        finally
        {
            _refreshing.Release();
        }
    }

    /// <summary>Takes over what a broker that leads a partition no more said of the new leader (KIP-951).</summary>
    public void Learn(TopicPartition partition, NewLeader leader)
    {
        lock (_lock) _metadata = _metadata.With(partition, leader);
    }

    /// <summary>The metadata with these topics in them: asked for where one is missing.</summary>
    public async ValueTask<ClusterMetadata> With(IReadOnlyCollection<string> topics, bool autoCreate, CancellationToken cancellation)
    {
        var metadata = _metadata;
        foreach (var topic in topics)
        {
            if (metadata.Topic(topic) is null || IsStale) return await Refresh(topics, autoCreate, cancellation).ConfigureAwait(false);
        }

        return metadata;
    }

    /// <summary>Runs something until it succeeds, fails for good, or the time is up; waits longer from try to try.</summary>
    /// <exception cref="BrokerException">What went wrong; REQUEST_TIMED_OUT when the time was up, with the last error as its
    /// cause.</exception>
    public async Task<T> Retry<T>(string what, int timeoutMs, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellation)
    {
        var deadline = Deadline.In(platform.Time, timeoutMs);
        for (var failures = 1; ; failures++)
        {
            BrokerException failure;
            try
            {
                return await attempt(cancellation).ConfigureAwait(false);
            }
            catch (BrokerException failed) when (failed.Code.IsRetriable())
            {
                failure = failed;
            }

            if (deadline.Passed)
                throw new BrokerException(ErrorCode.RequestTimedOut,
                    $"Timed out after {timeoutMs} ms. Call: {what}. Last error: {failure.Message}", failure);
            await deadline.Pause(Backoff.After(failures, options.RetryBackoffMs, options.RetryBackoffMaxMs, platform.Random),
                cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        NodeLink[] links;
        lock (_lock)
        {
            _disposed = true;
            links = [.. _links.Values, .. _bootstrap.Values];
        }

        foreach (var link in links) link.Dispose();
    }

    private ValueTask<Connection> Open(NodeLink link, CancellationToken cancellation) =>
        link.Get(Deadline.In(platform.Time, options.RequestTimeoutMs), cancellation);

    private NodeLink Link(int id, NodeAddress address, Purpose purpose)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_links.TryGetValue((id, purpose), out var link) && link.Address == address) return link;
            link?.Dispose();
            return _links[(id, purpose)] = new NodeLink(address, _linkOptions, platform);
        }
    }

    /// <summary>Known brokers first, in no fixed order so that load spreads; the bootstrap servers behind them.</summary>
    private List<NodeLink> Candidates()
    {
        var known = _metadata.Brokers.Values.Select(node => Link(node.Id, node.Address, Purpose.Control)).ToArray();
        var first = options.BootstrapServers.ToArray();
        lock (platform.Random)
        {
            platform.Random.Shuffle(known);
            platform.Random.Shuffle(first);
        }

        var all = new List<NodeLink>(known);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            foreach (var address in first)
            {
                if (!_bootstrap.TryGetValue(address, out var link)) _bootstrap[address] = link = new NodeLink(address, _linkOptions, platform);
                all.Add(link);
            }
        }

        return all;
    }
}
