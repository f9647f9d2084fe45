using Ottla.Protocol.Batches;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming;

/// <summary>The records of one partition's answer, taken out batch by batch as they are wanted.</summary>
/// <remarks>
/// Borrows the answer's frame. A cut batch at the end is left for the next fetch. With <see cref="IsolationLevel.ReadCommitted"/> the
/// answer names the aborted transactions:
/// a producer's records are passed over from its transaction's first offset on until its abort marker.
/// </remarks>
internal sealed class FetchedRecords(
    TopicPartition partition, Offset asked, ReadOnlyMemory<byte> bytes, List<FetchResponse.AbortedTransaction>? aborted, bool checkCrcs)
{
    private readonly Offset _from = asked;
    private readonly Queue<FetchResponse.AbortedTransaction> _aborted = new((aborted ?? []).OrderBy(a => a.FirstOffset));
    private readonly HashSet<long> _aborting = [];
    private readonly Queue<ConsumedRecord> _batch = new();
    private int _position;
    private bool _end;

    /// <summary>Where to read on once all is taken: behind the last whole batch, whether it had records for us or not.</summary>
    public Offset NextOffset { get; private set; } = asked;

    /// <summary>The next record; null when all are taken.</summary>
    /// <exception cref="BrokerException">CORRUPT_MESSAGE: the bytes are not what their checksum says, or no batch.</exception>
    public ConsumedRecord? Next()
    {
        while (_batch.Count == 0)
        {
            if (_end || !ReadBatch()) return null;
        }

        var record = _batch.Dequeue();
        return record;
    }

    private bool ReadBatch()
    {
        var reader = new BatchReader(bytes.Span[_position..], checkCrcs);
        if (!reader.Next())
        {
            _end = true;
            if (reader.End is BatchesEnd.Malformed or BatchesEnd.WrongCrc)
                throw new BrokerException(ErrorCode.CorruptMessage,
                    $"Record batch for partition {partition} at offset {NextOffset} is invalid: {reader.End}");
            return false;
        }

        var header = reader.Header;
        var batch = bytes.Slice(_position, reader.Position);
        _position += reader.Position;
        if (!Passed(header, batch.Span)) Decode(header, batch);
        NextOffset = Offset.Max(NextOffset, header.NextOffset);
        return true;
    }

    /// <summary>Whether the batch holds nothing for the user: a marker, or records of an aborted transaction.</summary>
    private bool Passed(in BatchHeader header, ReadOnlySpan<byte> batch)
    {
        while (_aborted.TryPeek(out var next) && next.FirstOffset <= header.LastOffset.Value) _aborting.Add(_aborted.Dequeue().ProducerId);
        if (header.IsControl)
        {
            if (header.HasProducerId && MarkerOf(batch) == ControlRecordType.Abort) _aborting.Remove(header.ProducerId.Value);
            return true;
        }

        return header.IsTransactional && _aborting.Contains(header.ProducerId.Value);
    }

    private static ControlRecordType MarkerOf(ReadOnlySpan<byte> batch)
    {
        using var records = BatchRecords.Open(batch);
        foreach (var record in records) return ControlRecord.TypeOf(record.Key);
        return ControlRecordType.Unknown;
    }

    private void Decode(in BatchHeader header, ReadOnlyMemory<byte> batch)
    {
        if (header.Magic != BatchHeader.MagicLatest)
            throw new BrokerException(ErrorCode.UnsupportedForMessageFormat,
                $"Partition {partition} has messages of format {header.Magic} at offset {header.BaseOffset}; this client reads format 2");
        ReadOnlyMemory<byte> encoded;
        if (header.IsCompressed)
        {
            using var records = BatchRecords.Open(batch.Span);
            encoded = records.Encoded.ToArray();
        }
        else
        {
            encoded = batch[BatchHeader.Size..];
        }

        foreach (var record in new RecordReader(header, encoded.Span))
        {
            if (record.Offset < _from) continue;
            _batch.Enqueue(new ConsumedRecord(partition.Topic, partition.Partition, record.Offset)
            {
                TimestampMs = record.Timestamp,
                TimestampType = header.TimestampType,
                Key = Slice(encoded, record.Key),
                Value = Slice(encoded, record.Value),
                Headers = record.Headers.Count == 0 ? [] : record.Headers.ToArray(),
                LeaderEpoch = header.PartitionLeaderEpoch,
            });
        }
    }

    /// <summary>The same bytes as a slice of the memory that they lie in.</summary>
    private static ReadOnlyMemory<byte>? Slice(ReadOnlyMemory<byte> memory, NullableBytes field)
    {
        if (field.IsNull) return null;
        if (field.Length == 0) return ReadOnlyMemory<byte>.Empty;
        Invariant.That(memory.Span.Overlaps(field.Span, out var at));
        return memory.Slice(at, field.Length);
    }
}
