using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Broker.Net;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Net;

/// <summary>A connection whose peer is scripted and whose two handlers the test brings.</summary>
internal static class ServedConnection
{
    public static Task Serve(ScriptedStream stream, ProduceBy produce, HeartbeatBy? heartbeat = null, RequestMemory? memory = null, ILogger? log = null) =>
        Of(stream, produce, heartbeat, memory, log).Serve();

    public static Connection Of(ScriptedStream stream, ProduceBy produce, HeartbeatBy? heartbeat = null, RequestMemory? memory = null, ILogger? log = null)
    {
        var endpoints = new Endpoints(
        [
            Endpoint.Of<ProduceRequest, ProduceResponse, ProduceBy>(ApiKey.Produce, produce),
            Endpoint.Of<HeartbeatRequest, HeartbeatResponse, HeartbeatBy>(ApiKey.Heartbeat, heartbeat ?? new HeartbeatBy(() => new(new HeartbeatResponse()))),
        ]);
        var context = new RequestContext { ListenerName = "PLAINTEXT", ClientHost = "10.0.0.1", Stopping = CancellationToken.None, Stream = stream };
        var limits = new ConnectionLimits(1 << 20, memory ?? Memory.Of(1 << 20), TimeSpan.MaxValue, 1, 1);
        var badInput = new BadInput(TimeProvider.System, NullLogger.Instance);
        return new Connection(stream, endpoints, context, limits, TimeProvider.System, badInput, log ?? NullLogger.Instance);
    }

    public static byte[] Heartbeat(int id) => WireClient.Frame(ApiKey.Heartbeat, new HeartbeatRequest { GroupId = "g" }, 0, id);

    public static byte[] Produce(byte[] records, int id) => WireClient.Frame(
        ApiKey.Produce, new ProduceRequest { Acks = 1, TopicData = [new() { Name = "t", PartitionData = [new() { Index = 7, Records = new Records(records) }] }] }, 9, id);

    public static ProduceBy Unused => new((_, _) => throw new InvalidOperationException("not to be asked"));
}

internal sealed class HeartbeatBy(Func<ValueTask<HeartbeatResponse?>> answer) : IHandler<HeartbeatRequest, HeartbeatResponse>
{
    public static VersionRange Versions => new(0, 4);

    public ValueTask<HeartbeatResponse?> Handle(HeartbeatRequest request, RequestContext context) => answer();
}

internal sealed class ProduceBy(Func<ReadOnlyMemory<byte>, RequestContext, ValueTask<ProduceResponse?>> answer) : IHandler<ProduceRequest, ProduceResponse>
{
    public static VersionRange Versions => new(3, 9);

    public ValueTask<ProduceResponse?> Handle(ProduceRequest request, RequestContext context) =>
        answer(request.TopicData[0].PartitionData[0].Records.Memory, context);
}
