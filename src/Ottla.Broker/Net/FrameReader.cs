using System.Buffers.Binary;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Broker.Net;

/// <summary>Cuts what a connection receives into frames: int32 length, then that many bytes.</summary>
/// <remarks>
/// Owned by its connection. It is the one owner of a frame's memory: the frame is lent to one request, which borrows slices of it (`records`,
/// `bytes`), until <see cref="Release"/>. The connection calls that when the request's handler has ended, and never sooner, whatever else fails
/// meanwhile; a handler that will wait and touches none of the borrowed bytes any more calls it itself (<see cref="RequestContext.ReleaseFrame"/>).
/// So no frame outlives its request, and none is written over while a batch of it waits to be appended.
/// Small requests are read into one pooled buffer of <see cref="SmallBytes"/>, which the connection keeps: to wait without a buffer takes
/// another receive for each request, and a thousand idle connections with one cost 4 MiB.
/// A larger frame gets a buffer of its own that grows with the bytes that really came (a length alone allocates nothing) and is bounded by
/// `socket.request.max.bytes` and by the node's <see cref="RequestMemory"/>.
/// </remarks>
internal sealed class FrameReader(IByteStream stream, RequestMemory memory, int frameBytesMax) : IUpload, IDisposable
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
    private int _lent;
    private int _expected;
    private int _received;
    private bool _isAlone;

    /// <summary>Whether the next frame has come already, so that its answer can go out together with this one's.</summary>
    public bool HasNext
    {
        get
        {
            var available = _end - _start;
            return available >= LengthBytes && available - LengthBytes >= BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
        }
    }

    string IUpload.From => stream.RemoteHost;

    long IUpload.Expected => Volatile.Read(ref _expected);

    long IUpload.Received => Volatile.Read(ref _received);

    void IUpload.GiveUp() => stream.Close();

    /// <summary>The next frame without its length, lent until <see cref="Release"/>; null once the peer has closed, whether or not a frame was
    /// begun.</summary>
    /// <exception cref="MalformedMessageException">A length that no request has.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> Next()
    {
        Invariant.That(_lent == 0 && _large is null);
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
                    _lent = length;
                    return frame;
                }

                if (LengthBytes + length > SmallBytes) return await NextLarge(length).ConfigureAwait(false);
            }

            if (!await ReceiveSmall().ConfigureAwait(false)) return null;
        }
    }

    /// <summary>Nobody borrows the frame any more. Any thread, while the connection waits for the frame's request; a second call does
    /// nothing.</summary>
    public void Release()
    {
        if (_lent > 0) FrameMemory.Poison(_buffer.AsSpan(_start - _lent, _lent));
        _lent = 0;
        ReleaseLarge();
    }

    public void Dispose()
    {
        ReleaseLarge();
        ReleaseSmall();
    }

    private async ValueTask<bool> ReceiveSmall()
    {
        if (_buffer.Length == 0) _buffer = FrameMemory.Rent(SmallBytes);
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
        (_expected, _received) = (length, 0);
        await memory.Begin(this).ConfigureAwait(false);
        try
        {
            var filled = _end - _start - LengthBytes;
            await GrowLarge(Math.Min(length, FirstLargeBytes), _buffer.AsMemory(_start + LengthBytes, filled)).ConfigureAwait(false);
            ReleaseSmall();
            Volatile.Write(ref _received, filled);
            while (filled < length)
            {
                if (filled == _large!.Length) await GrowLarge((int)Math.Min(length, _large.Length * (long)Growth), _large).ConfigureAwait(false);
                var count = await stream.Receive(_large.AsMemory(filled, Math.Min(length, _large.Length) - filled)).ConfigureAwait(false);
                if (count == 0) return null;
                filled += count;
                Volatile.Write(ref _received, filled);
            }

            return _large.AsMemory(0, length);
        }
        finally
        {
            memory.End(this);
        }
    }

    private async ValueTask GrowLarge(int bytes, ReadOnlyMemory<byte> filled)
    {
        var mustBeAlone = bytes > memory.ShareBytesMax && !_isAlone;
        if (mustBeAlone)
        {
            await memory.BeAlone(this).ConfigureAwait(false);
            _isAlone = true;
        }

        var grown = FrameMemory.Rent(bytes);
        filled.CopyTo(grown);
        GiveBackLarge();
        memory.Take(Counted(grown));
        _large = grown;
    }

    private long Counted(byte[] buffer) => Math.Min(buffer.Length, memory.ShareBytesMax);

    private void ReleaseSmall()
    {
        if (_buffer.Length > 0) FrameMemory.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }

    private void ReleaseLarge()
    {
        GiveBackLarge();
        if (!_isAlone) return;
        _isAlone = false;
        memory.LeaveAlone(this);
    }

    private void GiveBackLarge()
    {
        if (_large is null) return;
        var given = _large;
        _large = null;
        memory.Release(Counted(given));
        memory.NoteDropped(given.Length);
        FrameMemory.Return(given);
    }
}
