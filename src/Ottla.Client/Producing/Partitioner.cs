using Ottla.Client.Clusters;

namespace Ottla.Client.Producing;

/// <summary>Chooses the partition of a record as Kafka's own client does: by the hash of its key; without a key one partition for a batch's
/// worth, then another (KIP-794).</summary>
/// <remarks>Any thread; the state is a few words under a lock. Partitions without a leader are passed over where there is no key.</remarks>
internal sealed class Partitioner(int stickyBytes, Random random)
{
    private readonly Dictionary<string, (int Partition, long Bytes)> _sticky = [];

    public int Choose(ProducerRecord record, TopicMetadata topic)
    {
        if (record.Partition is { } chosen) return chosen;
        if (record.Key is { } key) return ForKey(key.Span, topic.Partitions.Count);
        lock (_sticky)
        {
            var (partition, bytes) = _sticky.TryGetValue(record.Topic, out var current) ? current : (-1, 0L);
            if (partition < 0 || bytes >= stickyBytes || topic.Partition(partition) is not { HasLeader: true })
                (partition, bytes) = (Another(topic, partition), 0);
            _sticky[record.Topic] = (partition, bytes + record.SizeBytes);
            return partition;
        }
    }

    /// <summary>The partition of a key among so many.</summary>
    public static int ForKey(ReadOnlySpan<byte> key, int partitions) => (int)(Murmur2.Hash(key) & int.MaxValue) % partitions;

    private int Another(TopicMetadata topic, int present)
    {
        var led = topic.Partitions.Where(p => p.HasLeader && p.Index != present).ToList();
        if (led.Count == 0) return present >= 0 ? present : Next(topic.Partitions.Count);
        return led[Next(led.Count)].Index;
    }

    private int Next(int bound)
    {
        lock (random) return random.Next(bound);
    }
}
