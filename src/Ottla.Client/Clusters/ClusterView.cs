using System.Collections.Immutable;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Clusters;

/// <summary>A broker, as the cluster's metadata names it.</summary>
public sealed record BrokerNode(int Id, string Host, int Port, string? Rack)
{
    internal BrokerAddress Address => new(Host, Port);
}

/// <summary>Where a partition is.</summary>
/// <param name="Leader">-1 where it has none.</param>
public sealed record PartitionView(
    int Index, ErrorCode Error, int Leader, LeaderEpoch LeaderEpoch, IReadOnlyList<int> Replicas, IReadOnlyList<int> InSyncReplicas,
        IReadOnlyList<int> OfflineReplicas)
{
    public bool HasLeader => Leader >= 0;
}

/// <summary>A topic with its partitions, by index. With an error there may be none.</summary>
public sealed record TopicView(string Name, Uuid Id, ErrorCode Error, bool IsInternal, IReadOnlyList<PartitionView> Partitions)
{
    public PartitionView? Partition(int index) => index >= 0 && index < Partitions.Count ? Partitions[index] : null;
}

/// <summary>What a client knows of the cluster at one moment. Never changed; a refresh makes the next one.</summary>
public sealed record ClusterView(
    string? ClusterId, int ControllerId, ImmutableDictionary<int, BrokerNode> Brokers, ImmutableDictionary<string, TopicView> Topics)
{
    internal static readonly ClusterView Empty =
        new(null, -1, ImmutableDictionary<int, BrokerNode>.Empty, ImmutableDictionary<string, TopicView>.Empty);

    /// <summary>The topic where it is known and there; null otherwise.</summary>
    public TopicView? Topic(string name) => Topics.TryGetValue(name, out var topic) && topic.Error == ErrorCode.None ? topic : null;

    /// <summary>The topic of that id; null where none is known.</summary>
    public TopicView? Topic(Uuid id)
    {
        foreach (var topic in Topics.Values)
        {
            if (topic.Id == id) return topic;
        }

        return null;
    }

    public PartitionView? Partition(TopicPartition partition) => Topic(partition.Topic)?.Partition(partition.Partition);
}
