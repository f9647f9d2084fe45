using System.Buffers;
using Ottla.Protocol.Batches;
using Ottla.Runtime.Files;

namespace Ottla.Log.Segments;

/// <summary>Walks over whole batches of a file, their bytes and all: for recovery, and for looking at records.</summary>
/// <remarks>
/// One thread. The buffer grows to the largest batch, at most to what is left of the file: a length that lies costs as much memory until the walk ends.
/// Small buffers are rented, large ones left to the collector, so that none is kept. <see cref="Bytes"/> is good until the next <see cref="Next"/>.
/// </remarks>
internal sealed class BatchScanner(IStorageFile file, int position, int end) : IDisposable
{
    private const int BufferBytesFirst = 64 << 10;

    /// <summary>Twice the default limit of a message, and a power of two, as the pool's sizes are.</summary>
    private const int RentedBytesMax = 2 << 20;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Math.Clamp(end - position, BatchHeader.Size, BufferBytesFirst));
    private int _bufferStart = position;
    private int _bufferBytes;
    private BatchHeader _header;

    public ref readonly BatchHeader Header => ref _header;

    /// <summary>Where the current batch begins.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Where the next one begins; once <see cref="Next"/> was false: bytes of whole batches.</summary>
    public int NextPosition { get; private set; } = position;

    public BatchesEnd End { get; private set; }

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(Position - _bufferStart, _header.SizeInBytes);

    public bool Next(bool checkCrc = false)
    {
        var left = end - NextPosition;
        if (left <= 0) return Stop(BatchesEnd.Whole);
        var bytes = Window(Math.Min(left, BatchHeader.Size));
        if (bytes.Length < BatchHeader.BytesUpToMagic) return Stop(BatchesEnd.Incomplete);
        if (!BatchHeader.TryRead(bytes, out _header)) return Stop(bytes.Length < BatchHeader.Size ? BatchesEnd.Incomplete : BatchesEnd.Malformed);
        if (_header.BatchLength > left - BatchHeader.OverheadBytes) return Stop(BatchesEnd.Incomplete);
        bytes = Window(_header.SizeInBytes);
        if (bytes.Length < _header.SizeInBytes) return Stop(BatchesEnd.Incomplete);
        if (checkCrc && !_header.HasValidCrc(bytes)) return Stop(BatchesEnd.WrongCrc);
        Position = NextPosition;
        NextPosition += _header.SizeInBytes;
        return true;
    }

    public void Dispose()
    {
        GiveBack();
    }

    private ReadOnlySpan<byte> Window(int wanted)
    {
        var at = NextPosition - _bufferStart;
        if (at + wanted > _bufferBytes)
        {
            if (wanted > _buffer.Length)
            {
                GiveBack();
                _buffer = wanted > RentedBytesMax ? GC.AllocateUninitializedArray<byte>(wanted) : ArrayPool<byte>.Shared.Rent(wanted);
            }

            _bufferStart = NextPosition;
            _bufferBytes = file.ReadFully(NextPosition, _buffer.AsSpan(0, Math.Min(_buffer.Length, end - NextPosition)));
            at = 0;
        }

        return _buffer.AsSpan(at, Math.Min(_bufferBytes - at, wanted));
    }

    private void GiveBack()
    {
        if (_buffer.Length is > 0 and <= RentedBytesMax) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private bool Stop(BatchesEnd why)
    {
        End = why;
        return false;
    }
}
