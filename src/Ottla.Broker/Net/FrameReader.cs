using System.Buffers;
using System.Buffers.Binary;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Broker.Net;

/// <summary>Cuts what a connection receives into frames: int32 length, then that many bytes.</summary>
/// <remarks>
/// Owned by its connection; one frame at a time. A frame's memory is valid until the next call.
/// Small requests are read into one pooled buffer of <see cref="SmallBytes"/>, which the connection keeps: to wait without a buffer takes
/// another receive for each request, and a thousand idle connections with one cost 4 MiB.
/// A larger frame gets a buffer of its own that grows with the bytes that really came (a length alone allocates nothing) and is bounded by
/// `socket.request.max.bytes` and by the node's <see cref="RequestMemory"/>.
/// </remarks>
internal sealed class FrameReader(IByteStream stream, RequestMemory memory, int frameBytesMax) : IDisposable
{
    /// <summary>Holds all requests but larger produces and commits.</summary>
    private const int SmallBytes = 4 << 10;

    /// <summary>What a large frame gets before its bytes have come, and by what the buffer grows: the usual 1 MiB of a producer takes two
    /// steps.</summary>
    private const int FirstLargeBytes = 32 << 10;

    private const int Growth = 8;

    private const int LengthBytes = 4;

    private byte[] _buffer = [];
    private byte[]? _large;
    private int _start;
    private int _end;

    /// <summary>Whether the next frame has come already, so that its answer can go out together with this one's.</summary>
    public bool HasNext
    {
        get
        {
            var available = _end - _start;
            return available >= LengthBytes && available - LengthBytes >= BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
        }
    }

    /// <summary>The next frame without its length; null once the peer has closed, whether or not a frame was begun.</summary>
    /// <exception cref="MalformedMessageException">A length that no request has.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> Next()
    {
        ReleaseLarge();
        while (true)
        {
            if (_end - _start >= LengthBytes)
            {
                var length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
                if (length <= 0) throw new MalformedMessageException($"a frame of {length} bytes");
                if (length > frameBytesMax) throw new MalformedMessageException($"a frame of {length:N0} bytes; at most {frameBytesMax:N0} are taken (socket.request.max.bytes)");
                if (_end - _start - LengthBytes >= length)
                {
                    var frame = _buffer.AsMemory(_start + LengthBytes, length);
                    _start += LengthBytes + length;
                    return frame;
                }

                if (LengthBytes + length > SmallBytes) return await NextLarge(length).ConfigureAwait(false);
            }

            if (!await ReceiveSmall().ConfigureAwait(false)) return null;
        }
    }

    public void Dispose()
    {
        ReleaseLarge();
        ReleaseSmall();
    }

    private async ValueTask<bool> ReceiveSmall()
    {
        if (_buffer.Length == 0) _buffer = ArrayPool<byte>.Shared.Rent(SmallBytes);
        if (_start == _end) _start = _end = 0;
        else if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            _end -= _start;
            _start = 0;
        }

        var count = await stream.Receive(_buffer.AsMemory(_end, SmallBytes - _end)).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }

    private async ValueTask<ReadOnlyMemory<byte>?> NextLarge(int length)
    {
        await memory.Enter().ConfigureAwait(false);
        var filled = _end - _start - LengthBytes;
        GrowLarge(Math.Min(length, FirstLargeBytes), _buffer.AsSpan(_start + LengthBytes, filled));
        ReleaseSmall();
        while (filled < length)
        {
            if (filled == _large!.Length) GrowLarge((int)Math.Min(length, _large.Length * (long)Growth), _large);
            var count = await stream.Receive(_large.AsMemory(filled, Math.Min(length, _large.Length) - filled)).ConfigureAwait(false);
            if (count == 0) return null;
            filled += count;
        }

        return _large.AsMemory(0, length);
    }

    private void GrowLarge(int bytes, ReadOnlySpan<byte> filled)
    {
        var grown = ArrayPool<byte>.Shared.Rent(bytes);
        filled.CopyTo(grown);
        ReleaseLarge();
        memory.Take(grown.Length);
        _large = grown;
    }

    private void ReleaseSmall()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }

    private void ReleaseLarge()
    {
        if (_large is null) return;
        memory.Release(_large.Length);
        ArrayPool<byte>.Shared.Return(_large);
        _large = null;
    }
}
