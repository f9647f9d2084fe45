using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination;

/// <summary>The partitions of `__consumer_offsets` as the group coordinator sees them. Called from the loops of shards.</summary>
public interface IOffsetsLog
{
    /// <summary>Bytes that one batch of the partition may have (`max.message.bytes`).</summary>
    int BatchBytesMax(int partition);

    /// <summary>Appends the records as one batch at the end of a partition that this node leads in this epoch, and in no other. Completes
    /// when the batch stands in the local log, so that the order of records is settled; <see cref="OffsetsAppend.Committed"/> completes
    /// when the high watermark has passed it, or with the error that ended the wait: then the records may be lost or not. The memory of the
    /// records may be let go once the task has completed.</summary>
    ValueTask<OffsetsAppend> Append(int partition, LeaderEpoch epoch, IReadOnlyList<OffsetsRecord> records);

    /// <summary>The batches from an offset on, as many as one read brings; <see cref="Offset.None"/> is the log's start. May block on the
    /// disk. The memory of the batches is valid until the next read.</summary>
    /// <exception cref="IOException">The log can't be read there.</exception>
    /// <exception cref="Protocol.Wire.MalformedMessageException">What lies there is no batch.</exception>
    OffsetsRead Read(int partition, LeaderEpoch epoch, Offset from);
}

/// <summary>Key and value of one record, in Kafka's format with its leading version; a null value is a tombstone.</summary>
public readonly record struct OffsetsRecord(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte>? Value);

/// <summary>What became of an append.</summary>
/// <param name="Error">Not <see cref="ErrorCode.None"/>: nothing was written.</param>
/// <param name="Base">Offset of the batch's first record.</param>
/// <param name="Committed">The high watermark has passed the batch (<see cref="ErrorCode.None"/>), or why nobody waits for that any
/// more.</param>
public readonly record struct OffsetsAppend(ErrorCode Error, Offset Base, Task<ErrorCode> Committed)
{
    public static OffsetsAppend Refused(ErrorCode error) => new(error, Offset.None, Task.FromResult(error));
}

/// <summary>What one read brought.</summary>
/// <param name="Error">Not <see cref="ErrorCode.None"/>: the partition is not led here in that epoch, or its disk is gone; nothing was
/// read.</param>
/// <param name="Next">From where to read on.</param>
/// <param name="Committed">Not null: the log ends here. Completes when the high watermark has passed that end, as an append's does.</param>
public readonly record struct OffsetsRead(ErrorCode Error, IReadOnlyList<OffsetsBatch> Batches, Offset Next, Task<ErrorCode>? Committed)
{
    public static OffsetsRead Refused(ErrorCode error) => new(error, [], Offset.None, null);
}

/// <summary>One batch that was read back.</summary>
/// <param name="Base">Offset of the first record.</param>
/// <param name="Producer">Of a transactional batch or marker; <see cref="ProducerId.None"/> otherwise.</param>
/// <param name="Marker">True: this batch commits the producer's transaction; false: aborts it; null: a batch of records.</param>
/// <param name="Records">Offset, key and value of each record; empty for a marker.</param>
public readonly record struct OffsetsBatch(
    Offset Base, ProducerId Producer, bool? Marker, IReadOnlyList<(Offset Offset, OffsetsRecord Record)> Records);
