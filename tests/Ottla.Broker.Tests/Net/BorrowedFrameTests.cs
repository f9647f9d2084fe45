using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Broker.Net;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Net;

/// <summary>A request's bytes are its own until its handler has ended, whatever becomes of the connection.</summary>
public sealed class BorrowedFrameTests
{
    [Fact]
    public async Task A_flush_that_fails_beside_a_request_leaves_its_frame_alone_until_it_has_ended()
    {
        var records = Enumerable.Range(0, 3_000).Select(i => (byte)(i % 100)).ToArray();
        var produce = new HeldProduce();
        var stream = new ScriptedStream((byte[])[.. Heartbeat(1), .. Produce(records, 2)]) { IsBroken = true };
        var serving = Serve(stream, produce);
        Assert.False(serving.IsCompleted);
        Assert.Equal(records, produce.Borrowed.ToArray());
        produce.End.SetResult();
        await serving.WaitAsync(Patience.Long);
    }

    [Fact]
    public async Task A_handler_that_is_done_with_the_bytes_gives_them_back_while_it_waits()
    {
        var records = new byte[50_000];
        var produce = new HeldProduce { ReleasesEarly = true };
        var memory = new RequestMemory(1);
        var stream = new ScriptedStream(Produce(records, 1));
        var serving = Serve(stream, produce, memory);
        Assert.False(serving.IsCompleted);
        await memory.Enter().AsTask().WaitAsync(Patience.Long);
        produce.End.SetResult();
        await serving.WaitAsync(Patience.Long);
        Assert.NotEmpty(stream.Calls);
    }

#if DEBUG
    [Fact]
    public void What_was_given_back_is_nonsense_in_a_debug_build()
    {
        var produce = new HeldProduce { ReleasesEarly = true };
        _ = Serve(new ScriptedStream(Produce(new byte[100], 1)), produce);
        Assert.Equal(100, produce.Borrowed.Span.Count((byte)0xDB));
        produce.End.SetResult();
    }
#endif

    [Fact]
    public async Task A_wait_ends_with_its_client_and_with_the_node()
    {
        using var gone = new CancellationTokenSource();
        using var stopping = new CancellationTokenSource();
        foreach (var end in new[] { gone, stopping })
        {
            using var context = new RequestContext
            {
                ListenerName = "PLAINTEXT", ClientHost = "10.0.0.1", Stopping = stopping.Token, Stream = new ScriptedStream { PeerClosed = gone.Token },
            };
            var waiting = context.Await(new TaskCompletionSource<string>().Task, () => "given up").AsTask();
            Assert.False(waiting.IsCompleted && end == gone);
            await end.CancelAsync();
            Assert.Equal("given up", await waiting.WaitAsync(Patience.Long));
        }
    }

    private static Task Serve(ScriptedStream stream, HeldProduce produce, RequestMemory? memory = null)
    {
        var endpoints = new Endpoints(
        [
            Endpoint.Of<ProduceRequest, ProduceResponse, HeldProduce>(ApiKey.Produce, produce),
            Endpoint.Of<HeartbeatRequest, HeartbeatResponse, Well>(ApiKey.Heartbeat, new Well()),
        ]);
        var context = new RequestContext { ListenerName = "PLAINTEXT", ClientHost = "10.0.0.1", Stopping = CancellationToken.None, Stream = stream };
        var limits = new ConnectionLimits(1 << 20, memory ?? new RequestMemory(1 << 20), TimeSpan.MaxValue, 1, 1);
        var badInput = new BadInput(TimeProvider.System, NullLogger.Instance);
        return new Connection(stream, endpoints, context, limits, TimeProvider.System, badInput, NullLogger.Instance).Serve();
    }

    private static byte[] Heartbeat(int id) => WireClient.Frame(ApiKey.Heartbeat, new HeartbeatRequest { GroupId = "g" }, 0, id);

    private static byte[] Produce(byte[] records, int id) => WireClient.Frame(
        ApiKey.Produce, new ProduceRequest { TopicData = [new() { Name = "t", PartitionData = [new() { Records = new Records(records) }] }] }, 9, id);

    private sealed class Well : IHandler<HeartbeatRequest, HeartbeatResponse>
    {
        public static VersionRange Versions => new(0, 4);

        public ValueTask<HeartbeatResponse?> Handle(HeartbeatRequest request, RequestContext context) => new(new HeartbeatResponse());
    }

    /// <summary>Keeps the records and answers when it is told to.</summary>
    private sealed class HeldProduce : IHandler<ProduceRequest, ProduceResponse>
    {
        public static VersionRange Versions => new(3, 9);

        public bool ReleasesEarly { get; init; }

        public ReadOnlyMemory<byte> Borrowed { get; private set; }

        public TaskCompletionSource End { get; } = new();

        public async ValueTask<ProduceResponse?> Handle(ProduceRequest request, RequestContext context)
        {
            Borrowed = request.TopicData[0].PartitionData[0].Records.Memory;
            if (ReleasesEarly) context.ReleaseFrame();
            await End.Task.ConfigureAwait(false);
            return new();
        }
    }
}
