using Ottla.Protocol.Primitives;

namespace Ottla.Client.Admin;

/// <summary>A topic to make.</summary>
public sealed record NewTopic(string Name)
{
    /// <summary>-1 leaves it to the broker's `num.partitions`.</summary>
    public int Partitions { get; init; } = -1;

    /// <summary>-1 leaves it to the broker's `default.replication.factor`.</summary>
    public short ReplicationFactor { get; init; } = -1;

    /// <summary>The brokers of each partition, the preferred leader first; instead of the two numbers.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Assignment { get; init; }

    public IReadOnlyDictionary<string, string?> Configs { get; init; } = new Dictionary<string, string?>();
}

/// <summary>What became of one topic, partition or resource that was to be changed.</summary>
public readonly record struct Result(string Name, ErrorCode Error, string? Message)
{
    /// <exception cref="BrokerException">It was refused.</exception>
    public void ThrowIfFailed() => BrokerException.ThrowIf(Error, Message);
}

/// <summary>A topic in a list.</summary>
public readonly record struct TopicListing(string Name, Uuid Id, bool IsInternal);

/// <summary>One partition of a described topic.</summary>
/// <param name="Leader">-1 where there is none.</param>
/// <param name="EligibleLeaders">Replicas outside of the ISR that lack nothing (KIP-966); null where the broker did not say.</param>
/// <param name="LastKnownEligibleLeaders">The last ISR and eligible replicas before an unclean stop; null where the broker did not
/// say.</param>
public sealed record PartitionDescription(
    int Index, int Leader, IReadOnlyList<int> Replicas, IReadOnlyList<int> InSyncReplicas, IReadOnlyList<int>? EligibleLeaders,
        IReadOnlyList<int>? LastKnownEligibleLeaders);

/// <summary>A topic with its partitions; with an error there are none.</summary>
public sealed record TopicDescription(string Name, Uuid Id, ErrorCode Error, bool IsInternal,
    IReadOnlyList<PartitionDescription> Partitions);

/// <summary>Replicas of a partition that is on its way to other brokers.</summary>
public sealed record Reassignment(IReadOnlyList<int> Replicas, IReadOnlyList<int> Adding, IReadOnlyList<int> Removing);
