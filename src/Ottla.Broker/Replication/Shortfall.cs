namespace Ottla.Broker.Replication;

/// <summary>What this node leads and has fewer replicas in sync than it is meant to have: counted anew at each look.</summary>
internal sealed class Shortfall
{
    private readonly SortedSet<int> _missing = [];

    /// <summary>The partitions of several replicas that are led here: of others this node knows nothing to say.</summary>
    public int Led { get; private set; }

    public int UnderReplicated { get; private set; }

    public int UnderMinIsr { get; private set; }

    /// <summary>One of those for which it is worst.</summary>
    public string Example { get; private set; } = "";

    /// <summary>The nodes that are missing somewhere.</summary>
    public string Missing => string.Join(", ", _missing.Select(node => $"node {node}"));

    public void Add(Partition partition)
    {
        if (!partition.IsLeader || partition.Registration is not { Replicas.Length: > 1 } registration) return;
        Led++;
        var isr = partition.Isr;
        if (isr.Length >= registration.Replicas.Length) return;
        var isUnder = isr.Length < Math.Min(registration.Replicas.Length, partition.Topic.Policy.MinInsyncReplicas);
        if (UnderReplicated++ == 0 || (isUnder && UnderMinIsr == 0)) Example = partition.Name.ToString();
        if (isUnder) UnderMinIsr++;
        foreach (var replica in registration.Replicas)
        {
            if (Array.IndexOf(isr, replica) < 0) _missing.Add(replica);
        }
    }

    /// <summary>Whether there is nothing new to say.</summary>
    public bool IsAs(Shortfall other) => UnderReplicated == other.UnderReplicated && UnderMinIsr == other.UnderMinIsr && _missing.SetEquals(other._missing);
}
