using System.Buffers;
using System.Buffers.Binary;
using Ottla.Protocol.Batches;

namespace Ottla.Protocol.Codecs;

/// <summary>
/// Snappy in the two framings that clients use: one raw block, and the stream of blocks that snappy-java writes ("xerial").
/// </summary>
/// <remarks>
/// Written is the second, as by Kafka's own producer: 16 bytes of header, then blocks of 32 KiB, each after its compressed length. Streams
/// that were joined carry further headers between their blocks, which Java's reader skips, and so do we.
/// </remarks>
internal sealed class Snappy : ICodec
{
    private const int BlockBytes = 32 << 10;
    private const int HeaderBytes = 16;

    /// <summary>The stream's magic, then its version and the oldest compatible one, both 1.</summary>
    private static ReadOnlySpan<byte> Header =>
        [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];

    private static ReadOnlySpan<byte> Magic => Header[..8];

    public CompressionType Type => CompressionType.Snappy;

    public string? UnavailableBecause => null;

    public CodecOutcome Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> target, int level)
    {
        target.Write(Header);
        while (!source.IsEmpty)
        {
            var part = source[..Math.Min(BlockBytes, source.Length)];
            WriteBlock(part, target);
            source = source[part.Length..];
        }

        return CodecOutcome.Done;
    }

    public Compressor OpenCompressor(IBufferWriter<byte> target, int level)
    {
        target.Write(Header);
        return new Blocks(target);
    }

    public long DecompressedBytesMax(ReadOnlySpan<byte> source)
    {
        var rest = source;
        long total = 0;
        while (TryTakeBlock(source, ref rest, out var block))
        {
            if (!SnappyBlock.TryReadLength(block, out var length, out _)) return -1;
            total += length;
        }

        return rest.IsEmpty && !source.IsEmpty ? total : -1;
    }

    public CodecOutcome Decompress(ReadOnlySpan<byte> source, Span<byte> target, out int written)
    {
        written = 0;
        var rest = source;
        while (TryTakeBlock(source, ref rest, out var block))
        {
            if (!SnappyBlock.TryReadLength(block, out var length, out var header)) return CodecOutcome.Malformed;
            if (!SnappyBlock.TryDecompress(block[header..], target.Slice(written, length))) return CodecOutcome.Malformed;
            written += length;
        }

        return rest.IsEmpty ? CodecOutcome.Done : CodecOutcome.Malformed;
    }

    public unsafe Decompressor Open(byte* source, int sourceBytes) => new Pieces(source, sourceBytes);

    /// <summary>Takes the next raw block off <paramref name="rest"/>: false at the end, which is sound only if nothing is left.</summary>
    private static bool TryTakeBlock(ReadOnlySpan<byte> source, ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> block)
    {
        block = default;
        if (!source.StartsWith(Magic))
        {
            block = rest;
            rest = default;
            return !block.IsEmpty;
        }

        while (rest.StartsWith(Magic) && rest.Length >= HeaderBytes) rest = rest[HeaderBytes..];
        if (rest.Length < sizeof(int)) return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(rest);
        if (length <= 0 || length > rest.Length - sizeof(int)) return false;
        block = rest.Slice(sizeof(int), length);
        rest = rest[(sizeof(int) + length)..];
        return true;
    }

    private static void WriteBlock(ReadOnlySpan<byte> part, IBufferWriter<byte> target)
    {
        var room = target.GetSpan(sizeof(int) + SnappyBlock.CompressedBytesMax(part.Length));
        var written = SnappyBlock.Compress(part, room[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(room, written);
        target.Advance(sizeof(int) + written);
    }

    private sealed class Blocks(IBufferWriter<byte> target) : BlockCompressor(BlockBytes)
    {
        private protected override void WriteBlock(ReadOnlySpan<byte> block) => Snappy.WriteBlock(block, target);

        private protected override void WriteEnd()
        {
            // the format has no end mark
        }
    }

    private sealed unsafe class Pieces(byte* source, int sourceBytes) : BlockDecompressor
    {
        private int _taken;

        private protected override int NextBlock(ref byte[] block)
        {
            var all = new ReadOnlySpan<byte>(source, sourceBytes);
            var rest = all[_taken..];
            if (!TryTakeBlock(all, ref rest, out var compressed))
            {
                if (!rest.IsEmpty) Fail(CodecOutcome.Malformed);
                return -1;
            }

            _taken = sourceBytes - rest.Length;
            if (SnappyBlock.TryReadLength(compressed, out var length, out var header))
            {
                Grow(ref block, length);
                if (SnappyBlock.TryDecompress(compressed[header..], block.AsSpan(0, length))) return length;
            }

            Fail(CodecOutcome.Malformed);
            return -1;
        }
    }
}
