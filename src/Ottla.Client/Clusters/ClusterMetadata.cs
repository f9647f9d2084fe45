using System.Collections.Immutable;
using Ottla.Network;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Clusters;

/// <summary>A broker, as the cluster's metadata names it.</summary>
public sealed record BrokerNode(int Id, string Host, int Port, string? Rack)
{
    internal NodeAddress Address => new(Host, Port);
}

/// <summary>Where a partition is.</summary>
/// <param name="Leader">-1 where it has none.</param>
public sealed record PartitionMetadata(
    int Index, ErrorCode Error, int Leader, LeaderEpoch LeaderEpoch, IReadOnlyList<int> Replicas, IReadOnlyList<int> InSyncReplicas,
        IReadOnlyList<int> OfflineReplicas)
{
    public bool HasLeader => Leader >= 0;
}

/// <summary>A topic with its partitions, by index. With an error there may be none.</summary>
public sealed record TopicMetadata(string Name, Uuid Id, ErrorCode Error, bool IsInternal, IReadOnlyList<PartitionMetadata> Partitions)
{
    public PartitionMetadata? Partition(int index) => index >= 0 && index < Partitions.Count ? Partitions[index] : null;
}

/// <summary>Who leads a partition now, as told by a broker that does not any more (KIP-951).</summary>
internal sealed record NewLeader(int Id, LeaderEpoch Epoch, BrokerNode? Address);

/// <summary>What a client knows of the cluster at one moment. Never changed; a refresh makes the next one.</summary>
public sealed record ClusterMetadata(
    string? ClusterId, int ControllerId, ImmutableDictionary<int, BrokerNode> Brokers, ImmutableDictionary<string, TopicMetadata> Topics)
{
    internal static readonly ClusterMetadata Empty =
        new(null, -1, ImmutableDictionary<int, BrokerNode>.Empty, ImmutableDictionary<string, TopicMetadata>.Empty);

    /// <summary>The topic where it is known and there; null otherwise.</summary>
    public TopicMetadata? Topic(string name) => Topics.TryGetValue(name, out var topic) && topic.Error == ErrorCode.None ? topic : null;

    /// <summary>The topic of that id; null where none is known.</summary>
    public TopicMetadata? Topic(Uuid id)
    {
        foreach (var topic in Topics.Values)
        {
            if (topic.Id == id) return topic;
        }

        return null;
    }

    public PartitionMetadata? Partition(TopicPartition partition) => Topic(partition.Topic)?.Partition(partition.Partition);

    /// <summary>The same with another leader of a partition, unless what is known is as new, or nothing tells where the leader
    /// is.</summary>
    internal ClusterMetadata With(TopicPartition partition, NewLeader leader)
    {
        if (Topic(partition.Topic) is not { } topic || topic.Partition(partition.Partition) is not { } known) return this;
        if (leader.Id < 0 || leader.Epoch <= known.LeaderEpoch) return this;
        if (leader.Address is null && !Brokers.ContainsKey(leader.Id)) return this;
        var partitions = topic.Partitions.ToArray();
        partitions[partition.Partition] = known with { Leader = leader.Id, LeaderEpoch = leader.Epoch, Error = ErrorCode.None };
        return this with
        {
            Topics = Topics.SetItem(topic.Name, topic with { Partitions = partitions }),
            Brokers = leader.Address is { } address ? Brokers.SetItem(address.Id, address) : Brokers,
        };
    }
}
