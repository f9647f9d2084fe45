using Ottla.Protocol.Batches;
using Ottla.Runtime.Files;

namespace Ottla.Log.Segments;

/// <summary>Walks from batch to batch in a file and looks at nothing but headers.</summary>
/// <remarks>
/// The buffer is the caller's, mostly on its stack: with small batches one read serves dozens of headers, with large ones each header costs
/// a read of the page cache.
/// What is not a whole batch ends the walk; <see cref="End"/> says why.
/// </remarks>
internal ref struct HeaderWalk(IStorageFile file, int position, int end, Span<byte> buffer)
{
    /// <summary>A buffer that is small enough for the stack and saves most reads where batches are small.</summary>
    public const int BufferBytes = 2048;

    private readonly Span<byte> _buffer = buffer;
    private int _bufferStart;
    private int _bufferBytes;
    private BatchHeader _header;

    public readonly BatchHeader Header => _header;

    /// <summary>Where the current batch begins.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Where the next one begins.</summary>
    public int NextPosition { get; private set; } = position;

    public BatchesEnd End { get; private set; }

    public bool Next()
    {
        var left = end - NextPosition;
        if (left <= 0) return Stop(BatchesEnd.Whole);
        if (left < BatchHeader.BytesUpToMagic) return Stop(BatchesEnd.Incomplete);
        var bytes = Window(Math.Min(left, BatchHeader.Size));
        if (bytes.Length < BatchHeader.BytesUpToMagic) return Stop(BatchesEnd.Incomplete);
        if (!BatchHeader.TryRead(bytes, out _header)) return Stop(bytes.Length < BatchHeader.Size ? BatchesEnd.Incomplete : BatchesEnd.Malformed);
        if (_header.BatchLength > left - BatchHeader.OverheadBytes) return Stop(BatchesEnd.Incomplete);
        Position = NextPosition;
        NextPosition += _header.SizeInBytes;
        return true;
    }

    private ReadOnlySpan<byte> Window(int wanted)
    {
        var at = NextPosition - _bufferStart;
        if (at < 0 || at + wanted > _bufferBytes)
        {
            _bufferStart = NextPosition;
            _bufferBytes = file.ReadFully(NextPosition, _buffer[..Math.Min(_buffer.Length, end - NextPosition)]);
            at = 0;
        }

        return _buffer[at..Math.Min(_bufferBytes, at + wanted)];
    }

    private bool Stop(BatchesEnd why)
    {
        End = why;
        return false;
    }
}
