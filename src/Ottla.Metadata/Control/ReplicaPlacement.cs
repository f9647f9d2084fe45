using Ottla.Metadata.Image;

namespace Ottla.Metadata.Control;

/// <summary>Spreads replicas over brokers and racks. Pure; where it starts comes from the random.</summary>
/// <remarks>Brokers are dealt out in turns, one rack after the other, so that neighbours in the order lie in different racks wherever there
/// are several. Each partition starts one broker further, which spreads leaders; fenced brokers come last and never first. Brokers all of
/// whose directories are cordoned take nothing.</remarks>
internal static class ReplicaPlacement
{
    /// <returns>Why it can't be done; null where it was.</returns>
    public static string? Place(ClusterImage cluster, int partitions, int factor, Random random, out IReadOnlyList<int[]> replicas)
    {
        replicas = [];
        var open = cluster.Brokers.Values.Where(broker => broker.CordonedDirectories is not { Count: > 0 } || broker.OpenDirectories.Count > 0).ToList();
        if (factor > open.Count)
        {
            return $"The target replication factor of {factor} cannot be reached because only {open.Count} broker(s) are registered " +
                "or some brokers have all their log directories cordoned.";
        }

        var active = Interleaved(open.Where(broker => broker.IsActive));
        if (active.Count == 0) return "All brokers are currently fenced.";
        var rest = Interleaved(open.Where(broker => !broker.IsActive));
        var start = random.Next(active.Count);
        var placed = new int[partitions][];
        for (var number = 0; number < partitions; number++)
        {
            var list = new int[factor];
            for (var i = 0; i < factor; i++) list[i] = i < active.Count ? active[(start + number + i) % active.Count] : rest[(number + i - active.Count) % rest.Count];
            placed[number] = list;
        }

        replicas = placed;
        return null;
    }

    private static List<int> Interleaved(IEnumerable<BrokerRegistration> brokers)
    {
        var racks = brokers.GroupBy(broker => broker.Rack ?? "", StringComparer.Ordinal).OrderBy(rack => rack.Key, StringComparer.Ordinal)
            .Select(rack => rack.Select(broker => broker.Id.Value).ToList()).ToList();
        var order = new List<int>();
        for (var turn = 0; racks.Any(rack => turn < rack.Count); turn++) order.AddRange(racks.Where(rack => turn < rack.Count).Select(rack => rack[turn]));
        return order;
    }
}
