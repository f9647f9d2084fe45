using Ottla.Broker.Coordination;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Loops;
using Ottla.Runtime.Network;

namespace Ottla.Broker.Net;

/// <summary>Who asks, how, and until when: what a handler knows of the connection that a request came by.</summary>
/// <remarks>One object a connection, reused: a connection has one request at work at a time (as Kafka's has), so nobody may keep it beyond
/// the answer.</remarks>
internal sealed class RequestContext : IDisposable
{
    private CancellationTokenSource? _ending;

    public required string ListenerName { get; init; }

    public required string ClientHost { get; init; }

    /// <summary>Cancelled when the node stops.</summary>
    public required CancellationToken Stopping { get; init; }

    /// <summary>The connection, for what it tells of its peer and its turns; none in tests of handlers.</summary>
    public IByteStream? Stream { get; init; }

    /// <summary>The frame of the request at work.</summary>
    public FrameReader? Frames { get; set; }

    public Principal Principal { get; set; } = Principal.Anonymous;

    public ApiKey ApiKey { get; set; }

    public short ApiVersion { get; set; }

    public string? ClientId { get; set; }

    /// <summary>Why the controller did not deal with the request at all, whatever the answer says in its own form; for whoever can ask
    /// another.</summary>
    public ErrorCode Refusal { get; set; }

    /// <summary>The request at work; nothing between requests, for it may be large.</summary>
    public IMessage? Request { get; set; }

    /// <summary>Cancelled when the node stops or the client has gone: whoever waits for more answers with what there is. Whatever waits for
    /// longer than for the disk has to wait for this, too.</summary>
    public CancellationToken Ending => (_ending ??= CancellationTokenSource.CreateLinkedTokenSource(Stopping, Stream?.PeerClosed ?? default)).Token;

    /// <summary>The turn to whose end small work may be left; null where it is done at once.</summary>
    public Turn? Turn => Stream?.Turn;

    /// <summary>The handler, and all to whom it handed the request, are done with the bytes that it borrows (`records`, `bytes`, unknown
    /// tags): its memory goes to other requests. To be called before a handler waits for others; where it is not, the frame is kept until
    /// the answer is written. Strings and numbers are no part of the frame.</summary>
    public void ReleaseFrame() => Frames?.Release();

    /// <summary>Waits for an answer that others bring about, as long as there is a client to give it to and a node to give it.</summary>
    public async ValueTask<T> Await<T>(Task<T> answer, Func<T> givenUp)
    {
        if (answer.IsCompleted) return await answer.ConfigureAwait(false);
        try
        {
            return await answer.WaitAsync(Ending).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Ending.IsCancellationRequested)
        {
            return givenUp();
        }
    }

    /// <summary>What the group coordinator wants to know of it; a host is written with a slash before it, as Java prints addresses and
    /// tools show them.</summary>
    public GroupRequestContext ForGroups() => new(ClientId ?? "", "/" + ClientHost, ApiVersion, ApiKey);

    /// <summary>The connection has ended.</summary>
    public void Dispose() => _ending?.Dispose();
}

/// <summary>Who is at the other end (KIP-11): `User:ANONYMOUS` on a listener without authentication.</summary>
internal sealed record Principal(string Type, string Name)
{
    public static readonly Principal Anonymous = new("User", "ANONYMOUS");

    public override string ToString() => $"{Type}:{Name}";
}
