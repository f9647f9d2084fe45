using Ottla.Metadata.Quorum;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Metadata.Tests.Quorum;

/// <summary>The least of a controller's listener: the quorum's APIs, one request at a time on each connection.</summary>
internal sealed class QuorumListener : IDisposable
{
    private static readonly ApiKey[] _served =
    [
        ApiKey.ApiVersions, ApiKey.Fetch, ApiKey.Vote, ApiKey.BeginQuorumEpoch, ApiKey.EndQuorumEpoch, ApiKey.FetchSnapshot, ApiKey.AddRaftVoter,
        ApiKey.RemoveRaftVoter, ApiKey.UpdateRaftVoter,
    ];

    private readonly IServerSocket _socket;
    private readonly QuorumRequests _requests;
    private readonly Lock _gate = new();
    private readonly List<IByteStream> _streams = [];
    private bool _isDisposed;

    public QuorumListener(IServerSocket socket, QuorumRequests requests)
    {
        _socket = socket;
        _requests = requests;
        _ = Accept();
    }

    public void Dispose()
    {
        _socket.Dispose();
        lock (_gate)
        {
            _isDisposed = true;
            foreach (var stream in _streams) stream.Close();
        }
    }

    private async Task Accept()
    {
        while (await _socket.Accept() is { } stream)
        {
            lock (_gate)
            {
                _streams.Add(stream);
                if (_isDisposed) stream.Close();
            }

            _ = Serve(stream);
        }
    }

    private async Task Serve(IByteStream stream)
    {
        try
        {
            var length = new byte[4];
            while (await Fill(stream, length))
            {
                var frame = new byte[System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(length)];
                if (!await Fill(stream, frame)) return;
                await stream.Send(await Answer(frame, stream.PeerClosed));
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // the other side is gone, or this one
        }
        finally
        {
            stream.Dispose();
        }
    }

    private static async Task<bool> Fill(IByteStream stream, byte[] bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var read = await stream.Receive(bytes.AsMemory(at));
            if (read == 0) return false;
            at += read;
        }

        return true;
    }

    private async Task<byte[]> Answer(byte[] frame, CancellationToken gone)
    {
        var header = HeaderOf(frame, out var body);
        var version = header.ApiVersion;
        IMessage answer = header.ApiKey switch
        {
            ApiKey.ApiVersions => Versions(),
            ApiKey.Fetch => await _requests.Fetch(Read<FetchRequest>(body, version), version, gone),
            ApiKey.Vote => await _requests.Vote(Read<VoteRequest>(body, version), version),
            ApiKey.BeginQuorumEpoch => await _requests.BeginEpoch(Read<BeginQuorumEpochRequest>(body, version), version),
            ApiKey.EndQuorumEpoch => await _requests.EndEpoch(Read<EndQuorumEpochRequest>(body, version), version),
            ApiKey.FetchSnapshot => await _requests.FetchSnapshot(Read<FetchSnapshotRequest>(body, version), version),
            ApiKey.AddRaftVoter => await _requests.AddVoter(Read<AddRaftVoterRequest>(body, version)),
            ApiKey.RemoveRaftVoter => await _requests.RemoveVoter(Read<RemoveRaftVoterRequest>(body, version)),
            ApiKey.UpdateRaftVoter => await _requests.UpdateVoter(Read<UpdateRaftVoterRequest>(body, version)),
            _ => throw new IOException($"{header.ApiKey} is not served"),
        };
        using var writer = new MessageWriter();
        writer.WriteInt32(0);
        ResponseHeader.Write(writer, header.CorrelationId, HeaderVersions.OfResponse(header.ApiKey, version) > 0);
        answer.Write(writer, version);
        writer.PatchInt32(0, writer.Length - 4);
        return writer.WrittenSpan.ToArray();
    }

    private static RequestHeader HeaderOf(byte[] frame, out byte[] body)
    {
        var reader = new MessageReader(frame);
        var header = RequestHeader.Read(ref reader);
        body = frame[^reader.Remaining..];
        return header;
    }

    private static T Read<T>(byte[] body, short version)
        where T : IMessage<T>
    {
        var reader = new MessageReader(body);
        return T.Read(ref reader, version);
    }

    private static ApiVersionsResponse Versions() => new()
    {
        ApiKeys = [.. _served.Select(key => new ApiVersionsResponse.ApiVersion
        {
            ApiKey = (short)key,
            MinVersion = ApiMessages.Find(key)!.StableVersions.Min,
            MaxVersion = ApiMessages.Find(key)!.StableVersions.Max,
        })],
        SupportedFeatures = [new() { Name = "kraft.version", MinVersion = 0, MaxVersion = 1 }],
    };
}
