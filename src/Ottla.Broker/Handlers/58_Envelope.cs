using System.Net;
using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Handlers;

/// <summary>Envelope, key 58, version 0: a client's request that a broker hands on, with the client's principal and address
/// (KIP-590).</summary>
/// <remarks>
/// On the controller's listener alone. The request inside is run by the endpoint that would have run it, as if the client had come here.
/// Where this node does not lead, the envelope says NOT_CONTROLLER and the broker looks for the controller that does.
/// What the envelope holds is borrowed from the frame, so the frame is kept until the answer is written.
/// </remarks>
/// <param name="committedEnd">How far the metadata are committed; told to the broker (<see cref="EnvelopeOffset"/>).</param>
internal sealed class Envelope(Func<Offset> committedEnd) : IHandler<EnvelopeRequest, EnvelopeResponse>
{
    private const int IPv4Bytes = 4;
    private const int IPv6Bytes = 16;

    private Endpoints? _endpoints;

    public static VersionRange Versions => new(0, 0);

    /// <summary>Set once, when all endpoints are there: this handler is one of them.</summary>
    public void Describe(Endpoints endpoints) => _endpoints = endpoints;

    public async ValueTask<EnvelopeResponse?> Handle(EnvelopeRequest request, RequestContext context)
    {
        if (request.ClientHostAddress.Length is not (IPv4Bytes or IPv6Bytes)) return Refused(ErrorCode.InvalidRequest);
        if (request.RequestPrincipal is not { } principal) return Refused(ErrorCode.PrincipalDeserializationFailure);
        using var inside = new RequestContext
        {
            ListenerName = context.ListenerName,
            ClientHost = new IPAddress(request.ClientHostAddress.Span).ToString(),
            Stopping = context.Ending,
        };
        ValueTask<IMessage?> running;
        RequestHeader header;
        try
        {
            if (Open(request.RequestData, principal, inside, out header, out running) is var error && error != ErrorCode.None) return Refused(error);
        }
        catch (MalformedMessageException)
        {
            return Refused(ErrorCode.InvalidRequest);
        }

        var response = await running.ConfigureAwait(false);
        if (response is null || inside.Refusal == ErrorCode.NotController) return Refused(ErrorCode.NotController);
        using var writer = new MessageWriter();
        ResponseHeader.Write(writer, header.CorrelationId, HeaderVersions.OfResponse(header.ApiKey, header.ApiVersion) > 0);
        response.Write(writer, header.ApiVersion);
        return new EnvelopeResponse { ResponseData = writer.WrittenSpan.ToArray(), UnknownTags = EnvelopeOffset.Write(committedEnd()) };
    }

    private ErrorCode Open(ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> principal, RequestContext inside, out RequestHeader header,
        out ValueTask<IMessage?> running)
    {
        running = default;
        header = default;
        try
        {
            inside.Principal = PrincipalBytes.Read(principal);
        }
        catch (MalformedMessageException)
        {
            return ErrorCode.PrincipalDeserializationFailure;
        }

        var reader = new MessageReader(data);
        header = RequestHeader.Read(ref reader);
        if (!ForwardedApis.Contains(header.ApiKey)) return ErrorCode.InvalidRequest;
        if (_endpoints!.Find(header.ApiKey) is not { } endpoint || !endpoint.Versions.Contains(header.ApiVersion)) return ErrorCode.UnsupportedVersion;
        (inside.ApiKey, inside.ApiVersion, inside.ClientId) = (header.ApiKey, header.ApiVersion, header.ClientId);
        running = endpoint.Run(ref reader, inside);
        return ErrorCode.None;
    }

    private static EnvelopeResponse Refused(ErrorCode error) => new() { ErrorCode = error };
}
