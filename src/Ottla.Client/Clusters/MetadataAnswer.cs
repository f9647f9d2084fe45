using System.Collections.Immutable;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Clusters;

/// <summary>Takes what a broker answered into the view.</summary>
internal static class MetadataAnswer
{
    /// <param name="keepOthers">Topics that the answer does not name stay; false when all were asked for.</param>
    public static ClusterView Merge(ClusterView view, MetadataResponse answer, bool keepOthers)
    {
        var brokers = answer.Brokers.ToImmutableDictionary(b => b.NodeId, b => new BrokerNode(b.NodeId, b.Host, b.Port, b.Rack));
        var topics = (keepOthers ? view.Topics : ImmutableDictionary<string, TopicView>.Empty).ToBuilder();
        foreach (var topic in answer.Topics)
        {
            if (topic.Name is not { } name) continue;
            topics[name] = new TopicView(name, topic.TopicId, topic.ErrorCode, topic.IsInternal, Partitions(topic));
        }

        return new ClusterView(answer.ClusterId ?? view.ClusterId, answer.ControllerId, brokers, topics.ToImmutable());
    }

    private static PartitionView[] Partitions(MetadataResponse.MetadataResponseTopic topic)
    {
        var partitions = new PartitionView[topic.Partitions.Count];
        foreach (var p in topic.Partitions)
        {
            if (p.PartitionIndex < 0 || p.PartitionIndex >= partitions.Length || partitions[p.PartitionIndex] is not null)
                throw new BrokerException(ErrorCode.UnknownServerError,
                    $"The metadata of {topic.Name} names partition {p.PartitionIndex} of {partitions.Length}");
            partitions[p.PartitionIndex] = new PartitionView(
                p.PartitionIndex, p.ErrorCode, p.LeaderId, new LeaderEpoch(p.LeaderEpoch), p.ReplicaNodes, p.IsrNodes, p.OfflineReplicas);
        }

        return partitions;
    }
}
