using System.Buffers;
using Ottla.Protocol.Batches;

namespace Ottla.Protocol.Codecs;

/// <summary>The codecs by their number on the wire, and what is done with them most.</summary>
public static class Codec
{
    private static readonly ICodec?[] s_byType = [null, new Gzip(), new Snappy(), new Lz4(), new Zstd()];

    /// <summary>The codec of a type other than <see cref="CompressionType.None"/>; null where the number has none.</summary>
    public static ICodec? For(CompressionType type) => (int)type < s_byType.Length ? s_byType[(int)type] : null;

    /// <summary>
    /// Level that Kafka takes where none is configured (`compression.gzip.level`, `compression.lz4.level`, `compression.zstd.level`).
    /// </summary>
    public static int DefaultLevel(CompressionType type) => type switch
    {
        CompressionType.Gzip => Gzip.LevelDefault,
        CompressionType.Lz4 => Lz4.LevelDefault,
        CompressionType.Zstd => Zstd.LevelDefault,
        _ => 0,
    };

    /// <summary>
    /// Decompresses all of <paramref name="source"/>, unless more than <paramref name="bytesMax"/> come out. What was written before a
    /// failure is of no use.
    /// </summary>
    public static CodecOutcome Decompress(CompressionType type, ReadOnlySpan<byte> source, IBufferWriter<byte> target, int bytesMax)
    {
        if (For(type) is not { } codec) return CodecOutcome.Malformed;
        return Decompress(codec, source, target, bytesMax);
    }

    internal static CodecOutcome Decompress(ICodec codec, ReadOnlySpan<byte> source, IBufferWriter<byte> target, int bytesMax)
    {
        if (codec.UnavailableBecause is not null) return CodecOutcome.Unavailable;
        var bound = codec.DecompressedBytesMax(source);
        if (bound < 0) return CodecOutcome.Malformed;
        if (bound > DecompressionBuffers.LargeBytes) return DecompressByPieces(codec, source, target, bytesMax);

        var outcome = codec.Decompress(source, target.GetSpan((int)bound), out var written);
        if (outcome != CodecOutcome.Done) return outcome;
        if (written > bytesMax) return CodecOutcome.TooLarge;
        target.Advance(written);
        return CodecOutcome.Done;
    }

    private static unsafe CodecOutcome DecompressByPieces(ICodec codec, ReadOnlySpan<byte> source, IBufferWriter<byte> target, int bytesMax)
    {
        const int pieceBytes = 64 << 10;
        fixed (byte* start = source)
        {
            using var pieces = codec.Open(start, source.Length);
            for (long total = 0; ;)
            {
                var read = pieces.Read(target.GetSpan(pieceBytes));
                if (read == 0) return pieces.Outcome;
                total += read;
                if (total > bytesMax) return CodecOutcome.TooLarge;
                target.Advance(read);
            }
        }
    }
}
