using System.Buffers;

namespace Ottla.Protocol.Codecs;

/// <summary>A decompression under way, from which bytes are pulled.</summary>
/// <remarks>
/// Owned by one caller, who pins the source and disposes. Bad bytes end it: <see cref="Read"/> gives 0 and <see cref="Outcome"/> says why.
/// </remarks>
public abstract class Decompressor : IDisposable
{
    /// <summary><see cref="CodecOutcome.Done"/> as long as nothing is wrong.</summary>
    public CodecOutcome Outcome { get; private protected set; }

    /// <summary>Fills some of <paramref name="target"/>, which is not empty; 0 at the end of the data or of what is sound of it.</summary>
    public abstract int Read(Span<byte> target);

    public abstract void Dispose();

    private protected int Fail(CodecOutcome outcome)
    {
        Outcome = outcome;
        return 0;
    }
}

/// <summary>A decompression of a format made of blocks, each of which is decompressed as a whole and handed out from a buffer.</summary>
/// <remarks>The buffer is rented: lz4 of Go clients has blocks of 4 MiB, and one made anew for each batch costs more than all the rest.</remarks>
internal abstract class BlockDecompressor : Decompressor
{
    private byte[] _block = [];
    private int _position;
    private int _length;

    public sealed override int Read(Span<byte> target)
    {
        while (_position == _length)
        {
            _position = 0;
            _length = Outcome == CodecOutcome.Done ? NextBlock(ref _block) : -1;
            if (_length >= 0) continue;
            _length = 0;
            return 0;
        }

        var taken = Math.Min(target.Length, _length - _position);
        _block.AsSpan(_position, taken).CopyTo(target);
        _position += taken;
        return taken;
    }

    public override void Dispose() => Grow(ref _block, 0);

    /// <summary>Gives the buffer back and takes one of at least <paramref name="bytes"/>, if it is not that large already.</summary>
    private protected static void Grow(ref byte[] block, int bytes)
    {
        if (bytes > 0 && block.Length >= bytes) return;
        if (block.Length > 0) ArrayPool<byte>.Shared.Return(block);
        block = bytes > 0 ? ArrayPool<byte>.Shared.Rent(bytes) : [];
    }

    /// <summary>
    /// Decompresses the next block into <paramref name="block"/>, made larger as needed: its length, or -1 after the last or after
    /// <see cref="Decompressor.Fail"/>.
    /// </summary>
    private protected abstract int NextBlock(ref byte[] block);
}
