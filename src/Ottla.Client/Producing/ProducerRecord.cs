using Ottla.Protocol.Batches;

namespace Ottla.Client.Producing;

/// <summary>A record to send. Key, value and headers are read until the delivery is there; do not change them meanwhile.</summary>
public sealed record ProducerRecord(string Topic)
{
    /// <summary>The partition; null lets the key decide, or chance where there is no key.</summary>
    public int? Partition { get; init; }

    public ReadOnlyMemory<byte>? Key { get; init; }

    /// <summary>Null is a tombstone: compaction removes the key.</summary>
    public ReadOnlyMemory<byte>? Value { get; init; }

    public RecordHeader[] Headers { get; init; } = [];

    /// <summary>In ms since 1970; null is now.</summary>
    public long? TimestampMs { get; init; }

    /// <summary>Bytes in a batch before compression, never less than it really takes: lengths and deltas are counted with their longest
    /// form.</summary>
    internal int SizeBytes
    {
        get
        {
            const int Fixed = 5 + 1 + 10 + 5 + 5 + 5 + 5;
            var size = Fixed + (Key?.Length ?? 0) + (Value?.Length ?? 0);
            foreach (var header in Headers) size += 10 + (header.Key.Length * 3) + (header.Value?.Length ?? 0);
            return size;
        }
    }
}

/// <summary>Where a record ended up.</summary>
/// <param name="Offset">-1 where the broker does not say: with acks=0, or for a retry of what it had already.</param>
/// <param name="TimestampMs">The record's own, or the broker's where the topic takes LogAppendTime.</param>
public readonly record struct Delivery(string Topic, int Partition, Ottla.Protocol.Primitives.Offset Offset, long TimestampMs);
