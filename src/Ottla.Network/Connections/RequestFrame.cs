using Ottla.Protocol.Wire;

namespace Ottla.Network.Connections;

/// <summary>A request as it goes over the wire: length, header, body. The buffer goes back to its pool with
/// <see cref="Dispose"/>.</summary>
internal sealed class RequestFrame : IDisposable
{
    private const int LengthBytes = 4;

    /// <summary>After length, key and version.</summary>
    private const int CorrelationIdAt = 8;

    private readonly MessageWriter _writer = new();

    public ReadOnlyMemory<byte> Bytes => _writer.WrittenMemory;

    /// <summary>Whoever waits until it is sent, and no longer: true once it is.</summary>
    public TaskCompletionSource<bool>? Sent { get; init; }

    /// <exception cref="UnsupportedVersionException">The request says what the version cannot carry.</exception>
    public static RequestFrame Write<TRequest, TResponse>(Api<TRequest, TResponse> api, short version, string clientId, TRequest request,
        TaskCompletionSource<bool>? sent = null)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        var frame = new RequestFrame { Sent = sent };
        try
        {
            var writer = frame._writer;
            writer.WriteInt32(0);
            new RequestHeader(api.Key, version, 0, clientId).Write(writer);
            request.Write(writer, version);
            writer.PatchInt32(0, writer.Length - LengthBytes);
            return frame;
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }

    /// <summary>Given once the request's place among the others is known.</summary>
    public void SetCorrelationId(int id) => _writer.PatchInt32(CorrelationIdAt, id);

    public void Dispose()
    {
        _writer.Dispose();
        Sent?.TrySetResult(false);
    }
}
