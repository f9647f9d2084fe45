using System.Net;
using Ottla.Broker.Cluster.Controllers;
using Ottla.Broker.Net;
using Ottla.Network.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Cluster.Forwarding;

/// <summary>Whoever a forwarded request comes from.</summary>
internal readonly record struct ForwardedClient(Principal Principal, string Host, string? ClientId)
{
    /// <summary>What a broker asks on its own account: topics of its own, or such as clients only asked about.</summary>
    public static readonly ForwardedClient OfThisNode = new(Principal.Anonymous, "127.0.0.1", null);

    public static ForwardedClient Of(RequestContext context) => new(context.Principal, context.ClientHost, context.ClientId);
}

/// <summary>What the controller answered, and how far the metadata were committed then, where it tells.</summary>
internal readonly record struct ForwardedAnswer<TResponse>(ControllerReply<TResponse> Reply, Offset? CommittedEnd)
    where TResponse : class;

/// <summary>Hands clients' requests to the active controller, with who sent them (KIP-590).</summary>
/// <remarks>
/// Any thread. The request goes in the version and with the header that the client used, so the controller answers as if it had been asked
/// itself; this node's own controller is asked in the same way. Errors of the envelope (a controller that does not serve the version, or
/// does not trust this broker) are errors of the answer as a whole.
/// </remarks>
internal sealed class Forwarder(ControllerChannel channel)
{
    /// <summary>As long as Kafka's clients wait for an answer by default.</summary>
    private const int AnswerMsMax = 30_000;

    /// <summary>What the active controller serves of a forwarded API; null where that is not known.</summary>
    public VersionRange? VersionsOf(ApiKey key) => channel.VersionsOf(key);

    public async Task<ForwardedAnswer<TResponse>> Forward<TRequest, TResponse>(TRequest request, short version, ForwardedClient client,
        CancellationToken cancellation)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>
    {
        Invariant.That(ForwardedApis.Contains(TRequest.ApiKey));
        var envelope = new EnvelopeRequest
        {
            RequestData = Bytes(request, version, client.ClientId),
            RequestPrincipal = PrincipalBytes.Write(client.Principal),
            ClientHostAddress = IPAddress.TryParse(client.Host, out var address) ? address.GetAddressBytes() : IPAddress.Loopback.GetAddressBytes(),
        };
        var reply = await channel.Ask(NodeApis.Envelope, _ => envelope, answer => answer.ErrorCode, AnswerMsMax, cancellation).ConfigureAwait(false);
        if (reply.Response is not { } sealedAnswer) return new(ControllerReply<TResponse>.Failed(reply.Error, reply.Why!), null);
        if (sealedAnswer.ErrorCode != ErrorCode.None || sealedAnswer.ResponseData is not { } data)
        {
            var why = $"The controller refused the forwarded {TRequest.ApiKey}: {sealedAnswer.ErrorCode.ProtocolName()}";
            return new(ControllerReply<TResponse>.Failed(sealedAnswer.ErrorCode == ErrorCode.None ? ErrorCode.UnknownServerError : sealedAnswer.ErrorCode, why), null);
        }

        return new(Read<TRequest, TResponse>(data, version), EnvelopeOffset.Read(sealedAnswer.UnknownTags));
    }

    private static byte[] Bytes<TRequest>(TRequest request, short version, string? clientId)
        where TRequest : class, IRequest<TRequest>
    {
        using var writer = new MessageWriter();
        new RequestHeader(TRequest.ApiKey, version, 0, clientId).Write(writer);
        request.Write(writer, version);
        return writer.WrittenSpan.ToArray();
    }

    private static ControllerReply<TResponse> Read<TRequest, TResponse>(ReadOnlyMemory<byte> data, short version)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>
    {
        try
        {
            var reader = new MessageReader(data);
            ResponseHeader.Read(ref reader, HeaderVersions.OfResponse(TRequest.ApiKey, version) > 0);
            return ControllerReply<TResponse>.Of(TResponse.Read(ref reader, version));
        }
        catch (MalformedMessageException malformed)
        {
            return ControllerReply<TResponse>.Failed(ErrorCode.UnknownServerError,
                $"The controller's answer to the forwarded {TRequest.ApiKey} cannot be read: {malformed.Message}");
        }
    }
}
