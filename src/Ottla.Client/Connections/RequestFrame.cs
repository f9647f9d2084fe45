using Ottla.Protocol.Wire;

namespace Ottla.Client.Connections;

/// <summary>A request as it goes over the wire: length, header, body. The buffer goes back to its pool with <see
/// cref="Dispose"/>.</summary>
internal readonly struct RequestFrame : IDisposable
{
    private const int LengthBytes = 4;

    private readonly MessageWriter _writer;

    private RequestFrame(MessageWriter writer) => _writer = writer;

    public ReadOnlyMemory<byte> Bytes => _writer.WrittenMemory;

    public static RequestFrame Write<TRequest,
        TResponse>(Api<TRequest, TResponse> api, short version, int correlationId, string clientId, TRequest request)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        var writer = new MessageWriter();
        try
        {
            writer.WriteInt32(0);
            new RequestHeader(api.Key, version, correlationId, clientId).Write(writer);
            request.Write(writer, version);
            writer.PatchInt32(0, writer.Length - LengthBytes);
            return new RequestFrame(writer);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    public void Dispose() => _writer.Dispose();
}
