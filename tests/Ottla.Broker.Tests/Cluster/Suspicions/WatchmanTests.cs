using Ottla.Broker.Cluster.Suspicions;
using Ottla.Network;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;
using Ottla.Runtime.Platform;

namespace Ottla.Broker.Tests.Cluster.Suspicions;

/// <summary>Over real sockets: what the end of a process looks like to others is the system's, not ours.</summary>
public sealed class WatchmanTests : IDisposable
{
    private readonly OsTransport _transport = new();
    private readonly Watchman _watchman;

    public WatchmanTests() =>
        _watchman = new Watchman(new BrokerId(1), new NetworkPlatform(_transport, TimeProvider.System, new Random(1)), fault => Environment.FailFast(fault.ToString()));

    public void Dispose()
    {
        _watchman.Dispose();
        _transport.Dispose();
    }

    [Fact]
    public async Task A_listener_that_is_gone_with_its_connections_is_found_out()
    {
        var refused = new TaskCompletionSource<ReadOnlyMemory<byte>>();
        _watchman.FindingsChanged += findings => refused.TrySetResult(findings);
        var (socket, first) = Serve();
        var target = new Target(Duty.Broker, new BrokerId(2), 10, new NodeAddress("127.0.0.1", socket.Port));
        _watchman.WatchBrokers([target]);
        var stream = await first;
        socket.Dispose();
        stream.Close();
        stream.Dispose();
        var found = Findings.Read([new UnknownTag(Findings.Tag, await refused.Task)]);
        Assert.Equal([new FoundTarget(target.Id, new BrokerEpoch(10), Finding.Refused)], found);
    }

    [Fact]
    public async Task A_listener_that_only_closed_a_connection_is_reached_again()
    {
        var found = new TaskCompletionSource<Finding>();
        _watchman.Found += (_, finding) => found.TrySetResult(finding);
        var (socket, first) = Serve();
        _watchman.WatchBrokers([new Target(Duty.Broker, new BrokerId(2), 10, new NodeAddress("127.0.0.1", socket.Port))]);
        var stream = await first;
        stream.Close();
        stream.Dispose();
        Assert.Equal(Finding.Reached, await found.Task);
        socket.Dispose();
    }

    /// <summary>A listener that tells its versions to all who come; gives the first connection once it is answered.</summary>
    private (IServerSocket Socket, Task<IByteStream> First) Serve()
    {
        var socket = _transport.Listen("127.0.0.1", 0, 10);
        var first = new TaskCompletionSource<IByteStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Accept();
        return (socket, first.Task);

        async Task Accept()
        {
            while (await socket.Accept() is { } stream)
            {
                var buffer = new byte[1_024];
                var count = await stream.Receive(buffer);
                var reader = new MessageReader(buffer.AsMemory(4, count - 4));
                await stream.Send(Network.Tests.ScriptedPeer.Frame(RequestHeader.Read(ref reader), new ApiVersionsResponse(), 4));
                first.TrySetResult(stream);
            }
        }
    }
}
