using System.Buffers;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Codecs;

/// <summary>Zstandard, by libzstd.</summary>
/// <remarks>
/// Contexts are pooled, as many as there are cores: one for compression takes some hundred KiB, one for decompression 160. Java's producers
/// write frames without their size; the library tells an upper bound from the number of blocks, and up to 2 MiB the frame is decompressed
/// in one call without the library's window. Larger ones go by pieces with a context of their own, because that one keeps the window's
/// memory (up to 128 MiB of address space, of which only what is written becomes resident).
/// </remarks>
internal sealed unsafe class Zstd : ICodec
{
    public const int LevelDefault = 3;

    private const int LevelMin = -131072;
    private const int LevelMax = 22;

    /// <summary>
    /// A context keeps the tables of the largest job that it did; above these they take more than a few MiB, and the context is let go.
    /// </summary>
    private const int PooledLevelMax = 9;
    private const int PooledSourceBytesMax = 1 << 20;

    private static readonly BoundedPool<Context> s_compressions =
        new(BoundedPool<Context>.PerCore, () => new Context(isDecompression: false));
    private static readonly BoundedPool<Context> s_decompressions =
        new(BoundedPool<Context>.PerCore, () => new Context(isDecompression: true));

    public CompressionType Type => CompressionType.Zstd;

    public string? UnavailableBecause { get; } = ZstdLibrary.IsAvailable ? null
        : "zstd needs the library libzstd (libzstd.so.1, libzstd.1.dylib or libzstd.dll), which is not installed. "
            + "Install it (Debian: apt-get install libzstd1) and start again.";

    public CodecOutcome Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> target, int level)
    {
        if (!ZstdLibrary.IsAvailable) return CodecOutcome.Unavailable;
        var room = target.GetSpan(checked((int)ZstdLibrary.CompressBound((nuint)source.Length)));
        var context = s_compressions.Rent();
        fixed (byte* from = source, to = room)
        {
            var clamped = Math.Clamp(level, LevelMin, LevelMax);
            var written = ZstdLibrary.Compress(context.Handle, to, (nuint)room.Length, from, (nuint)source.Length, clamped);
            Invariant.That(ZstdLibrary.IsError(written) == 0);
            target.Advance((int)written);
        }

        if (level <= PooledLevelMax && source.Length <= PooledSourceBytesMax) s_compressions.Return(context);
        else context.Dispose();
        return CodecOutcome.Done;
    }

    public long DecompressedBytesMax(ReadOnlySpan<byte> source)
    {
        // The bound is an extra of the library: without it everything goes by pieces.
        if (ZstdLibrary.DecompressBound is null) return long.MaxValue;
        fixed (byte* from = source)
        {
            const ulong malformed = ulong.MaxValue - 1;
            var bound = ZstdLibrary.DecompressBound(from, (nuint)source.Length);
            return bound >= malformed || source.IsEmpty ? -1 : (long)Math.Min(bound, long.MaxValue);
        }
    }

    public CodecOutcome Decompress(ReadOnlySpan<byte> source, Span<byte> target, out int written)
    {
        written = 0;
        if (!ZstdLibrary.IsAvailable) return CodecOutcome.Unavailable;
        var context = s_decompressions.Rent();
        nuint result;
        fixed (byte* from = source, to = target)
            result = ZstdLibrary.Decompress(context.Handle, to, (nuint)target.Length, from, (nuint)source.Length);
        s_decompressions.Return(context);
        if (ZstdLibrary.IsError(result) != 0) return CodecOutcome.Malformed;
        written = (int)result;
        return CodecOutcome.Done;
    }

    public Decompressor Open(byte* source, int sourceBytes) => new Pieces(source, sourceBytes);

    public Compressor OpenCompressor(IBufferWriter<byte> target, int level) => new Pushed(target, Math.Clamp(level, LevelMin, LevelMax));

    private sealed class Context(bool isDecompression) : IDisposable
    {
        public nint Handle { get; private set; } =
            Created(isDecompression ? ZstdLibrary.CreateDecompression() : ZstdLibrary.CreateCompression());

        public void Dispose()
        {
            if (isDecompression) ZstdLibrary.FreeDecompression(Handle);
            else ZstdLibrary.FreeCompression(Handle);
            Handle = 0;
        }

        private static nint Created(nint handle) =>
            handle != 0 ? handle : throw new InsufficientMemoryException("libzstd could not allocate a context.");
    }

    /// <summary>With a context of its own: its tables and window are given back at the end.</summary>
    private sealed class Pushed : Compressor
    {
        private const int LevelParameter = 100;
        private const int GoOn = 0;
        private const int EndFrame = 2;
        private const int RoomBytes = 64 << 10;

        private readonly IBufferWriter<byte> _target;
        private readonly Context _context = new(isDecompression: false);

        public Pushed(IBufferWriter<byte> target, int level)
        {
            _target = target;
            Invariant.That(ZstdLibrary.IsError(ZstdLibrary.SetParameter(_context.Handle, LevelParameter, level)) == 0);
        }

        public override void Write(ReadOnlySpan<byte> piece) => Push(piece, GoOn);

        public override void End() => Push([], EndFrame);

        public override void Dispose() => _context.Dispose();

        private void Push(ReadOnlySpan<byte> piece, int directive)
        {
            fixed (byte* from = piece)
            {
                var input = new ZstdLibrary.Buffer { Start = from, Size = (nuint)piece.Length };
                while (true)
                {
                    var room = _target.GetSpan(RoomBytes);
                    nuint left;
                    fixed (byte* to = room)
                    {
                        var output = new ZstdLibrary.Buffer { Start = to, Size = (nuint)room.Length };
                        left = ZstdLibrary.CompressStream(_context.Handle, &output, &input, directive);
                        Invariant.That(ZstdLibrary.IsError(left) == 0);
                        _target.Advance((int)output.Position);
                    }

                    // the frame's end has left the library once it has nothing left; pieces in between may stay inside
                    if (directive == EndFrame ? left == 0 : input.Position == input.Size) return;
                }
            }
        }
    }

    private sealed class Pieces(byte* source, int sourceBytes) : Decompressor
    {
        private readonly Context? _context = ZstdLibrary.IsAvailable ? new Context(isDecompression: true) : null;
        private nuint _position;
        private bool _betweenFrames;

        public override int Read(Span<byte> target)
        {
            if (_context is null) return Fail(CodecOutcome.Unavailable);
            if (Outcome != CodecOutcome.Done) return 0;
            fixed (byte* to = target)
            {
                while (true)
                {
                    if (_betweenFrames && _position == (nuint)sourceBytes) return 0;
                    var input = new ZstdLibrary.Buffer { Start = source, Size = (nuint)sourceBytes, Position = _position };
                    var output = new ZstdLibrary.Buffer { Start = to, Size = (nuint)target.Length };
                    var hint = ZstdLibrary.DecompressStream(_context.Handle, &output, &input);
                    if (ZstdLibrary.IsError(hint) != 0) return Fail(CodecOutcome.Malformed);
                    _position = input.Position;
                    _betweenFrames = hint == 0;
                    if (output.Position > 0) return (int)output.Position;
                    if (!_betweenFrames && _position == (nuint)sourceBytes) return Fail(CodecOutcome.Malformed);
                }
            }
        }

        public override void Dispose() => _context?.Dispose();
    }
}
