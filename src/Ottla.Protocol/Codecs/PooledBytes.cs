using System.Buffers;

namespace Ottla.Protocol.Codecs;

/// <summary>Bytes under construction in an array, rented where it is not large, which goes back when this is disposed.</summary>
/// <remarks>
/// Owned by one caller at a time. <see cref="Written"/> and <see cref="WrittenMemory"/> are good until the next write, <see cref="Clear"/>
/// or <see cref="Dispose"/>.
/// </remarks>
public sealed class PooledBytes(int initialBytes = 4096) : IBufferWriter<byte>, IDisposable
{
    /// <summary>Twice the default limit of a message; what is larger is rare, and left to the collector instead of being kept.</summary>
    private const int RentedBytesMax = 2 << 20;

    private byte[] _bytes = Taken(initialBytes);

    public int Length { get; private set; }

    public Span<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - Length));
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    /// <summary>Room for exactly <paramref name="count"/> bytes, counted as written; what they hold is up to the caller.</summary>
    public Span<byte> Take(int count)
    {
        Grow(count);
        Length += count;
        return _bytes.AsSpan(Length - count, count);
    }

    public void Dispose()
    {
        GiveBack();
        _bytes = [];
        Length = 0;
    }

    private void Grow(int room)
    {
        if (_bytes.Length - Length >= room) return;
        var larger = Taken((int)Math.Min(Math.Max(2L * _bytes.Length, (long)Length + room), Array.MaxLength));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        GiveBack();
        _bytes = larger;
    }

    private static byte[] Taken(int bytes) =>
        bytes > RentedBytesMax ? GC.AllocateUninitializedArray<byte>(bytes) : ArrayPool<byte>.Shared.Rent(bytes);

    private void GiveBack()
    {
        if (_bytes.Length is > 0 and <= RentedBytesMax) ArrayPool<byte>.Shared.Return(_bytes);
    }
}
