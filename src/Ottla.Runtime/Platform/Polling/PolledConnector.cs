using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Ottla.Runtime.Network;

namespace Ottla.Runtime.Platform.Polling;

/// <summary>Opens connections that a poller then serves: no thread of .NET's waits for them beside it.</summary>
internal static class PolledConnector
{
    private const int InProgress = 115;
    private const int Refused = 111;

    /// <summary>Connects to one address.</summary>
    /// <exception cref="ConnectException">Nobody is there, or no way there.</exception>
    public static async ValueTask<IByteStream> Connect(IPEndPoint to, Poller poller, CancellationToken cancellation)
    {
        var address = to.Serialize();
        var socket = PollCalls.NewSocket(to.AddressFamily == AddressFamily.InterNetworkV6);
        PolledStream? stream = null;
        try
        {
            PollCalls.SetNoDelay(socket);
            var error = PollCalls.TryConnect(socket, address.Buffer.Span[..address.Size]);
            if (error != 0 && error != InProgress) throw Failed(to, error);
            stream = new PolledStream(socket, poller, to.Address.ToString(), to.Port);
            using (cancellation.UnsafeRegister(static it => ((PolledStream)it!).Dispose(), stream))
            {
                if (error == InProgress) error = await stream.Connected().ConfigureAwait(false);
            }

            cancellation.ThrowIfCancellationRequested();
            if (error != 0) throw Failed(to, error);
            // a port of the range that the system gives out may be given to whoever knocks at it: then there is nobody but ourselves
            if (PollCalls.IsConnectedToItself(socket, address.Buffer.Span[..address.Size])) throw Failed(to, Refused);
            return stream;
        }
        catch (Exception failed)
        {
            stream?.Dispose();
            socket.Dispose();
            if (failed is IOException && cancellation.IsCancellationRequested) throw new OperationCanceledException(cancellation);
            throw;
        }
    }

    private static ConnectException Failed(IPEndPoint to, int error) => new(
        error == Refused ? ConnectFault.Refused : ConnectFault.Unreachable, $"Cannot connect to {to}: {Marshal.GetPInvokeErrorMessage(error)}");
}
