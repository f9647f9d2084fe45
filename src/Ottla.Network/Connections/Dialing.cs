using Ottla.Network.Links;
using Ottla.Runtime.Network;

namespace Ottla.Network.Connections;

/// <summary>Opens streams and says in the room's own terms why one could not be opened.</summary>
internal static class Dialing
{
    /// <summary>Connects; goes on on the thread pool, since whoever asked for the connection may do more than the thread that polls sockets
    /// may.</summary>
    public static async ValueTask<(IByteStream? Stream, LinkError? Error)> Connect(NodeAddress address, int timeoutMs, NetworkPlatform platform,
        CancellationToken cancellation)
    {
        var connected = await TryConnect(address, timeoutMs, platform, cancellation).ConfigureAwait(false);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return connected;
    }

    private static async ValueTask<(IByteStream? Stream, LinkError? Error)> TryConnect(NodeAddress address, int timeoutMs, NetworkPlatform platform,
        CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(timeoutMs), platform.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            return (await platform.Transport.Connect(address.Host, address.Port, either.Token).ConfigureAwait(false), null);
        }
        catch (ConnectException refused)
        {
            return (null, new LinkError(FailureOf(refused.Fault), address, refused.Message, refused));
        }
        catch (IOException failed)
        {
            return (null, new LinkError(LinkFailure.Unreachable, address, failed.Message, failed));
        }
        catch (ArgumentException impossible)
        {
            return (null, new LinkError(LinkFailure.UnknownName, address, $"{address} is no address: {impossible.Message}", impossible));
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            return (null, new LinkError(LinkFailure.TimedOut, address, $"{address} did not accept a connection within {timeoutMs} ms", late));
        }
    }

    private static LinkFailure FailureOf(ConnectFault fault) => fault switch
    {
        ConnectFault.Refused => LinkFailure.Refused,
        ConnectFault.UnknownName => LinkFailure.UnknownName,
        _ => LinkFailure.Unreachable,
    };
}
