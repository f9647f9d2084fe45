using Ottla.Metadata.Image;
using Ottla.Network;

namespace Ottla.Broker.Replication.Following;

/// <summary>Which partitions are fetched from whom: `num.replica.fetchers` fetchers for each leader that there is something to fetch
/// from.</summary>
/// <remarks>Used by the loop that applies metadata alone, and at the stop. A partition stays with one fetcher of its leader, by its topic's
/// id and its number.</remarks>
internal sealed class ReplicaFetchers(FetcherContext context, string listener, Func<int> fetchersPerLeader)
{
    private readonly Dictionary<int, Leader> _leaders = [];
    private readonly Dictionary<Partition, (int Leader, ReplicaFetcher Fetcher)> _followed = [];
    private readonly List<Task> _ending = [];
    private bool _isStopped;

    /// <summary>The partition's registration, or its log, is another: follows whom it says, or nobody.</summary>
    public void Update(Partition partition, ClusterImage cluster)
    {
        if (_isStopped) return;
        if (partition.Registration is not { } registration || partition.Log is null || !registration.HasLeader || registration.Leader == context.Self.Value
            || FetcherOf(partition, registration.Leader, cluster) is not { } fetcher)
        {
            Unfollow(partition);
            return;
        }

        if (_followed.TryGetValue(partition, out var before) && before.Fetcher != fetcher) Unfollow(partition);
        _followed[partition] = (registration.Leader, fetcher);
        fetcher.Follow(partition, registration.LeaderEpoch);
    }

    public void Unfollow(Partition partition)
    {
        if (_followed.Remove(partition, out var before)) before.Fetcher.Unfollow(partition);
    }

    /// <summary>Brokers came, went or moved, or `num.replica.fetchers` is another: whose leader has a new address follows there.</summary>
    /// <param name="partitions">All that are hosted here; asked only where something is different.</param>
    /// <param name="cluster">The brokers.</param>
    public void Update(IEnumerable<Partition> partitions, ClusterImage cluster)
    {
        var hasChanged = false;
        foreach (var (id, leader) in _leaders.ToArray())
        {
            if (AddressOf(id, cluster) == leader.Address && leader.Fetchers.Length == FetcherCount) continue;
            hasChanged = true;
            _leaders.Remove(id);
            foreach (var partition in _followed.Where(entry => entry.Value.Leader == id).Select(entry => entry.Key).ToArray()) _followed.Remove(partition);
            End(leader);
        }

        foreach (var partition in partitions)
        {
            if (hasChanged || !_followed.ContainsKey(partition)) Update(partition, cluster);
        }

        _ending.RemoveAll(task => task.IsCompleted);
    }

    /// <summary>An image is taken on: leaders hear soon of what is followed now, and fetchers from which nothing is followed any more
    /// end.</summary>
    public void Settle()
    {
        foreach (var (id, leader) in _leaders.ToArray())
        {
            foreach (var fetcher in leader.Fetchers) fetcher?.Hurry();
            if (!Array.TrueForAll(leader.Fetchers, fetcher => fetcher is null || fetcher.Count == 0)) continue;
            _leaders.Remove(id);
            End(leader);
        }
    }

    public async Task Stop()
    {
        _isStopped = true;
        foreach (var leader in _leaders.Values) End(leader);
        _leaders.Clear();
        _followed.Clear();
        await Task.WhenAll(_ending).ConfigureAwait(false);
    }

    private int FetcherCount => Math.Max(1, fetchersPerLeader());

    private ReplicaFetcher? FetcherOf(Partition partition, int id, ClusterImage cluster)
    {
        if (!_leaders.TryGetValue(id, out var leader))
        {
            if (AddressOf(id, cluster) is not { } address) return null;
            _leaders.Add(id, leader = new(address, new ReplicaFetcher?[FetcherCount]));
        }

        // the same in every run and on every node
        var spread = (uint)(partition.Topic.Id.Low ^ partition.Topic.Id.High) * 31 + (uint)partition.Name.Partition;
        ref var fetcher = ref leader.Fetchers[spread % (uint)leader.Fetchers.Length];
        return fetcher ??= new ReplicaFetcher(id, leader.Address, context);
    }

    private NodeAddress? AddressOf(int broker, ClusterImage cluster) =>
        cluster.Broker(new(broker))?.Endpoint(listener) is { } endpoint ? new NodeAddress(endpoint.Host, endpoint.Port) : null;

    private void End(Leader leader)
    {
        foreach (var fetcher in leader.Fetchers)
        {
            if (fetcher is not null) _ending.Add(fetcher.DisposeAsync().AsTask());
        }
    }

    private sealed record Leader(NodeAddress Address, ReplicaFetcher?[] Fetchers);
}
