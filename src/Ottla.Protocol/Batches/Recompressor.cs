using System.Buffers;
using System.Buffers.Binary;
using Ottla.Protocol.Codecs;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Batches;

/// <summary>Gives a batch another codec, as a topic's `compression.type` may ask of the broker.</summary>
/// <remarks>
/// The records pass through a window of 64 KiB, so that what 64 KiB of zstd unpack to is never in memory as a whole. What comes out is bounded by
/// `max.message.bytes`, as Kafka bounds it, and what passes through by <see cref="RatioMax"/> times that: a batch that no other codec could make small enough
/// would only cost time. Stateless; any thread. Nothing that a producer sends is an invariant here.
/// </remarks>
public static class Recompressor
{
    /// <summary>Decompressed bytes for each byte that the topic takes: records of 64 MiB in a batch of 1 MiB. Repetitive text comes to 20 or so.</summary>
    public const int RatioMax = 64;

    private const int WindowBytes = 64 << 10;

    /// <summary>
    /// Writes <paramref name="batch"/>, a whole and valid batch of magic 2, to <paramref name="target"/> with the codec
    /// <paramref name="to"/>. The records stay byte for byte what they were, and so do offsets, timestamps and the producer's fields;
    /// attributes, length and checksum change.
    /// </summary>
    /// <returns>UNSUPPORTED_COMPRESSION_TYPE where the codec's library is missing here, MESSAGE_TOO_LARGE where the batch would be larger than the topic
    /// takes.</returns>
    public static BatchVerdict Recompress(
        ReadOnlySpan<byte> batch, CompressionType to, int level, PooledBytes target, in BatchRules rules) =>
        Recompress(batch, Codec.For(to), level, target, rules);

    internal static BatchVerdict Recompress(ReadOnlySpan<byte> batch, ICodec? to, int level, PooledBytes target, in BatchRules rules)
    {
        Invariant.That(BatchHeader.TryRead(batch, out var header) && header.Magic == BatchHeader.MagicLatest
            && header.SizeInBytes == batch.Length);
        var start = target.Length;
        batch[..BatchHeader.Size].CopyTo(target.Take(BatchHeader.Size));
        var outcome = Recode(header, batch[BatchHeader.Size..], to, level, target, rules);
        if (outcome == CodecOutcome.Done && target.Length - start > rules.MessageBytesMax) outcome = CodecOutcome.TooLarge;
        if (outcome != CodecOutcome.Done) return Refuse(outcome, header.Compression, to, rules);

        var written = target.Written[start..];
        BinaryPrimitives.WriteInt32BigEndian(written[BatchHeader.LengthPosition..], written.Length - BatchHeader.OverheadBytes);
        var timestampType = header.TimestampType;
        var attributes = BatchHeader.ToAttributes(to?.Type ?? CompressionType.None, timestampType, header.IsTransactional, header.IsControl, header.HasDeleteHorizon);
        BinaryPrimitives.WriteInt16BigEndian(written[BatchHeader.AttributesPosition..], attributes);
        BatchHeader.SetCrc(written);
        return default;
    }

    private static CodecOutcome Recode(in BatchHeader header, ReadOnlySpan<byte> records, ICodec? to, int level, PooledBytes target, in BatchRules rules)
    {
        if (to is null && !header.IsCompressed)
        {
            target.Write(records);
            return CodecOutcome.Done;
        }

        var bytesMax = (int)Math.Min(rules.DecompressedBytesMax, (long)RatioMax * rules.MessageBytesMax);
        if (to is null)
            return Codec.Decompress(header.Compression, records, target, Math.Min(bytesMax, rules.MessageBytesMax - BatchHeader.Size));
        if (to.UnavailableBecause is not null) return CodecOutcome.Unavailable;
        if (!header.IsCompressed) return to.Compress(records, target, level);
        return Codec.For(header.Compression) is { } from ? Pass(from, records, to, level, target, bytesMax, rules.MessageBytesMax) : CodecOutcome.Malformed;
    }

    private static unsafe CodecOutcome Pass(
        ICodec from, ReadOnlySpan<byte> records, ICodec to, int level, PooledBytes target, int bytesMax, int targetBytesMax)
    {
        fixed (byte* start = records)
        {
            using var window = new PooledBytes(WindowBytes);
            using var pieces = from.Open(start, records.Length);
            using var compressor = to.OpenCompressor(target, level);
            for (long total = 0; ;)
            {
                var room = window.GetSpan(WindowBytes);
                var read = pieces.Read(room);
                if (read == 0) break;
                total += read;
                if (total > bytesMax || target.Length > targetBytesMax) return CodecOutcome.TooLarge;
                compressor.Write(room[..read]);
            }

            if (pieces.Outcome == CodecOutcome.Done) compressor.End();
            return pieces.Outcome;
        }
    }

    private static BatchVerdict Refuse(CodecOutcome outcome, CompressionType from, ICodec? to, in BatchRules rules) => outcome switch
    {
        CodecOutcome.Unavailable => BatchVerdict.Refuse(ErrorCode.UnsupportedCompressionType,
            $"The topic's compression.type can't be served here: {to?.UnavailableBecause ?? Codec.For(from)?.UnavailableBecause}"),
        CodecOutcome.TooLarge => BatchVerdict.Refuse(ErrorCode.MessageTooLarge,
            $"With the topic's compression.type the record batch has more than {rules.MessageBytesMax} bytes (max.message.bytes), "
            + $"or {RatioMax} times as many before it is compressed."),
        _ => BatchVerdict.Refuse(ErrorCode.InvalidRecord, $"The records are not sound {from.ToString().ToLowerInvariant()}."),
    };
}
