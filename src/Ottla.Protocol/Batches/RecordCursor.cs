using System.Runtime.CompilerServices;
using Ottla.Protocol.Codecs;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Batches;

/// <summary>
/// Moves over encoded records without looking at keys and values. Two forms, so that the walk is written once and compiled for each.
/// </summary>
internal interface IRecordCursor
{
    /// <summary>Bytes passed since the start.</summary>
    long Position { get; }

    bool TryRead(out int value);

    bool TryRead(out long value);

    bool TrySkip(int count);

    /// <summary>Whether nothing follows.</summary>
    bool IsAtEnd();
}

/// <summary>Records that lie in memory as a whole.</summary>
internal ref struct SpanCursor(ReadOnlySpan<byte> records) : IRecordCursor
{
    private readonly ReadOnlySpan<byte> _records = records;
    private int _position;

    public readonly long Position => _position;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(out int value) => Varint.TryRead(_records, ref _position, out value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(out long value) => Varint.TryRead(_records, ref _position, out value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrySkip(int count)
    {
        if ((uint)count > (uint)(_records.Length - _position)) return false;
        _position += count;
        return true;
    }

    public readonly bool IsAtEnd() => _position == _records.Length;
}

/// <summary>
/// Records that come out of a decompression, seen through a window; never more than the window is in memory, however much comes.
/// </summary>
internal struct WindowCursor(Decompressor source, byte[] window, long bytesMax) : IRecordCursor
{
    private int _at;
    private int _filled;
    private long _before;

    /// <summary>More came than is allowed; the walk ends as if the data did.</summary>
    public bool IsTooLarge { get; private set; }

    public readonly long Position => _before + _at;

    public bool TryRead(out int value)
    {
        Fill(Varint.BytesMax);
        return Varint.TryRead(window.AsSpan(0, _filled), ref _at, out value);
    }

    public bool TryRead(out long value)
    {
        Fill(Varint.LongBytesMax);
        return Varint.TryRead(window.AsSpan(0, _filled), ref _at, out value);
    }

    public bool TrySkip(int count)
    {
        if (count < 0) return false;
        while (count > _filled - _at)
        {
            count -= _filled - _at;
            _at = _filled;
            if (!Fill(1)) return false;
        }

        _at += count;
        return true;
    }

    public bool IsAtEnd() => !Fill(1);

    /// <summary>Has <paramref name="count"/> bytes in the window unless the data end before.</summary>
    private bool Fill(int count)
    {
        if (_filled - _at >= count) return true;
        window.AsSpan(_at, _filled - _at).CopyTo(window);
        _before += _at;
        _filled -= _at;
        _at = 0;
        while (_filled < count && !IsTooLarge)
        {
            var read = source.Read(window.AsSpan(_filled));
            if (read == 0) break;
            _filled += read;
            if (_before + _filled > bytesMax) IsTooLarge = true;
        }

        return _filled >= count && !IsTooLarge;
    }
}
