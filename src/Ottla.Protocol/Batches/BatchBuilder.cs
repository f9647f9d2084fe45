using System.Buffers.Binary;
using System.Text;
using Ottla.Protocol.Codecs;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Batches;

/// <summary>What a batch is built as. The defaults are those of a producer without idempotence.</summary>
public readonly record struct BatchOptions()
{
    /// <summary>Offset of the first record; producers send 0, the log sets it.</summary>
    public Offset BaseOffset { get; init; } = Offset.Zero;

    public LeaderEpoch PartitionLeaderEpoch { get; init; } = LeaderEpoch.None;

    public CompressionType Compression { get; init; }

    /// <summary>Null takes the codec's default.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>Time of the append in ms since 1970, which makes the batch one of <see cref="TimestampType.LogAppendTime"/>.</summary>
    public long? LogAppendTimeMs { get; init; }

    public ProducerId ProducerId { get; init; } = ProducerId.None;

    public short ProducerEpoch { get; init; } = BatchHeader.None;

    public int BaseSequence { get; init; } = BatchHeader.None;

    public bool IsTransactional { get; init; }

    public bool IsControl { get; init; }
}

/// <summary>Builds batches of magic 2, one after the other.</summary>
/// <remarks>
/// Owned by one caller at a time; the buffers are rented and go back with <see cref="Dispose"/>. What <see cref="Build"/> returns is good
/// until the next <see cref="Reset"/>. Records are encoded as they come, behind room for the header, so that a batch without compression is
/// finished where it lies. The options may be replaced until <see cref="Build"/> (a client knows its sequence only when it sends), all but
/// the base offset.
/// </remarks>
public sealed class BatchBuilder : IDisposable
{
    private readonly PooledBytes _plain;
    private PooledBytes? _compressed;
    private long _baseTimestamp;
    private long _maxTimestamp;
    private int _lastOffsetDelta;

    public BatchBuilder(in BatchOptions options, int initialBytes = 1024)
    {
        _plain = new PooledBytes(initialBytes);
        Reset(options);
    }

    public BatchOptions Options { get; set; }

    public int RecordCount { get; private set; }

    /// <summary>Size that the batch would have without compression.</summary>
    public int UncompressedBytes => _plain.Length;

    public Offset LastOffset => Options.BaseOffset + _lastOffsetDelta;

    /// <summary>Begins the next batch; what was built before is gone.</summary>
    public void Reset(in BatchOptions options)
    {
        Options = options;
        _plain.Clear();
        _plain.Take(BatchHeader.Size);
        RecordCount = 0;
        _baseTimestamp = BatchHeader.NoTimestamp;
        _maxTimestamp = BatchHeader.NoTimestamp;
        _lastOffsetDelta = -1;
    }

    /// <summary>Adds a record at the next offset. The timestamp is in ms since 1970; -1 is none.</summary>
    public void Append(long timestampMs, NullableBytes key, NullableBytes value, ReadOnlySpan<RecordHeader> headers = default) =>
        AppendAt(LastOffset + 1, timestampMs, key, value, headers);

    /// <summary>Adds a record at an offset above those before; there may be gaps (compaction leaves some).</summary>
    public void AppendAt(Offset offset, long timestampMs, NullableBytes key, NullableBytes value,
        ReadOnlySpan<RecordHeader> headers = default)
    {
        var headersBytes = 0;
        foreach (var header in headers)
        {
            var keyBytes = Encoding.UTF8.GetByteCount(header.Key);
            headersBytes += Varint.SizeOf(keyBytes) + keyBytes + FieldBytes(header.Value);
        }

        var rest = BeginRecord(offset, timestampMs, key, value, headers.Length, headersBytes);
        foreach (var header in headers)
        {
            rest = rest[Varint.Write(rest, Encoding.UTF8.GetByteCount(header.Key))..];
            rest = rest[Encoding.UTF8.GetBytes(header.Key, rest)..];
            rest = WriteField(rest, header.Value);
        }
    }

    /// <summary>Adds a record that was read from another batch, headers and all.</summary>
    public void Append(in Record record) =>
        record.Headers.Encoded.CopyTo(BeginRecord(
            record.Offset, record.Timestamp, record.Key, record.Value, record.Headers.Count, record.Headers.Encoded.Length));

    /// <summary>Adds a control record, of which a batch with <see cref="BatchOptions.IsControl"/> holds one at least.</summary>
    public void AppendControl(long timestampMs, ControlRecordType type, NullableBytes value)
    {
        Invariant.That(Options.IsControl);
        Span<byte> key = stackalloc byte[ControlRecord.KeyBytes];
        ControlRecord.WriteKey(key, type);
        Append(timestampMs, key, value);
    }

