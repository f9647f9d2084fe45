using System.Buffers;

namespace Ottla.Protocol.Codecs;

/// <summary>A compression under way, into which bytes are pushed: for what is too large to have in memory.</summary>
/// <remarks>Owned by one caller, who ends and disposes it. What comes out goes to the target as it gets ready.</remarks>
public abstract class Compressor : IDisposable
{
    public abstract void Write(ReadOnlySpan<byte> piece);

    /// <summary>Nothing more comes: the rest goes to the target.</summary>
    public abstract void End();

    public abstract void Dispose();
}

/// <summary>A compression to a format made of blocks, each of which is compressed as a whole.</summary>
internal abstract class BlockCompressor(int blockBytes) : Compressor
{
    private byte[] _block = ArrayPool<byte>.Shared.Rent(blockBytes);
    private int _length;

    public sealed override void Write(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            var taken = Math.Min(piece.Length, blockBytes - _length);
            piece[..taken].CopyTo(_block.AsSpan(_length));
            _length += taken;
            piece = piece[taken..];
            if (_length == blockBytes) WriteFilled();
        }
    }

    public sealed override void End()
    {
        if (_length > 0) WriteFilled();
        WriteEnd();
    }

    public sealed override void Dispose()
    {
        if (_block.Length > 0) ArrayPool<byte>.Shared.Return(_block);
        _block = [];
    }

    private protected abstract void WriteBlock(ReadOnlySpan<byte> block);

    private protected abstract void WriteEnd();

    private void WriteFilled()
    {
        WriteBlock(_block.AsSpan(0, _length));
        _length = 0;
    }
}
