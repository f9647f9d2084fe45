using System.Buffers;
using System.Buffers.Binary;
using Ottla.Protocol.Batches;

namespace Ottla.Protocol.Codecs;

/// <summary>LZ4 in its frame format; blocks by liblz4 where it is installed, by <see cref="Lz4Block"/> otherwise.</summary>
/// <remarks>
/// Written as Kafka's own producer does: independent blocks of 64 KiB, no checksum but the header's, no content size. Read is what Kafka's
/// readers can read, since whatever is taken here is handed to them: one frame, independent blocks, checksums of blocks verified, content
/// size and content checksum passed over, bytes behind the frame ignored. Batches of magic 0 carry a header checksum taken over too many
/// bytes (KAFKA-3160); <paramref name="anyHeaderChecksum"/> takes it as it is.
/// </remarks>
internal sealed class Lz4(bool anyHeaderChecksum = false, bool managed = false) : ICodec
{
    /// <summary>
    /// The configuration's default. Kafka takes the fast compressor for it and the dense one for any other level, 1 to 17.
    /// </summary>
    public const int LevelDefault = 9;

    private const uint FrameMagic = 0x184d2204;
    private const uint StoredFlag = 0x80000000;
    private const int BlockBytes = 64 << 10;

    private readonly bool _native = !managed && Lz4Library.IsAvailable;

    /// <summary>Magic, version 1 with independent blocks, blocks of 64 KiB, and the checksum of the two.</summary>
    private static ReadOnlySpan<byte> Header => [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];

    private static ReadOnlySpan<byte> EndMark => [0, 0, 0, 0];

    public CompressionType Type => CompressionType.Lz4;

    public string? UnavailableBecause => null;

