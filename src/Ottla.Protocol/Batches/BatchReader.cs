using System.Buffers.Binary;

namespace Ottla.Protocol.Batches;

/// <summary>Why a <see cref="BatchReader"/> went no further.</summary>
public enum BatchesEnd : byte
{
    /// <summary>The bytes end where a batch ends.</summary>
    Whole,

    /// <summary>A batch begins and its bytes are not all there. More of them may help: a torn tail, or a fetch that ended inside.</summary>
    Incomplete,

    /// <summary>What begins there cannot be a batch: unknown magic, or a length that no batch has.</summary>
    Malformed,

    /// <summary>The checksum is wrong (only where the reader checks them).</summary>
    WrongCrc,
}

/// <summary>Walks the whole batches at the start of a span of log bytes, of every magic.</summary>
/// <remarks>
/// Borrows the bytes; allocates nothing. Bad bytes are an outcome, not an exception: <see cref="Next"/> returns false,
/// <see cref="Position"/> is where the first batch that is not whole begins (what recovery keeps) and <see cref="End"/> says what is wrong
/// with it. Checksums are checked only if asked for, since most callers either have just checked them or read what was checked when it was
/// written.
/// </remarks>
public ref struct BatchReader(ReadOnlySpan<byte> bytes, bool checkCrc = false)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly bool _checkCrc = checkCrc;
    private int _currentPosition;
    private BatchHeader _header;

    /// <summary>Header of the batch that <see cref="Next"/> moved to.</summary>
    public readonly BatchHeader Header => _header;

    /// <summary>Where the current batch begins.</summary>
    public readonly int CurrentPosition => _currentPosition;

    /// <summary>The current batch from its first byte to its last.</summary>
    public readonly ReadOnlySpan<byte> Current => _bytes[_currentPosition..Position];

    /// <summary>Bytes of whole batches so far: where the next one begins.</summary>
    public int Position { get; private set; }

    /// <summary>Why the last <see cref="Next"/> returned false.</summary>
    public BatchesEnd End { get; private set; }

    /// <summary>Moves to the next whole batch.</summary>
    public bool Next()
    {
        var rest = _bytes[Position..];
        if (rest.IsEmpty) return Stop(BatchesEnd.Whole);
        if (rest.Length < BatchHeader.BytesUpToMagic) return Stop(BatchesEnd.Incomplete);

        var magic = rest[BatchHeader.MagicPosition];
        var size = BatchHeader.OverheadBytes + (long)BinaryPrimitives.ReadInt32BigEndian(rest[BatchHeader.LengthPosition..]);
        if (magic > BatchHeader.MagicLatest || size < BatchHeader.HeaderBytes(magic)) return Stop(BatchesEnd.Malformed);
        if (rest.Length < size) return Stop(BatchesEnd.Incomplete);
        if (!BatchHeader.TryRead(rest, out _header)) return Stop(BatchesEnd.Malformed);
        if (_checkCrc && !_header.HasValidCrc(rest[..(int)size])) return Stop(BatchesEnd.WrongCrc);

        _currentPosition = Position;
        Position += (int)size;
        return true;
    }

    private bool Stop(BatchesEnd end)
    {
        End = end;
        return false;
    }
}
