using Ottla.Network.Tests;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Client.Tests.Clusters;

/// <summary>Two brokers, 1 and 2, on ports of their number. Metadata say that 1 leads t-0 in epoch 5; in truth 2 does, in epoch
/// 6.</summary>
/// <param name="answer">What the broker of that number says to all but ApiVersions and Metadata.</param>
internal sealed class ScriptedCluster(Func<int, RequestHeader, IMessage> answer) : ITransport
{
    public static readonly Uuid TopicId = new(7, 7);

    private int _metadataRequests;

    public int MetadataRequests => _metadataRequests;

    public IServerSocket Listen(string host, int port, int backlog) => throw new NotSupportedException();

    public ValueTask<IByteStream> Connect(string host, int port, CancellationToken cancellation) =>
        new ScriptedPeer((header, _) => ScriptedPeer.Frame(header, Answer(port, header), header.ApiVersion)).Connect(host, port, cancellation);

    private IMessage Answer(int broker, RequestHeader header)
    {
        switch (header.ApiKey)
        {
            case ApiKey.ApiVersions:
                return new ApiVersionsResponse
                {
                    ApiKeys =
                    [
                        new() { ApiKey = (short)ApiKey.Metadata, MinVersion = 0, MaxVersion = 12 },
                        new() { ApiKey = (short)ApiKey.Produce, MinVersion = 3, MaxVersion = 12 },
                        new() { ApiKey = (short)ApiKey.Fetch, MinVersion = 4, MaxVersion = 16 },
                    ],
                };
            case ApiKey.Metadata:
                Interlocked.Increment(ref _metadataRequests);
                return new MetadataResponse
                {
                    Brokers = [new() { NodeId = 1, Host = "scripted", Port = 1 }],
                    Topics =
                    [
                        new()
                        {
                            Name = "t", TopicId = TopicId,
                            Partitions = [new() { PartitionIndex = 0, LeaderId = 1, LeaderEpoch = 5, ReplicaNodes = [1, 2], IsrNodes = [1, 2] }],
                        },
                    ],
                };
            default:
                return answer(broker, header);
        }
    }
}
