using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>Spreads replicas over racks and brokers. Pure; where it starts comes from the random.</summary>
/// <remarks>
/// Brokers are dealt out in turns, one rack after the other. Each partition is led by the next in that order, which spreads leaders evenly,
/// and each turn through all brokers pairs them anew, so that a broker's followers, and with them its load when it fails, are spread too. A
/// partition's replicas lie in as many racks as there are, before two of them share one; a broker that is fenced never comes first, and
/// only where its rack has no other. Brokers all of whose directories are cordoned take nothing.
/// </remarks>
internal static class ReplicaPlacement
{
    /// <returns>Why it can't be done; null where it was.</returns>
    public static string? Place(ClusterImage cluster, int partitions, int factor, Random random, out IReadOnlyList<int[]> replicas)
    {
        replicas = [];
        var open = cluster.Brokers.Values
            .Where(broker => broker.CordonedDirectories is not { Count: > 0 } || broker.OpenDirectories.Count > 0).ToList();
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
            placed[number] = Choose(active, rest, (start + number) % active.Count, number / active.Count, factor);
        replicas = placed;
        return null;
    }

    private static int[] Choose(List<BrokerRegistration> active, List<BrokerRegistration> rest, int first, int turn, int factor)
    {
        var chosen = new List<int>(factor) { active[first].Id.Value };
        var racks = new HashSet<string>(StringComparer.Ordinal) { RackOf(active[first]) };
        // the other active ones from where this turn begins, then those that are fenced
        var others = new List<BrokerRegistration>(active.Count + rest.Count);
        for (var i = 0; i < active.Count - 1; i++)
        {
            var step = 1 + ((turn + i) % (active.Count - 1));
            others.Add(active[(first + step) % active.Count]);
        }

        for (var i = 0; i < rest.Count; i++) others.Add(rest[(first + turn + i) % rest.Count]);
        foreach (var broker in others) Consider(broker, newRackOnly: true);
        foreach (var broker in others) Consider(broker, newRackOnly: false);
        Invariant.That(chosen.Count == factor);
        return [.. chosen];

        void Consider(BrokerRegistration broker, bool newRackOnly)
        {
            if (chosen.Count == factor || chosen.Contains(broker.Id.Value)) return;
            if (racks.Add(RackOf(broker)) || !newRackOnly) chosen.Add(broker.Id.Value);
        }
    }

    private static string RackOf(BrokerRegistration broker) => broker.Rack ?? "";

    private static List<BrokerRegistration> Interleaved(IEnumerable<BrokerRegistration> brokers)
    {
        var racks = brokers.GroupBy(RackOf, StringComparer.Ordinal).OrderBy(rack => rack.Key, StringComparer.Ordinal)
            .Select(rack => rack.ToList()).ToList();
        var order = new List<BrokerRegistration>();
        for (var turn = 0; racks.Exists(rack => turn < rack.Count); turn++)
            order.AddRange(racks.Where(rack => turn < rack.Count).Select(rack => rack[turn]));
        return order;
    }
}
