using Ottla.Broker.Net;
using Ottla.Network.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Cluster.Controllers;

/// <summary>The controller of this very node: what its listener serves, asked without a connection.</summary>
/// <remarks>
/// A combined node takes no short cut: the request goes as bytes through the same endpoint that another node's would come to, with a
/// context of its own; only the socket is left out. Any thread.
/// </remarks>
internal sealed class LocalController(string listener, CancellationToken stopping)
{
    /// <summary>What the context gives as the address of whoever asks.</summary>
    private const string OwnHost = "127.0.0.1";

    private volatile Endpoints? _endpoints;

    /// <summary>Set once, when all endpoints are there; whoever asks before finds nothing served and comes again.</summary>
    public void Serve(Endpoints endpoints) => _endpoints = endpoints;

    /// <summary>The versions in which this node's controller serves an API; null where it does not.</summary>
    public VersionRange? VersionsOf(ApiKey key) => _endpoints?.Find(key)?.Versions;

    public async ValueTask<(TResponse? Response, LinkError? Error)> Ask<TRequest, TResponse>(Api<TRequest, TResponse> api, Func<short, TRequest> request,
        string clientId)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>
    {
        if (_endpoints is not { } endpoints) return (null, new LinkError(LinkFailure.Refused, default, "This node's controller does not listen yet"));
        var served = endpoints.Find(api.Key);
        var version = served is null ? (short)-1 : Math.Min(served.Versions.Max, api.Versions.Max);
        if (served is null || !served.Versions.Contains(version))
            return (null, new LinkError(LinkFailure.UnsupportedVersion, default, $"This node's controller does not serve {api.Key} ({api.Versions})"));
        using var writer = new MessageWriter();
        request(version).Write(writer, version);
        using var context = new RequestContext
        {
            ListenerName = listener, ClientHost = OwnHost, Stopping = stopping, ApiKey = api.Key, ApiVersion = version, ClientId = clientId,
        };
        // the request borrows the bytes until it is answered, so they are nobody else's meanwhile
        var response = await Run(served, writer.WrittenMemory, context).ConfigureAwait(false);
        return ((TResponse?)response, response is null ? new LinkError(LinkFailure.ClosedHere, default, "This node's controller gave no answer") : null);
    }

    private static ValueTask<IMessage?> Run(Endpoint endpoint, ReadOnlyMemory<byte> body, RequestContext context)
    {
        var reader = new MessageReader(body);
        return endpoint.Run(ref reader, context);
    }
}
