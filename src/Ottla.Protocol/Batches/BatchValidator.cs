using System.Buffers.Binary;
using Ottla.Protocol.Codecs;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Batches;

/// <summary>What a broker checks of the records that a producer sends for one partition, before it appends them.</summary>
/// <remarks>
/// Once per batch: header, checksum, and a walk over the lengths and offset deltas of the records, so that a false count or a gap is
/// refused (a few ns a record; keys and values are not touched). A compressed batch is decompressed for the walk, as Kafka does: into a
/// pooled buffer at once up to 2 MiB, larger ones through a window of 128 KiB. Allocates nothing for a good batch (gzip excepted, by the
/// framework's stream). Bad bytes are a verdict, never an exception. Stateless; any thread. Where Kafka answers UNKNOWN_SERVER_ERROR (an
/// unknown codec, data that do not decompress) we say what is wrong: UNSUPPORTED_COMPRESSION_TYPE, INVALID_RECORD.
/// </remarks>
public static class BatchValidator
{
    /// <summary>
    /// Records at fault that are named one by one. A client treats those that are not named as victims of the others, whatever their
    /// number.
    /// </summary>
    public const int RecordErrorsMax = 1000;

    /// <summary>
    /// Checks the records field of a produce request: exactly one batch, whole and sound, that keeps to <paramref name="rules"/>.
    /// </summary>
    /// <param name="records">The field.</param>
    /// <param name="rules">What the topic asks for.</param>
    /// <param name="nowMs">Time in ms since 1970.</param>
    public static BatchVerdict Validate(ReadOnlySpan<byte> records, in BatchRules rules, long nowMs)
    {
        if (FrameProblem(records) is { } refused) return refused;
        Invariant.That(BatchHeader.TryRead(records, out var header));
        if (HeaderProblem(header, records, rules) is { } problem) return problem;
        return Walked(header, records[BatchHeader.Size..], rules, nowMs);
    }

    private static BatchVerdict? FrameProblem(ReadOnlySpan<byte> records)
    {
        if (records.Length < BatchHeader.BytesUpToMagic)
            return Invalid("A produce request carries exactly one record batch for each partition; here is none.");
        var magic = records[BatchHeader.MagicPosition];
        if (magic > BatchHeader.MagicLatest) return Corrupt($"A record batch cannot have magic {(sbyte)magic}.");
        var size = BatchHeader.OverheadBytes + (long)BinaryPrimitives.ReadInt32BigEndian(records[BatchHeader.LengthPosition..]);
        if (size < BatchHeader.HeaderBytes(magic)) return Corrupt($"A record batch of {size} bytes cannot be.");
        if (size > records.Length) return Invalid($"The record batch has {size} bytes by its own account, and only {records.Length} came.");
        if (magic < BatchHeader.MagicLatest)
            return Invalid($"Record batches of magic {magic} are not taken any more; produce with magic 2 (clients since 0.11).");
        if (size < records.Length) return Invalid("A produce request carries exactly one record batch for each partition; here are more.");
        return null;
    }

    private static BatchVerdict? HeaderProblem(in BatchHeader header, ReadOnlySpan<byte> batch, in BatchRules rules)
    {
        if (header.BaseOffset != Offset.Zero) return Invalid($"The base offset of a produced batch is 0, not {header.BaseOffset}.");
        if (batch.Length > rules.MessageBytesMax)
            return BatchVerdict.Refuse(ErrorCode.MessageTooLarge,
                $"The record batch has {batch.Length} bytes; the topic takes {rules.MessageBytesMax} (max.message.bytes).");
        var crc = BatchHeader.ComputeCrc(batch);
        if (crc != header.Crc) return Corrupt($"The checksum of the record batch is {header.Crc}, that of its bytes {crc}.");
        if (header.LastOffsetDelta < 0 || header.RecordCount <= 0 || header.LastOffsetDelta != header.RecordCount - 1L)
            return Invalid($"A count of {header.RecordCount} records does not go with a last offset delta of {header.LastOffsetDelta}.");
        if (header.IsControl) return Invalid("Clients may not write control records.");
        if (header.HasProducerId && header.BaseSequence < 0)
            return Invalid($"Producer {header.ProducerId} sent the base sequence {header.BaseSequence}.");
        return null;
    }

