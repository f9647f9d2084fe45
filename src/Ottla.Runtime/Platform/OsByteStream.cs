using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Ottla.Runtime.Files;
using Ottla.Runtime.Network;

namespace Ottla.Runtime.Platform;

/// <summary>A TCP connection of the operating system.</summary>
internal sealed class OsByteStream : IByteStream
{
    /// <summary>Ranges below this are copied: one send with the header costs less than a second call of the system.</summary>
    private const int CopyBelowBytes = 4 << 10;

    /// <summary>
    /// What is copied through memory when the socket's buffer is full: the await for room is .NET's own, and then sendfile goes on.
    /// </summary>
    private const int CopyChunkBytes = 32 << 10;

    private readonly Socket _socket;

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

        return receiving.IsCompletedSuccessfully ? receiving : Translated(receiving);
    }

    public async ValueTask Send(ReadOnlyMemory<byte> bytes, bool more = false)
    {
        try
        {
            while (bytes.Length > 0)
            {
                var sent = await _socket.SendAsync(bytes, SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
                bytes = bytes[sent..];
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            throw Broken(broken);
        }
    }

    public async ValueTask SendFile(IStorageFile file, long position, int length)
    {
        if (length >= CopyBelowBytes && file is OsFile { Handle: var handle } && SendFileCall.IsSupported)
        {
            while (length > 0)
            {
                var sent = SendFileCall.TrySend(_socket, handle, position, length);
                if (sent > 0)
                {
                    position += sent;
                    length -= sent;
                    continue;
                }

                var chunk = Math.Min(length, CopyChunkBytes);
                await SendCopied(file, position, chunk).ConfigureAwait(false);
                position += chunk;
                length -= chunk;
            }

            return;
        }

        while (length > 0)
        {
            var chunk = Math.Min(length, CopyChunkBytes);
            await SendCopied(file, position, chunk).ConfigureAwait(false);
            position += chunk;
            length -= chunk;
        }
    }

    public void Close()
    {
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

    public void Dispose() => _socket.Dispose();

    private async ValueTask SendCopied(IStorageFile file, long position, int length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            if (file.ReadFully(position, buffer.AsSpan(0, length)) != length) throw new IOException("The file is shorter than the range that is to be sent");
            await Send(buffer.AsMemory(0, length)).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<int> Translated(ValueTask<int> receiving)
    {
        try
        {
            return await receiving.ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            throw Broken(broken);
        }
    }

    private static IOException Broken(Exception cause) => new($"The connection broke: {cause.Message}", cause);
}
