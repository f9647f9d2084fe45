using System.Buffers.Binary;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;
using Ottla.Runtime.Platform;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>A client that says exactly what the test wants it to say: one connection, messages at any version, raw bytes.</summary>
internal sealed class WireClient : IDisposable
{
    /// <summary>Of all clients, and of .NET: what a test does next runs on the thread that waits for its socket, and may block it.</summary>
    private static readonly OsTransport _transport = new(polls: false);

    private readonly IByteStream _stream;
    private int _correlationId;

    private WireClient(IByteStream stream) => _stream = stream;

    public static async Task<WireClient> Connect(int port) => new(await _transport.Connect("127.0.0.1", port, CancellationToken.None));

    public void Dispose() => _stream.Dispose();

    /// <summary>Sends a request and reads its answer to the last byte.</summary>
    public async Task<TResponse> Ask<TResponse>(IRequest request, short version) where TResponse : IResponse<TResponse>
    {
        var id = await Send(TResponse.ApiKey, request, version);
        return await Receive<TResponse>(id, version);
    }

    public async Task<int> Send(ApiKey key, IRequest request, short version)
    {
        var id = ++_correlationId;
        await SendRaw(Frame(key, request, version, id));
        return id;
    }

    /// <summary>Sends a request that will wait, and returns once its handler waits: what the node has not read when it stops is no request
    /// at work, and is not answered.</summary>
    /// <remarks>Both frames come together, so the first one's answer goes out with the second's, or once that has to be waited
    /// for.</remarks>
    public async Task<int> SendAndIsAtWork(ApiKey key, IRequest request, short version)
    {
        var first = ++_correlationId;
        var second = ++_correlationId;
        var ask = new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1" };
        await SendRaw((byte[])[.. Frame(ApiKey.ApiVersions, ask, 4, first), .. Frame(key, request, version, second)]);
        await Receive<ApiVersionsResponse>(first, 4);
        return second;
    }

    public static byte[] Frame(ApiKey key, IRequest request, short version, int correlationId)
    {
        using var writer = new MessageWriter();
        writer.WriteInt32(0);
        new RequestHeader(key, version, correlationId, "test").Write(writer);
        request.Write(writer, version);
        writer.PatchInt32(0, writer.Length - sizeof(int));
        return writer.WrittenMemory.ToArray();
    }

    public Task SendRaw(ReadOnlyMemory<byte> bytes) => _stream.Send(bytes).AsTask().WaitAsync(Patience.Long);

    public async Task<TResponse> Receive<TResponse>(int correlationId, short version) where TResponse : IResponse<TResponse>
    {
        var frame = await ReceiveFrame() ?? throw new IOException($"the node closed the connection instead of answering {TResponse.ApiKey} v{version}");
        return Read<TResponse>(frame, correlationId, version);
    }

    /// <summary>The next frame without its length; null where the node has closed the connection.</summary>
    public async Task<byte[]?> ReceiveFrame()
    {
        var length = new byte[sizeof(int)];
        if (!await Fill(length)) return null;
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        Assert.True(await Fill(frame), "the node closed the connection inside an answer");
        return frame;
    }

    public async Task IsClosed() => Assert.Null(await ReceiveFrame());

    private static TResponse Read<TResponse>(byte[] frame, int correlationId, short version) where TResponse : IResponse<TResponse>
    {
        var reader = new MessageReader(frame);
        var header = ResponseHeader.Read(ref reader, HeaderVersions.OfResponse(TResponse.ApiKey, version) > 0);
        Assert.Equal(correlationId, header.CorrelationId);
        var response = TResponse.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        return response;
    }

    private async Task<bool> Fill(byte[] bytes)
    {
        for (var filled = 0; filled < bytes.Length;)
        {
            int count;
            try
            {
                count = await _stream.Receive(bytes.AsMemory(filled)).AsTask().WaitAsync(Patience.Long);
            }
            catch (IOException)
            {
                // closed with bytes of ours unread
                count = 0;
            }

            if (count == 0) return false;
            filled += count;
        }

        return true;
    }
}
