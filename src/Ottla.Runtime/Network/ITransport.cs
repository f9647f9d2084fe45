using Ottla.Runtime.Loops;

namespace Ottla.Runtime.Network;

/// <summary>The network, as Ottla sees it: TCP of the operating system, or the simulator's.</summary>
public interface ITransport
{
    /// <summary>Listens on an address; port 0 takes a free one.</summary>
    /// <exception cref="IOException">The address can't be had; the message says which and why.</exception>
    IServerSocket Listen(string host, int port, int backlog);

    /// <summary>Connects to an address; a name with several addresses is tried one after the other.</summary>
    /// <exception cref="ConnectException">No answer, or refused.</exception>
    ValueTask<IByteStream> Connect(string host, int port, CancellationToken cancellation);
}

/// <summary>A listening socket.</summary>
public interface IServerSocket : IDisposable
{
    int Port { get; }

    /// <summary>Waits for the next connection; null once the socket is disposed.</summary>
    ValueTask<IByteStream?> Accept();
}

/// <summary>One connection: bytes both ways. One reader and one writer at a time.</summary>
/// <remarks>Failure: <see cref="ConnectionLostException"/>, whoever broke it.</remarks>
public interface IByteStream : IDisposable
{
    /// <summary>The peer's address without its port.</summary>
    string RemoteHost { get; }

    int RemotePort { get; }

    /// <summary>The turn that serves this connection now together with others, for the thread that runs it; null where nobody else would join
    /// in, or where the caller is not run by a turn.</summary>
    Turn? Turn { get; }

    /// <summary>Cancelled when the peer has closed its direction or is gone, or the connection was closed here; noticed also while nobody
    /// receives, from the first look at this property on. What came before can still be received.</summary>
    CancellationToken PeerClosed { get; }

    /// <summary>Bytes that have gone either way: a connection that lives has more of them at the next look.</summary>
    long Moved { get; }

    /// <summary>Waits for bytes; 0 once the peer has closed. The buffer has room for one at least.</summary>
    /// <exception cref="ConnectionLostException">The connection broke or was closed here.</exception>
    ValueTask<int> Receive(Memory<byte> buffer);

    /// <summary>Sends all of it. <paramref name="more"/>: further bytes follow at once, so the system may wait for them.</summary>
    ValueTask Send(ReadOnlyMemory<byte> bytes, bool more = false);

    /// <summary>
    /// Sends a range of a file without copying it through this process where the system can; the file must hold the whole range.
    /// </summary>
    /// <exception cref="ConnectionLostException">The connection broke or was closed here.</exception>
    /// <exception cref="IOException">The file can't be read; part of it may have been sent.</exception>
    ValueTask SendFile(Files.IStorageFile file, long position, int length);

    /// <summary>Closes both directions at once; whoever waits gets a <see cref="ConnectionLostException"/>.</summary>
    void Close();
}
