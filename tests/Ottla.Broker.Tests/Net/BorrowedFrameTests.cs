using Ottla.Broker.Net;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Messages;
using static Ottla.Broker.Tests.Net.ServedConnection;

namespace Ottla.Broker.Tests.Net;

/// <summary>A request's bytes are its own until its handler has ended, whatever becomes of the connection.</summary>
public sealed class BorrowedFrameTests
{
    private readonly TaskCompletionSource _end = new();
    private readonly ProduceBy _held;
    private ReadOnlyMemory<byte> _borrowed;
    private bool _releasesEarly;

    public BorrowedFrameTests() => _held = new ProduceBy(async (records, context) =>
    {
        _borrowed = records;
        if (_releasesEarly) context.ReleaseFrame();
        await _end.Task.ConfigureAwait(false);
        return new ProduceResponse();
    });

    [Fact]
    public async Task A_flush_that_fails_beside_a_request_leaves_its_frame_alone_until_it_has_ended()
    {
        var records = Enumerable.Range(0, 3_000).Select(i => (byte)(i % 100)).ToArray();
        var stream = new ScriptedStream((byte[])[.. Heartbeat(1), .. Produce(records, 2)]) { IsBroken = true };
        var serving = Serve(stream, _held);
        Assert.False(serving.IsCompleted);
        Assert.Equal(records, _borrowed.ToArray());
        _end.SetResult();
        await serving.WaitAsync(Patience.Long);
    }

    [Fact]
    public async Task A_handler_that_is_done_with_the_bytes_gives_them_back_while_it_waits()
    {
        _releasesEarly = true;
        var memory = Memory.Of(1);
        var stream = new ScriptedStream(Produce(new byte[50_000], 1));
        var serving = Serve(stream, _held, memory: memory);
        Assert.False(serving.IsCompleted);
        await memory.Enter().WaitAsync(Patience.Long);
        _end.SetResult();
        await serving.WaitAsync(Patience.Long);
        Assert.NotEmpty(stream.Calls);
    }

#if DEBUG
    [Fact]
    public void What_was_given_back_is_nonsense_in_a_debug_build()
    {
        _releasesEarly = true;
        _ = Serve(new ScriptedStream(Produce(new byte[100], 1)), _held);
        Assert.Equal(100, _borrowed.Span.Count((byte)0xDB));
        _end.SetResult();
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
                ListenerName = "PLAINTEXT", ClientHost = "10.0.0.1", Stopping = end == stopping ? end.Token : default,
                Stream = new ScriptedStream { PeerClosed = end == gone ? end.Token : default },
            };
            var waiting = context.Await(new TaskCompletionSource<string>().Task, () => "given up").AsTask();
            Assert.False(waiting.IsCompleted);
            await end.CancelAsync();
            Assert.Equal("given up", await waiting.WaitAsync(Patience.Long));
        }
    }
}
