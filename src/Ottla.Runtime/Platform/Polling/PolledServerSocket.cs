using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Ottla.Runtime.Loops;
using Ottla.Runtime.Network;

namespace Ottla.Runtime.Platform.Polling;

/// <summary>A listening socket, served by a poller, as what it accepts will be.</summary>
/// <remarks>One caller accepts at a time. What holds for every connection (no delay) is set on the listening socket, from which they inherit
/// it.</remarks>
internal sealed class PolledServerSocket : IServerSocket, IPolled
{
    private const int AddressBytesMax = 128;
    private const int FamilyIPv4 = 2;
    private const int FamilyIPv6 = 10;

    private readonly Socket _socket;
    private readonly Poller _poller;
    private readonly Readiness _readiness = new();
    private readonly long _id;
    private volatile bool _closed;

    public PolledServerSocket(Socket socket, Poller poller)
    {
        (_socket, _poller) = (socket, poller);
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        socket.Blocking = false;
        _id = _poller.Add(this, socket.SafeHandle);
    }

    public int Port { get; }

    public async ValueTask<IByteStream?> Accept()
    {
        while (!_closed)
        {
            _readiness.Begin();
            if (TryAccept(out var mustPause) is { } accepted) return accepted;
            if (mustPause) await Task.Delay(OsServerSocket.NoHandlePause).ConfigureAwait(false);
            else await _readiness.Wait().ConfigureAwait(false);
        }

        return null;
    }

    public void OnEvents(uint events, Turn turn) => _readiness.Signal();

    public void Dispose()
    {
        _closed = true;
        _poller.Remove(_id);
        _socket.Dispose();
        _readiness.Signal();
    }

    /// <summary>The next connection that waits; null where none does, or the process has no handle left for it.</summary>
    private PolledStream? TryAccept(out bool mustPause)
    {
        mustPause = false;
        Span<byte> address = stackalloc byte[AddressBytesMax];
        while (!_closed)
        {
            var addressLength = address.Length;
            int accepted;
            try
            {
                accepted = PollCalls.Accept(_socket.SafeHandle, address, ref addressLength, PollCalls.ForPolling);
            }
            catch (ObjectDisposedException)
            {
                return null;
            }

            if (accepted >= 0)
            {
                if (Welcome(new Descriptor(accepted), address) is { } stream) return stream;
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            mustPause = error is PollCalls.TooManyFiles or PollCalls.TooManyFilesInSystem or PollCalls.NoBuffers or PollCalls.NoMemory;
            // anything else: the peer gave up between its SYN and our accept, and the next one may wait
            if (mustPause || error == PollCalls.Again) return null;
        }

        return null;
    }

    private PolledStream? Welcome(Descriptor accepted, ReadOnlySpan<byte> address)
    {
        var (host, port) = Peer(address);
        try
        {
            return new PolledStream(accepted, _poller, host, port);
        }
        catch (Exception stopped) when (stopped is IOException or ObjectDisposedException)
        {
            accepted.Dispose();
            return null;
        }
    }

    /// <summary>Reads a struct sockaddr_in or sockaddr_in6.</summary>
    private static (string Host, int Port) Peer(ReadOnlySpan<byte> address)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        IPAddress? host = MemoryMarshal.Read<ushort>(address) switch
        {
            FamilyIPv4 => new(address.Slice(4, 4)),
            FamilyIPv6 => new(address.Slice(8, 16), MemoryMarshal.Read<uint>(address[24..])),
            _ => null,
        };
        return ((host is { IsIPv4MappedToIPv6: true } ? host.MapToIPv4() : host ?? IPAddress.None).ToString(), port);
    }
}
