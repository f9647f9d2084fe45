using System.Net;
using System.Net.Sockets;
using Ottla.Runtime.Files;
using Ottla.Runtime.Loops;
using Ottla.Runtime.Network;

namespace Ottla.Runtime.Platform;

/// <summary>A TCP connection of .NET, where there is no epoll.</summary>
internal sealed class OsByteStream : IByteStream
{
    private readonly Socket _socket;
    private readonly CancellationTokenSource _peerGone = new();
    private volatile bool _closed;
    private int _isWatching;
    private long _moved;

    public OsByteStream(Socket socket)
    {
        _socket = socket;
        var peer = socket.RemoteEndPoint as IPEndPoint;
        var address = peer?.Address ?? IPAddress.None;
        RemoteHost = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        RemotePort = peer?.Port ?? 0;
    }

    public string RemoteHost { get; }

    public int RemotePort { get; }

    public Turn? Turn => null;

    public long Moved => Volatile.Read(ref _moved);

    public CancellationToken PeerClosed
    {
        get
        {
            if (Interlocked.Exchange(ref _isWatching, 1) == 0) _ = Watch();
            return _peerGone.Token;
        }
    }

    public ValueTask<int> Receive(Memory<byte> buffer)
    {
        ValueTask<int> receiving;
        try
        {
            receiving = _socket.ReceiveAsync(buffer, SocketFlags.None, CancellationToken.None);
        }
        catch (ObjectDisposedException closed)
        {
            // closed between two calls: the socket says so at once, not by the task
            return ValueTask.FromException<int>(Broken(closed));
        }

        return Received(receiving);
    }

    public async ValueTask Send(ReadOnlyMemory<byte> bytes, bool more = false)
    {
        try
        {
            while (bytes.Length > 0)
            {
                var sent = await _socket.SendAsync(bytes, SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
                bytes = bytes[sent..];
                Interlocked.Add(ref _moved, sent);
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            throw Broken(broken);
        }
    }

    public ValueTask SendFile(IStorageFile file, long position, int length) => CopiedRange.Send(this, file, position, length);

    public void Close()
    {
        _closed = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // it is closed already, which is what was wanted
        }

        _socket.Dispose();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _peerGone.Cancel();
    }

    /// <summary>A receive of nothing ends when there is something, or the end; with something there, who receives finds the end behind it.</summary>
    private async Task Watch()
    {
        try
        {
            await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
            Volatile.Write(ref _isWatching, 0);
            if (IsAtEnd()) await _peerGone.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            await _peerGone.CancelAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<int> Received(ValueTask<int> receiving)
    {
        try
        {
            var count = await receiving.ConfigureAwait(false);
            Interlocked.Add(ref _moved, count);
            // the end that a Close on this side brings is no end of what the peer sends
            return count == 0 && _closed ? throw new ConnectionLostException("The connection was closed here") : count;
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            throw Broken(broken);
        }
    }

    /// <summary>Readable, and nothing to read. Whoever receives meanwhile may take what was readable, so it is looked at twice.</summary>
    private bool IsAtEnd() => _socket.Available == 0 && _socket.Poll(0, SelectMode.SelectRead) && _socket.Available == 0;

    private static ConnectionLostException Broken(Exception cause) => new($"The connection broke: {cause.Message}", cause);
}
