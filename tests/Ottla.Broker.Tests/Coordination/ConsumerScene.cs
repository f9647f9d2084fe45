using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Consumer;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Coordination;

/// <summary>What members of consumer groups say, in few words. Partitions are written `orders-0`.</summary>
internal static class ConsumerScene
{
    public const string C = "readers";

    public static ConsumerGroupHeartbeatResponse Beat(this Brain brain, string member, int epoch, string[]? topics = null, string? regex = null,
        string[]? owned = null, string? instance = null, int rebalanceMs = -1, string? assignor = null, string group = C, short version = 1)
    {
        var request = new ConsumerGroupHeartbeatRequest
        {
            GroupId = group,
            MemberId = member,
            MemberEpoch = epoch,
            InstanceId = instance,
            RebalanceTimeoutMs = rebalanceMs,
            SubscribedTopicNames = topics?.ToList(),
            SubscribedTopicRegex = regex,
            ServerAssignor = assignor,
            TopicPartitions = owned?.Select(brain.Parse).GroupBy(p => p.Topic).Select(t => new ConsumerGroupHeartbeatRequest.TopicPartitionsData
            {
                TopicId = t.Key,
                Partitions = [.. t.Select(p => p.Partition)],
            }).ToList(),
        };
        var context = new GroupRequestContext("app", "/10.0.0.1", version);
        return brain.Ask<ConsumerGroupHeartbeatResponse>((reply, decision) => brain.Shard.Consumer.Heartbeat(request, context, reply, decision),
            error => new() { ErrorCode = error });
    }

    public static ConsumerGroupHeartbeatResponse JoinConsumer(this Brain brain, string member, string[]? topics = null, string? regex = null,
        string? instance = null, string? assignor = null, string group = C, int rebalanceMs = 60_000) =>
        brain.Beat(member, 0, topics ?? (regex is null ? ["orders"] : null), regex, [], instance, rebalanceMs, assignor, group);

    /// <summary>What the answer assigns. One that says nothing about that fails the test.</summary>
    public static string[] Parts(this Brain brain, ConsumerGroupHeartbeatResponse response)
    {
        Assert.NotNull(response.Assignment);
        return [.. response.Assignment.TopicPartitions.SelectMany(t => t.Partitions.Select(p => brain.Name(new(t.TopicId, p)))).Order()];
    }

    public static string[] Assigned(this Brain brain, string member, string group = C) =>
        [.. ((ConsumerGroup)brain.Shard.Groups[group]).Members[member].Assigned.Keys.Select(brain.Name).Order()];

    public static ConsumerMember Member(this Brain brain, string member, string group = C) =>
        ((ConsumerGroup)brain.Shard.Groups[group]).Members[member];

    public static string Name(this Brain brain, TopicIdPartition partition) =>
        brain.Topics.TryGet(partition.Topic, out var topic) ? $"{topic.Name}-{partition.Partition}" : $"?-{partition.Partition}";

    public static TopicIdPartition Parse(this Brain brain, string text)
    {
        var dash = text.LastIndexOf('-');
        brain.Topics.TryGet(text[..dash], out var topic);
        return new(topic?.Id ?? Uuid.Zero, int.Parse(text[(dash + 1)..]));
    }
}
