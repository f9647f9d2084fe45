namespace Ottla.Broker.Replication;

/// <summary>The replicas of a topic that a throttle holds back: `leader.` or `follower.replication.throttled.replicas` (KIP-73).
/// Immutable.</summary>
internal sealed class ThrottledReplicas
{
    public static readonly ThrottledReplicas None = new(false, []);

    private static readonly ThrottledReplicas _all = new(true, []);

    private readonly bool _isAll;
    private readonly HashSet<(int Partition, int Broker)> _replicas;

    private ThrottledReplicas(bool isAll, HashSet<(int Partition, int Broker)> replicas) => (_isAll, _replicas) = (isAll, replicas);

    /// <param name="entries">`*`, or `partition:broker` each, as the configuration has checked them.</param>
    public static ThrottledReplicas Of(IReadOnlyList<string> entries)
    {
        if (entries.Count == 0) return None;
        if (entries is ["*"]) return _all;
        var replicas = new HashSet<(int, int)>();
        foreach (var entry in entries)
        {
            var colon = entry.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && int.TryParse(entry.AsSpan(0, colon), out var partition) && int.TryParse(entry.AsSpan(colon + 1), out var broker))
                replicas.Add((partition, broker));
        }

        return new(false, replicas);
    }

    public bool Contains(int partition, int broker) => _isAll || (_replicas.Count > 0 && _replicas.Contains((partition, broker)));
}
