using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Ottla.Runtime.Files;
using Ottla.Runtime.Loops;
using Ottla.Runtime.Network;

namespace Ottla.Runtime.Platform.Polling;

/// <summary>A TCP connection, served by a poller.</summary>
/// <remarks>
/// A receive that is less than its buffer has emptied the socket, so the next one waits for the poller without asking the system again
/// (epoll(7)); only where the peer has closed is it asked each time.
/// Whoever waits goes on on the poller's thread.
/// </remarks>
internal sealed class PolledStream : IByteStream, IPolled
{
    /// <summary>Ranges below this are copied: one send with the header costs less than a second call of the system.</summary>
    private const int CopyBelowBytes = 4 << 10;

    private readonly Descriptor _socket;
    private readonly Poller _poller;
    private readonly Readiness _reading = new();
    private readonly Readiness _writing = new();
    private readonly long _id;
    private volatile Turn? _turn;
    private volatile CancellationTokenSource? _peerGone;
    private volatile bool _peerClosed;
    private volatile bool _closed;
    private long _received;
    private long _sent;

    public PolledStream(Descriptor socket, Poller poller, string remoteHost, int remotePort)
    {
        (_socket, _poller, RemoteHost, RemotePort) = (socket, poller, remoteHost, remotePort);
        _id = poller.Add(this, socket);
    }

    public string RemoteHost { get; }

    public int RemotePort { get; }

    public long Moved => Volatile.Read(ref _received) + Volatile.Read(ref _sent);

    /// <summary>The last turn that had news of this socket; whoever it did not wake learns so from <see cref="Loops.Turn.IfShared"/>.</summary>
    public Turn? Turn => _turn?.IfShared;

    public CancellationToken PeerClosed
    {
        get
        {
            if (_peerGone is null) Interlocked.CompareExchange(ref _peerGone, new CancellationTokenSource(), null);
            // after the source is there to be seen: what ended before that found none to cancel
            if (_peerClosed || _closed) _peerGone.Cancel();
            return _peerGone.Token;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> Receive(Memory<byte> buffer)
    {
        while (true)
        {
            if (!_reading.IsReady) await _reading.Wait().ConfigureAwait(false);
            _reading.Begin();
            var count = TryReceive(buffer.Span);
            if (count < 0) continue;
            if (count == buffer.Length || count == 0 || _peerClosed) _reading.Keep();
            return count;
        }
    }

    /// <summary>Waits until a connection that is under way has come about or not; gives the system's error, 0 where it has.</summary>
    /// <exception cref="IOException">It was closed here.</exception>
    public async ValueTask<int> Connected()
    {
        await _writing.Wait().ConfigureAwait(false);
        ThrowIfClosed();
        return PollCalls.ErrorOf(_socket);
    }

    public ValueTask Send(ReadOnlyMemory<byte> bytes, bool more = false)
    {
        var sent = TrySend(bytes.Span, more);
        return sent == bytes.Length ? default : SendRest(bytes[sent..], more);
    }

    public ValueTask SendFile(IStorageFile file, long position, int length) =>
        length >= CopyBelowBytes && file is OsFile { Handle: var handle } ? SendFile(handle, position, length) : CopiedRange.Send(this, file, position, length);

    public void OnEvents(uint events, Turn turn)
    {
        const uint End = PollCalls.PeerClosed | PollCalls.HangUp | PollCalls.Error;
        _turn = turn;
        if ((events & End) != 0)
        {
            _peerClosed = true;
            Interlocked.MemoryBarrier();
            _peerGone?.Cancel();
        }

        if ((events & (PollCalls.In | End)) != 0) _reading.Signal();
        if ((events & (PollCalls.Out | PollCalls.HangUp | PollCalls.Error)) != 0) _writing.Signal();
    }

    /// <summary>The system's shutdown is an event like the peer's: whoever waits hears of it from the poller.</summary>
    public void Close()
    {
        _closed = true;
        try
        {
            _ = PollCalls.Shutdown(_socket, PollCalls.BothDirections);
        }
        catch (ObjectDisposedException)
        {
            // it is closed already, which is what was wanted
        }
    }

    public void Dispose()
    {
        _closed = true;
        _poller.Remove(_id);
        _socket.Dispose();
        _peerGone?.Cancel();
        _reading.Signal();
        _writing.Signal();
    }

    private async ValueTask SendRest(ReadOnlyMemory<byte> bytes, bool more)
    {
        while (bytes.Length > 0)
        {
            await _writing.Wait().ConfigureAwait(false);
            bytes = bytes[TrySend(bytes.Span, more)..];
        }
    }

    private async ValueTask SendFile(SafeFileHandle file, long position, int length)
    {
        while (true)
        {
            var sent = TrySendFile(file, position, length);
            position += sent;
            length -= sent;
            if (length == 0) return;
            await _writing.Wait().ConfigureAwait(false);
        }
    }

    /// <summary>What has come; -1 where nothing has, 0 at the end.</summary>
    private int TryReceive(Span<byte> buffer)
    {
        while (true)
        {
            ThrowIfClosed();
            try
            {
                var count = (int)PollCalls.Receive(_socket, buffer, buffer.Length, 0);
                if (count > 0)
                {
                    _received += count;
                    return count;
                }

                // the end that a Close on this side brings is no end of what the peer sends
                ThrowIfClosed();
                if (count == 0) return 0;
            }
            catch (ObjectDisposedException)
            {
                throw ClosedHere();
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == PollCalls.Again) return -1;
            if (error != PollCalls.Interrupted) throw Broken(error);
        }
    }

    /// <summary>Sends what the socket takes; where that is less than all of it, the caller waits for room.</summary>
    private int TrySend(ReadOnlySpan<byte> bytes, bool more)
    {
        var sent = 0;
        while (sent < bytes.Length)
        {
            ThrowIfClosed();
            _writing.Begin();
            try
            {
                var count = (int)PollCalls.Send(_socket, bytes[sent..], bytes.Length - sent, more ? PollCalls.NoSignal | PollCalls.More : PollCalls.NoSignal);
                if (count >= 0)
                {
                    sent += count;
                    _sent += count;
                    continue;
                }
            }
            catch (ObjectDisposedException)
            {
                throw ClosedHere();
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == PollCalls.Again) break;
            if (error != PollCalls.Interrupted) throw Broken(error);
        }

        return sent;
    }

    /// <summary>As <see cref="TrySend"/>, from a file.</summary>
    private int TrySendFile(SafeFileHandle file, long position, int length)
    {
        var sent = 0;
        while (sent < length)
        {
            ThrowIfClosed();
            _writing.Begin();
            var count = SendFileCall.TrySend(_socket, file, position + sent, length - sent);
            if (count == 0) break;
            sent += count;
            _sent += count;
        }

        return sent;
    }

    private void ThrowIfClosed()
    {
        if (_closed) throw ClosedHere();
    }

    private static ConnectionLostException ClosedHere() => new("The connection was closed here");

    private static ConnectionLostException Broken(int error) => new($"The connection broke: {Marshal.GetPInvokeErrorMessage(error)}");
}
