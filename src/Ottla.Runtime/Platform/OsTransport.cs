using System.Net;
using System.Net.Sockets;
using Ottla.Runtime.Network;
using Ottla.Runtime.Platform.Polling;

namespace Ottla.Runtime.Platform;

/// <summary>TCP of the operating system.</summary>
/// <remarks>
/// Connections are served by a poller of our own on Linux, and by .NET's elsewhere. Either way whoever waits for a socket goes on inline on
/// the thread that polls it (see <see cref="InlineCompletions"/>), which costs half of what the thread pool does. The price:
/// nothing on such a thread may block.
/// Disposed after its listeners; connections that are left are then served no more.
/// </remarks>
/// <param name="polls">Whether to use a poller of our own where the system has epoll.</param>
public sealed class OsTransport(bool polls = true) : ITransport, IDisposable
{
    private readonly Lazy<Poller>? _poller = polls && OperatingSystem.IsLinux() ? new(() => new Poller(Math.Max(1, Environment.ProcessorCount - 1))) : null;

    /// <summary>Must run first thing in Main: the runtime reads the setting once, with the first socket.</summary>
    public static void InlineCompletions() => Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

    public IServerSocket Listen(string host, int port, int backlog)
    {
        var address = ListenAddress(host);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.Bind(new IPEndPoint(address, port));
            socket.NoDelay = true;
            KeepAlive(socket);
            socket.Listen(backlog);
            return _poller is null ? new OsServerSocket(socket) : new PolledServerSocket(socket, _poller.Value);
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            var where = $"{(host.Length == 0 ? "*" : host)}:{port}";
            throw new IOException(refused.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"Cannot listen on {where}: the address is in use. Stop the process that holds it, or set `listeners` to another port.",
                SocketError.AccessDenied => $"Cannot listen on {where}: the system does not allow it (ports below 1024 need a privilege).",
                SocketError.AddressNotAvailable => $"Cannot listen on {where}: this machine does not have that address. Correct the host in `listeners`.",
                _ => $"Cannot listen on {where}: {refused.Message}.",
            }, refused);
        }
    }

    public ValueTask<IByteStream> Connect(string host, int port, CancellationToken cancellation) =>
        _poller is null ? ConnectUnpolled(host, port, cancellation) : ConnectPolled(host, port, cancellation);

    public void Dispose()
    {
        if (_poller is { IsValueCreated: true }) _poller.Value.Dispose();
    }

    private async ValueTask<IByteStream> ConnectPolled(string host, int port, CancellationToken cancellation)
    {
        var addresses = await AddressesOf(host, port, cancellation).ConfigureAwait(false);
        for (var i = 0; ; i++)
        {
            try
            {
                return await PolledConnector.Connect(new IPEndPoint(addresses[i], port), _poller!.Value, cancellation).ConfigureAwait(false);
            }
            catch (ConnectException) when (i + 1 < addresses.Length)
            {
                // the next address may be the one that somebody listens on
            }
        }
    }

    private static async ValueTask<IPAddress[]> AddressesOf(string host, int port, CancellationToken cancellation)
    {
        if (host == "127.0.0.1") return [IPAddress.Loopback];
        if (IPAddress.TryParse(host, out var address)) return [address];
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellation).ConfigureAwait(false);
        }
        catch (SocketException unknown)
        {
            throw new ConnectException(FaultOf(unknown.SocketErrorCode), $"Cannot connect to {host}:{port}: {unknown.Message}", unknown);
        }
    }

    private static async ValueTask<IByteStream> ConnectUnpolled(string host, int port, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellation).ConfigureAwait(false);
            // a port of the range that the system gives out may be given to whoever knocks at it: then there is nobody but ourselves
            if (socket.LocalEndPoint!.Equals(socket.RemoteEndPoint)) throw new SocketException((int)SocketError.ConnectionRefused);
            return new OsByteStream(socket);
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            throw new ConnectException(FaultOf(refused.SocketErrorCode), $"Cannot connect to {host}:{port}: {refused.Message}", refused);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static ConnectFault FaultOf(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => ConnectFault.Refused,
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => ConnectFault.UnknownName,
        _ => ConnectFault.Unreachable,
    };

    /// <summary>A peer that lost its power or its network says nothing more: the system asks it after a minute, and it is gone after another. What is
    /// accepted inherits it.</summary>
    private static void KeepAlive(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 6);
    }

    private static IPAddress ListenAddress(string host)
    {
        if (host.Length == 0) return Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        // the usual ones by name: the framework's parser is generic over letters and is compiled when it is first needed
        if (host is "localhost" or "127.0.0.1") return IPAddress.Loopback;
        if (host == "0.0.0.0") return IPAddress.Any;
        if (IPAddress.TryParse(host, out var address)) return address;
        try
        {
            var found = Dns.GetHostAddresses(host);
            return Array.Find(found, a => a.AddressFamily == AddressFamily.InterNetwork) ?? found[0];
        }
        catch (SocketException unknown)
        {
            throw new IOException($"Cannot listen on {host}: the name has no address ({unknown.Message}). Correct the host in `listeners`.", unknown);
        }
    }
}

/// <summary>A listening socket of .NET.</summary>
internal sealed class OsServerSocket(Socket socket) : IServerSocket
{
    /// <summary>
    /// How long to wait when the process has no file handle left: long enough not to spin, short enough not to be noticed.
    /// </summary>
    internal static readonly TimeSpan NoHandlePause = TimeSpan.FromMilliseconds(100);

    public int Port => ((IPEndPoint)socket.LocalEndPoint!).Port;

    public async ValueTask<IByteStream?> Accept()
    {
        while (true)
        {
            try
            {
                var accepted = await socket.AcceptAsync().ConfigureAwait(false);
                accepted.NoDelay = true;
                return new OsByteStream(accepted);
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException closed) when (closed.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted)
            {
                return null;
            }
            catch (SocketException full) when (full.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                await Task.Delay(NoHandlePause).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // the peer gave up between its SYN and our accept: the next one
            }
        }
    }

    public void Dispose() => socket.Dispose();
}
