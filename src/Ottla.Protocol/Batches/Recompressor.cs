using System.Buffers;
using System.Buffers.Binary;
using Ottla.Protocol.Codecs;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Batches;

/// <summary>Gives a batch another codec, as a topic's `compression.type` may ask of the broker.</summary>
public static class Recompressor
{
    /// <summary>
    /// Writes <paramref name="batch"/>, a whole and valid batch of magic 2, to <paramref name="target"/> with the codec
    /// <paramref name="to"/>. The records stay byte for byte what they were, and so do offsets, timestamps and the producer's fields;
    /// attributes, length and checksum change.
    /// </summary>
    public static CodecOutcome Recompress(ReadOnlySpan<byte> batch, CompressionType to, int level, PooledBytes target,
        int decompressedBytesMax)
    {
        Invariant.That(BatchHeader.TryRead(batch, out var header) && header.Magic == BatchHeader.MagicLatest
            && header.SizeInBytes == batch.Length);
        var start = target.Length;
        batch[..BatchHeader.Size].CopyTo(target.Take(BatchHeader.Size));
        var outcome = Recode(header, batch[BatchHeader.Size..], to, level, target, decompressedBytesMax);
        if (outcome != CodecOutcome.Done) return outcome;

        var written = target.Written[start..];
        BinaryPrimitives.WriteInt32BigEndian(written[BatchHeader.LengthPosition..], written.Length - BatchHeader.OverheadBytes);
        var timestampType = header.TimestampType;
        var attributes = BatchHeader.ToAttributes(to, timestampType, header.IsTransactional, header.IsControl, header.HasDeleteHorizon);
        BinaryPrimitives.WriteInt16BigEndian(written[BatchHeader.AttributesPosition..], attributes);
        BatchHeader.SetCrc(written);
        return CodecOutcome.Done;
    }

    private static CodecOutcome Recode(in BatchHeader header, ReadOnlySpan<byte> records, CompressionType to, int level, PooledBytes target,
        int bytesMax)
    {
        if (to == CompressionType.None)
            return header.IsCompressed ? Codec.Decompress(header.Compression, records, target, bytesMax) : Copy(records, target);
        var codec = Codec.For(to)!;
        if (!header.IsCompressed) return codec.Compress(records, target, level);

        using var plain = new PooledBytes(records.Length);
        var outcome = Codec.Decompress(header.Compression, records, plain, bytesMax);
        return outcome == CodecOutcome.Done ? codec.Compress(plain.Written, target, level) : outcome;
    }

    private static CodecOutcome Copy(ReadOnlySpan<byte> records, PooledBytes target)
    {
        target.Write(records);
        return CodecOutcome.Done;
    }
}
