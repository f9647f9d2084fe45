using System.Buffers;
using System.Buffers.Binary;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>A number that changes when a subscribed topic appears, goes, is made anew or grows: so that a group notices without keeping the
/// topics.</summary>
/// <remarks>
/// Kafka's, bit for bit, so that a group that moves between the two computes nothing anew: XXH3 over the hashes of the topics in the order
/// of their names, that of a topic over id, name, partitions and the racks of each; 0 for no topics.
/// </remarks>
internal static class MetadataHash
{
    /// <summary>The first byte of what a topic's hash is made of: which facts go in.</summary>
    private const byte Facts = 0;

    public static long Of(IEnumerable<string> topics, ITopicCatalog catalog)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var name in topics.Order(StringComparer.Ordinal))
        {
            if (catalog.TryGet(name, out var topic)) Write(bytes, OfTopic(topic));
        }
        return bytes.WrittenCount == 0 ? 0 : unchecked((long)Xxh3.Hash(bytes.WrittenSpan));
    }

    private static ulong OfTopic(TopicInfo topic)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write([Facts]);
        Write(bytes, topic.Id.High);
        Write(bytes, topic.Id.Low);
        Write(bytes, topic.Name);
        Write(bytes, topic.Partitions);
        for (var partition = 0; partition < topic.Partitions; partition++)
        {
            Write(bytes, partition);
            foreach (var rack in topic.Racks?[partition].Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>())
            {
                Write(bytes, rack.Length);
                Write(bytes, rack);
            }
        }
        return Xxh3.Hash(bytes.WrittenSpan);
    }

    private static void Write(ArrayBufferWriter<byte> bytes, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.GetSpan(8), value);
        bytes.Advance(8);
    }

    private static void Write(ArrayBufferWriter<byte> bytes, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes.GetSpan(4), value);
        bytes.Advance(4);
    }

    private static void Write(ArrayBufferWriter<byte> bytes, string text)
    {
        foreach (var c in text)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.GetSpan(2), c);
            bytes.Advance(2);
        }
        Write(bytes, text.Length);
    }
}
