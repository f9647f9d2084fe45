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

    public override void Dispose() => _block = [];

    /// <summary>
    /// Decompresses the next block into <paramref name="block"/>, made larger as needed: its length, or -1 after the last or after
    /// <see cref="Decompressor.Fail"/>.
    /// </summary>
    private protected abstract int NextBlock(ref byte[] block);
}
