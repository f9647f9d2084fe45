using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Client.Consuming.Groups;

/// <summary>The bytes that consumers hide in the classic group protocol: who reads what, and who got what. A version in front, then the
/// message.</summary>
internal static class EmbeddedProtocol
{
    /// <summary>Version 1 names owned partitions; nothing that this client does needs more.</summary>
    private const short SubscriptionVersion = 1;

    private const short AssignmentVersion = 0;

    public static byte[] Subscription(IEnumerable<string> topics) =>
        Write(new ConsumerProtocolSubscription { Topics = [.. topics.Order(StringComparer.Ordinal)] }, SubscriptionVersion);

    public static IReadOnlyList<string> Topics(ReadOnlyMemory<byte> subscription)
    {
        var reader = new MessageReader(subscription);
        var version = Math.Min(reader.ReadInt16(), ConsumerProtocolSubscription.Versions.Max);
        return ConsumerProtocolSubscription.Read(ref reader, version).Topics;
    }

    public static byte[] Assignment(IEnumerable<TopicPartition> partitions)
    {
        var message = new ConsumerProtocolAssignment();
        foreach (var topic in partitions.GroupBy(p => p.Topic))
            message.AssignedPartitions.Add(new ConsumerProtocolAssignment.TopicPartition { Topic = topic.Key,
                Partitions = [.. topic.Select(p => p.Partition)] });
        return Write(message, AssignmentVersion);
    }

    public static List<TopicPartition> Partitions(ReadOnlyMemory<byte> assignment)
    {
        if (assignment.Length == 0) return [];
        var reader = new MessageReader(assignment);
        var version = Math.Min(reader.ReadInt16(), ConsumerProtocolAssignment.Versions.Max);
        var message = ConsumerProtocolAssignment.Read(ref reader, version);
        return [.. message.AssignedPartitions.SelectMany(topic => topic.Partitions.Select(p => new TopicPartition(topic.Topic, p)))];
    }

    private static byte[] Write(IMessage message, short version)
    {
        using var writer = new MessageWriter();
        writer.WriteInt16(version);
        message.Write(writer, version);
        return writer.WrittenSpan.ToArray();
    }
}