    private static BatchVerdict Walked(in BatchHeader header, ReadOnlySpan<byte> records, in BatchRules rules, long nowMs)
    {
        var walk = new RecordWalk(header, rules, nowMs);
        if (!header.IsCompressed)
        {
            var cursor = new SpanCursor(records);
            walk.Run(ref cursor);
            return Judge(header, rules, nowMs, walk);
        }

        if (Codec.For(header.Compression) is not { } codec) return Unsupported($"Compression codec {(int)header.Compression} is unknown.");
        if (codec.UnavailableBecause is { } reason) return Unsupported(reason);
        var outcome = Decompressed(codec, records, rules.DecompressedBytesMax, ref walk);
        return outcome switch
        {
            CodecOutcome.Done => Judge(header, rules, nowMs, walk),
            CodecOutcome.TooLarge => BatchVerdict.Refuse(ErrorCode.MessageTooLarge,
                $"The record batch decompresses to more than {rules.DecompressedBytesMax} bytes (max.decompressed.message.bytes)."),
            _ => Invalid($"The records are not sound {header.Compression.ToString().ToLowerInvariant()}."),
        };
    }

    private static unsafe CodecOutcome Decompressed(ICodec codec, ReadOnlySpan<byte> records, int bytesMax, ref RecordWalk walk)
    {
        var bound = codec.DecompressedBytesMax(records);
        if (bound < 0) return CodecOutcome.Malformed;
        var atOnce = bound <= DecompressionBuffers.LargeBytes;
        var buffer = DecompressionBuffers.Rent(atOnce ? (int)bound : DecompressionBuffers.SmallBytes);
        try
        {
            if (atOnce)
            {
                var outcome = codec.Decompress(records, buffer, out var written);
                if (outcome != CodecOutcome.Done) return outcome;
                if (written > bytesMax) return CodecOutcome.TooLarge;
                var cursor = new SpanCursor(buffer.AsSpan(0, written));
                walk.Run(ref cursor);
                return CodecOutcome.Done;
            }

            fixed (byte* start = records)
            {
                using var pieces = codec.Open(start, records.Length);
                var cursor = new WindowCursor(pieces, buffer, bytesMax);
                walk.Run(ref cursor);
                return cursor.IsTooLarge ? CodecOutcome.TooLarge : pieces.Outcome;
            }
        }
        finally
        {
            DecompressionBuffers.Return(buffer);
        }
    }

    private static BatchVerdict Judge(in BatchHeader header, in BatchRules rules, long nowMs, in RecordWalk walk)
    {
        if (walk.Problem is { } problem) return Invalid(problem);
        if (walk.Errors is { } errors)
        {
            return new BatchVerdict(errors)
            {
                Error = walk.HasBadTimestamp ? ErrorCode.InvalidTimestamp : ErrorCode.InvalidRecord,
                Message = walk.HasBadTimestamp ? "One or more records have been rejected due to invalid timestamp"
                    : $"One or more records have been rejected due to {walk.ErrorCount} record errors; the first: {errors[0].Message}",
                Header = header,
            };
        }

        var isAppendTime = rules.TimestampType == TimestampType.LogAppendTime;
        var maxTimestamp = isAppendTime ? nowMs : walk.MaxTimestamp;
        return new BatchVerdict
        {
            Header = header,
            MaxTimestamp = maxTimestamp,
            OffsetDeltaOfMaxTimestamp = isAppendTime ? 0 : walk.IndexOfMaxTimestamp,
            NeedsTimestamp = header.TimestampType != rules.TimestampType || header.MaxTimestamp != maxTimestamp,
        };
    }

    private static BatchVerdict Invalid(string message) => BatchVerdict.Refuse(ErrorCode.InvalidRecord, message);

    private static BatchVerdict Corrupt(string message) => BatchVerdict.Refuse(ErrorCode.CorruptMessage, message);

    private static BatchVerdict Unsupported(string message) => BatchVerdict.Refuse(ErrorCode.UnsupportedCompressionType, message);
}