    public CodecOutcome Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> target, int level)
    {
        target.Write(Header);
        while (!source.IsEmpty)
        {
            var part = source[..Math.Min(BlockBytes, source.Length)];
            WriteBlock(part, target, level);
            source = source[part.Length..];
        }

        target.Write(EndMark);
        return CodecOutcome.Done;
    }

    public long DecompressedBytesMax(ReadOnlySpan<byte> source)
    {
        if (!TryReadHeader(source, out var frame)) return -1;
        long total = 0;
        while (TryTakeBlock(source, ref frame, out var block, out var stored)) total += stored ? block.Length : frame.BlockBytesMax;
        return frame.Ended ? total : -1;
    }

    public CodecOutcome Decompress(ReadOnlySpan<byte> source, Span<byte> target, out int written)
    {
        written = 0;
        if (!TryReadHeader(source, out var frame)) return CodecOutcome.Malformed;
        while (TryTakeBlock(source, ref frame, out var block, out var stored))
        {
            var room = target.Slice(written, Math.Min(frame.BlockBytesMax, target.Length - written));
            var length = DecompressBlock(block, stored, room);
            if (length < 0) return CodecOutcome.Malformed;
            written += length;
        }

        return frame.Ended ? CodecOutcome.Done : CodecOutcome.Malformed;
    }

    public unsafe Decompressor Open(byte* source, int sourceBytes) => new Pieces(this, source, sourceBytes);

    public Compressor OpenCompressor(IBufferWriter<byte> target, int level)
    {
        target.Write(Header);
        return new Blocks(this, target, level);
    }

    private void WriteBlock(ReadOnlySpan<byte> part, IBufferWriter<byte> target, int level)
    {
        var room = target.GetSpan(sizeof(uint) + Lz4Block.CompressedBytesMax(part.Length));
        var written = CompressBlock(part, room[sizeof(uint)..], level);
        var head = (uint)written;
        if (written <= 0 || written >= part.Length)
        {
            part.CopyTo(room[sizeof(uint)..]);
            written = part.Length;
            head = StoredFlag | (uint)written;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(room, head);
        target.Advance(sizeof(uint) + written);
    }

    private int CompressBlock(ReadOnlySpan<byte> source, Span<byte> target, int level)
    {
        if (!_native) return Lz4Block.Compress(source, target);
        return level == LevelDefault ? Lz4Library.Compress(source, target)
            : Lz4Library.CompressHigh(source, target, Math.Clamp(level, 1, 17));
    }

    private int DecompressBlock(ReadOnlySpan<byte> block, bool stored, Span<byte> target)
    {
        if (!stored) return _native ? Lz4Library.Decompress(block, target) : Lz4Block.Decompress(block, target);
        if (block.Length > target.Length) return -1;
        block.CopyTo(target);
        return block.Length;
    }

    private bool TryReadHeader(ReadOnlySpan<byte> source, out Frame frame)
    {
        frame = default;
        if (source.Length < Header.Length || BinaryPrimitives.ReadUInt32LittleEndian(source) != FrameMagic) return false;
        int flags = source[4], blockSize = source[5];
        var isVersion1 = flags >> 6 == 1;
        var isIndependent = (flags & 0x20) != 0;
        var hasContentSize = (flags & 0x08) != 0;
        var hasReserved = (flags & 0x03) != 0 || (blockSize & 0x8f) != 0;
        if (!isVersion1 || !isIndependent || hasReserved || blockSize >> 4 < 4) return false;

        var checksumAt = hasContentSize ? 14 : 6;
        if (source.Length <= checksumAt) return false;
        if (!anyHeaderChecksum && (byte)(XxHash32.Compute(source[4..checksumAt]) >> 8) != source[checksumAt]) return false;
        frame = new Frame { Position = checksumAt + 1, BlockBytesMax = 1 << 8 + 2 * (blockSize >> 4),
            HasBlockChecksums = (flags & 0x10) != 0 };
        return true;
    }

    /// <summary>
    /// Takes the next block: false at the end mark, which sets <see cref="Frame.Ended"/>, and where the bytes make no sense.
    /// </summary>
    private static bool TryTakeBlock(ReadOnlySpan<byte> source, ref Frame frame, out ReadOnlySpan<byte> block, out bool stored)
    {
        block = default;
        stored = false;
        var rest = source[frame.Position..];
        if (rest.Length < sizeof(uint)) return false;
        var head = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        if (head == 0)
        {
            frame.Ended = true;
            return false;
        }

        stored = (head & StoredFlag) != 0;
        var length = head & ~StoredFlag;
        var tail = frame.HasBlockChecksums ? sizeof(uint) : 0;
        if (length > (uint)frame.BlockBytesMax || length + tail > rest.Length - sizeof(uint)) return false;
        block = rest.Slice(sizeof(uint), (int)length);
        if (tail > 0 && BinaryPrimitives.ReadUInt32LittleEndian(rest[(sizeof(uint) + (int)length)..]) != XxHash32.Compute(block))
            return false;
        frame.Position += sizeof(uint) + (int)length + tail;
        return true;
    }

    private struct Frame
    {
        public int Position;
        public int BlockBytesMax;
        public bool HasBlockChecksums;
        public bool Ended;
    }

    private sealed class Blocks(Lz4 codec, IBufferWriter<byte> target, int level) : BlockCompressor(BlockBytes)
    {
        private protected override void WriteBlock(ReadOnlySpan<byte> block) => codec.WriteBlock(block, target, level);

        private protected override void WriteEnd() => target.Write(EndMark);
    }

    private sealed unsafe class Pieces(Lz4 codec, byte* source, int sourceBytes) : BlockDecompressor
    {
        private Frame _frame;
        private bool _begun;

        private protected override int NextBlock(ref byte[] block)
        {
            var all = new ReadOnlySpan<byte>(source, sourceBytes);
            if (_begun || codec.TryReadHeader(all, out _frame))
            {
                _begun = true;
                if (TryTakeBlock(all, ref _frame, out var compressed, out var stored))
                {
                    Grow(ref block, _frame.BlockBytesMax);
                    var length = codec.DecompressBlock(compressed, stored, block.AsSpan(0, _frame.BlockBytesMax));
                    if (length >= 0) return length;
                }
                else if (_frame.Ended)
                {
                    return -1;
                }
            }

            Fail(CodecOutcome.Malformed);
            return -1;
        }
    }
}
