using Ottla.Protocol.Primitives;

namespace Ottla.Client.Producing;

/// <summary>A record that waits for its answer.</summary>
internal readonly record struct PendingRecord(ProducerRecord Record, long TimestampMs, int SizeBytes, TaskCompletionSource<Delivery> Done);

/// <summary>Records of one partition that go out together. Owned by its <see cref="PartitionQueue"/>, under the producer's lock; read by
/// the one request that carries it.</summary>
internal sealed class ProducerBatch(TopicPartition partition, long createdAt)
{
    public TopicPartition Partition => partition;

    /// <summary>Timestamp of the clock when the first record came: linger and delivery time-out count from here.</summary>
    public long CreatedAt => createdAt;

    public List<PendingRecord> Records { get; private init; } = [];

    public int SizeBytes { get; private set; }

    /// <summary>Nothing is added any more: it is full, or it was sent.</summary>
    public bool Closed { get; set; }

    /// <summary>Times that it was sent.</summary>
    public int Attempts { get; set; }

    /// <summary>Whose sequence it has; none before it is first sent.</summary>
    public ProducerIdentity Identity { get; set; } = ProducerIdentity.None;

    public int BaseSequence { get; set; } = -1;

    public void Add(PendingRecord record)
    {
        Records.Add(record);
        SizeBytes += record.SizeBytes;
    }

    /// <summary>Two halves, for a broker that found the whole too large.</summary>
    public (ProducerBatch First, ProducerBatch Second) Split()
    {
        Invariant.That(Records.Count > 1);
        var half = Records.Count / 2;
        return (Part(0, half), Part(half, Records.Count - half));
    }

    private ProducerBatch Part(int start, int count)
    {
        var part = new ProducerBatch(partition, createdAt) { Closed = true };
        foreach (var record in Records.GetRange(start, count)) part.Add(record);
        return part;
    }
}

/// <summary>What the broker knows an idempotent producer by.</summary>
internal readonly record struct ProducerIdentity(ProducerId Id, short Epoch)
{
    public static readonly ProducerIdentity None = new(ProducerId.None, -1);

    public bool IsNone => Id == ProducerId.None;
}