    /// <summary>
    /// Finishes the batch: compressed, with header and checksum. Fails only if the codec's library is missing
    /// (<see cref="ICodec.UnavailableBecause"/>).
    /// </summary>
    public bool TryBuild(out ReadOnlyMemory<byte> batch)
    {
        Invariant.That(RecordCount > 0);
        batch = default;
        var finished = _plain;
        if (Options.Compression != CompressionType.None)
        {
            finished = _compressed ??= new PooledBytes(_plain.Length);
            finished.Clear();
            finished.Take(BatchHeader.Size);
            var level = Options.CompressionLevel ?? Codec.DefaultLevel(Options.Compression);
            if (Codec.For(Options.Compression)!.Compress(_plain.Written[BatchHeader.Size..], finished, level) != CodecOutcome.Done)
                return false;
        }

        WriteHeader(finished.Written);
        batch = finished.WrittenMemory;
        return true;
    }

    /// <summary>As <see cref="TryBuild"/>, for codecs that are known to work here.</summary>
    public ReadOnlyMemory<byte> Build()
    {
        Invariant.That(TryBuild(out var batch));
        return batch;
    }

    /// <summary>
    /// What compaction keeps of a batch that lost all its records, so that its producer's last sequence and the log's last offset stay
    /// known: the header with a count of 0.
    /// </summary>
    public static byte[] EmptyBatch(in BatchHeader header)
    {
        var batch = new byte[BatchHeader.Size];
        var attributes = BatchHeader.ToAttributes(
            CompressionType.None, header.TimestampType, header.IsTransactional, header.IsControl, deleteHorizon: false);
        WriteHeader(batch, header.BaseOffset, header.PartitionLeaderEpoch, attributes, header.LastOffsetDelta, BatchHeader.NoTimestamp,
            header.MaxTimestamp, header.ProducerId, header.ProducerEpoch, header.BaseSequence, 0);
        return batch;
    }

    public void Dispose()
    {
        _plain.Dispose();
        _compressed?.Dispose();
    }

    private Span<byte> BeginRecord(Offset offset, long timestampMs, NullableBytes key, NullableBytes value, int headerCount,
        int headersBytes)
    {
        var offsetDelta = checked((int)(offset - Options.BaseOffset));
        Invariant.That(offsetDelta > _lastOffsetDelta);
        if (RecordCount == 0) _baseTimestamp = timestampMs;
        var timestampDelta = timestampMs - _baseTimestamp;
        _maxTimestamp = Math.Max(_maxTimestamp, timestampMs);
        _lastOffsetDelta = offsetDelta;
        RecordCount++;

        var length = 1 + Varint.SizeOf(timestampDelta) + Varint.SizeOf(offsetDelta) + FieldBytes(key) + FieldBytes(value)
            + Varint.SizeOf(headerCount) + headersBytes;
        var rest = _plain.Take(Varint.SizeOf(length) + length);
        rest = rest[Varint.Write(rest, length)..];
        rest[0] = 0;
        rest = rest[1..];
        rest = rest[Varint.Write(rest, timestampDelta)..];
        rest = rest[Varint.Write(rest, offsetDelta)..];
        rest = WriteField(rest, key);
        rest = WriteField(rest, value);
        return rest[Varint.Write(rest, headerCount)..];
    }

    private static int FieldBytes(NullableBytes field) => field.IsNull ? 1 : Varint.SizeOf(field.Length) + field.Length;

    private static Span<byte> WriteField(Span<byte> rest, NullableBytes field)
    {
        rest = rest[Varint.Write(rest, field.IsNull ? -1 : field.Length)..];
        field.Span.CopyTo(rest);
        return rest[field.Length..];
    }

    private void WriteHeader(Span<byte> batch)
    {
        var timestampType = Options.LogAppendTimeMs is null ? TimestampType.CreateTime : TimestampType.LogAppendTime;
        var attributes =
            BatchHeader.ToAttributes(Options.Compression, timestampType, Options.IsTransactional, Options.IsControl, deleteHorizon: false);
        WriteHeader(batch, Options.BaseOffset, Options.PartitionLeaderEpoch, attributes, _lastOffsetDelta, _baseTimestamp,
            Options.LogAppendTimeMs ?? _maxTimestamp, Options.ProducerId, Options.ProducerEpoch, Options.BaseSequence, RecordCount);
    }

    private static void WriteHeader(
        Span<byte> batch, Offset baseOffset, LeaderEpoch leaderEpoch, short attributes, int lastOffsetDelta, long baseTimestamp,
        long maxTimestamp, ProducerId producerId, short producerEpoch, int baseSequence, int recordCount)
    {
        BatchHeader.SetBaseOffset(batch, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.LengthPosition..], batch.Length - BatchHeader.OverheadBytes);
        BatchHeader.SetPartitionLeaderEpoch(batch, leaderEpoch);
        batch[BatchHeader.MagicPosition] = BatchHeader.MagicLatest;
        BinaryPrimitives.WriteInt16BigEndian(batch[BatchHeader.AttributesPosition..], attributes);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.LastOffsetDeltaPosition..], lastOffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchHeader.BaseTimestampPosition..], baseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchHeader.MaxTimestampPosition..], maxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchHeader.ProducerIdPosition..], producerId.Value);
        BinaryPrimitives.WriteInt16BigEndian(batch[BatchHeader.ProducerEpochPosition..], producerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.BaseSequencePosition..], baseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchHeader.RecordCountPosition..], recordCount);
        BatchHeader.SetCrc(batch);
    }
}
