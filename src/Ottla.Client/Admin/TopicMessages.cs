using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Admin;

/// <summary>Between what users name topics by and the messages that carry it.</summary>
internal static class TopicMessages
{
    public static CreateTopicsRequest.CreatableTopic Of(NewTopic topic) => new()
    {
        Name = topic.Name,
        NumPartitions = topic.Assignment is null ? topic.Partitions : -1,
        ReplicationFactor = topic.Assignment is null ? topic.ReplicationFactor : (short)-1,
        Assignments = [.. (topic.Assignment ?? []).Select((brokers, i) =>
            new CreateTopicsRequest.CreatableReplicaAssignment { PartitionIndex = i, BrokerIds = [.. brokers] })],
        Configs = [.. topic.Configs.Select(c => new CreateTopicsRequest.CreatableTopicConfig { Name = c.Key, Value = c.Value })],
    };

    public static TopicDescription Describe(MetadataResponse.MetadataResponseTopic topic) => new(
        topic.Name ?? "", topic.TopicId, topic.ErrorCode, topic.IsInternal,
        [.. topic.Partitions.OrderBy(p => p.PartitionIndex).Select(p =>
            new PartitionDescription(p.PartitionIndex, p.LeaderId, p.ReplicaNodes, p.IsrNodes, null, null))]);

    /// <summary>Adds a page of a topic to what earlier pages had of it.</summary>
    public static void Add(Dictionary<string, TopicDescription> described,
        DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic topic)
    {
        var name = topic.Name ?? "";
        var partitions = topic.Partitions.Select(p => new PartitionDescription(
            p.PartitionIndex, p.LeaderId, p.ReplicaNodes, p.IsrNodes, p.EligibleLeaderReplicas ?? [], p.LastKnownElr ?? []));
        described[name] = described.TryGetValue(name, out var before)
            ? before with { Partitions = [.. before.Partitions, .. partitions] }
            : new TopicDescription(name, topic.TopicId, topic.ErrorCode, topic.IsInternal, [.. partitions]);
    }
}
