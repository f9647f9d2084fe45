using System.Collections.Immutable;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Clusters;

/// <summary>Takes what a broker answered into what is known.</summary>
internal static class MetadataAnswer
{
    /// <param name="keepOthers">Topics that the answer does not name stay; false when all were asked for.</param>
    /// <remarks>A broker that has not heard yet of an election that we know of does not take the new leader away.</remarks>
    public static ClusterMetadata Merge(ClusterMetadata known, MetadataResponse answer, bool keepOthers)
    {
        var brokers = answer.Brokers.ToImmutableDictionary(b => b.NodeId, b => new BrokerNode(b.NodeId, b.Host, b.Port, b.Rack));
        var topics = (keepOthers ? known.Topics : ImmutableDictionary<string, TopicMetadata>.Empty).ToBuilder();
        foreach (var topic in answer.Topics)
        {
            if (topic.Name is not { } name) continue;
            topics[name] = new TopicMetadata(name, topic.TopicId, topic.ErrorCode, topic.IsInternal, Partitions(topic, known.Topic(name)));
        }

        return new ClusterMetadata(answer.ClusterId ?? known.ClusterId, answer.ControllerId, brokers, topics.ToImmutable());
    }

    private static PartitionMetadata[] Partitions(MetadataResponse.MetadataResponseTopic topic, TopicMetadata? known)
    {
        var partitions = new PartitionMetadata[topic.Partitions.Count];
        foreach (var p in topic.Partitions)
        {
            if (p.PartitionIndex < 0 || p.PartitionIndex >= partitions.Length || partitions[p.PartitionIndex] is not null)
                throw new BrokerException(ErrorCode.UnknownServerError,
                    $"The metadata of {topic.Name} names partition {p.PartitionIndex} of {partitions.Length}");
            var now = new PartitionMetadata(
                p.PartitionIndex, p.ErrorCode, p.LeaderId, new LeaderEpoch(p.LeaderEpoch), p.ReplicaNodes, p.IsrNodes, p.OfflineReplicas);
            var before = known?.Id == topic.TopicId ? known.Partition(p.PartitionIndex) : null;
            var isOlder = p.LeaderEpoch >= 0 && before is not null && before.LeaderEpoch > now.LeaderEpoch;
            partitions[p.PartitionIndex] = isOlder ? now with { Leader = before!.Leader, LeaderEpoch = before.LeaderEpoch, Error = before.Error } : now;
        }

        return partitions;
    }
}
