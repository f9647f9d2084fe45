using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination;

/// <summary>The partitions of `__consumer_offsets` as the group coordinator sees them. Called from the loops of shards and, for reading,
/// from loaders.</summary>
public interface IOffsetsLog
{
    /// <summary>
    /// Appends the records as one batch at the end of a partition that this node leads in this epoch. Completes when the batch stands in
    /// the local log, so that
    /// the order of records is settled; <see cref="OffsetsAppend.Committed"/> completes when the high watermark has passed it, or with the
    /// error that ended the wait.
    /// The memory of the records may be let go once the task has completed.
    /// </summary>
    ValueTask<OffsetsAppend> Append(int partition, LeaderEpoch epoch, IReadOnlyList<OffsetsRecord> records);

    /// <summary>
    /// Every batch from the log start offset to the log end offset, in order. Stops early with <see cref="OperationCanceledException"/>
    /// when the token says so.
    /// A batch's memory is valid until the next one is asked for.
    /// </summary>
    IAsyncEnumerable<OffsetsBatch> ReadAll(int partition, LeaderEpoch epoch, CancellationToken stop);
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

/// <summary>One batch that was read back.</summary>
/// <param name="Base">Offset of the first record.</param>
/// <param name="Producer">Of a transactional batch or marker; <see cref="ProducerId.None"/> otherwise.</param>
/// <param name="Marker">True: this batch commits the producer's transaction; false: aborts it; null: a batch of records.</param>
/// <param name="Records">Offset, key and value of each record; empty for a marker.</param>
public readonly record struct OffsetsBatch(
    Offset Base, ProducerId Producer, bool? Marker, IReadOnlyList<(Offset Offset, OffsetsRecord Record)> Records);
