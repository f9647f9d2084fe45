using System.Text;
using Microsoft.Extensions.Logging;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Logging;
using static Ottla.Broker.Tests.Net.ServedConnection;

namespace Ottla.Broker.Tests.Net;

/// <summary>A handler that fails harms the request that it failed on, and nothing else.</summary>
public sealed class HandlerFaultTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handler_that_throws_is_answered_for_and_the_connection_serves_on(bool isLate)
    {
        var stream = new ScriptedStream((byte[])[.. Produce([1], 1), .. Heartbeat(2)]);
        var log = new Lines();
        using var logs = new LogSink(TimeProvider.System, LogLevel.Information, log);
        await Serve(stream, new ProduceBy(async (_, _) =>
        {
            if (isLate) await Task.Yield();
            throw new NotSupportedException("a bug");
        }), log: logs.CreateLogger("Listener")).WaitAsync(Patience.Long);
        var frames = Frames(stream);
        var partition = Read<ProduceResponse>(frames[0], 9, flexible: true).Responses[0].PartitionResponses[0];
        Assert.Equal((7, ErrorCode.UnknownServerError), (partition.Index, partition.ErrorCode));
        Assert.Equal(ErrorCode.None, Read<HeartbeatResponse>(frames[1], 0, flexible: false).ErrorCode);
        logs.Dispose();
        var line = Assert.Single(log.Text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("Produce v9 of client test at 10.0.0.1 failed inside", line);
        Assert.Contains("a bug (NotSupportedException)", line);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_encoded_is_an_error_and_the_connection_serves_on()
    {
        var stream = new ScriptedStream((byte[])[.. Produce([1], 1), .. Heartbeat(2)]);
        await Serve(stream, new ProduceBy((_, _) => new(new ProduceResponse
        {
            Responses = [new() { Name = "t", PartitionResponses = [new() { ErrorMessage = new string('x', 40_000) }] }],
        }))).WaitAsync(Patience.Long);
        var frames = Frames(stream);
        Assert.Equal(ErrorCode.UnknownServerError, Read<ProduceResponse>(frames[0], 9, flexible: true).Responses[0].PartitionResponses[0].ErrorCode);
        Assert.Equal(2, frames.Count);
    }

    [Fact]
    public async Task A_broken_invariant_goes_further()
    {
        var stream = new ScriptedStream(Produce([1], 1));
        await Assert.ThrowsAsync<InvariantException>(() => Serve(stream, new ProduceBy((_, _) => throw new InvariantException("false"))).WaitAsync(Patience.Long));
        Assert.Empty(stream.Calls);
    }

    [Fact]
    public void A_connection_on_which_bytes_go_is_not_idle_and_one_at_work_is_not_either()
    {
        var end = new TaskCompletionSource<ProduceResponse?>();
        var stream = new ScriptedStream(Produce([1], 1));
        var connection = Of(stream, new ProduceBy((_, _) => new(end.Task)));
        Assert.Equal(TimeSpan.Zero, connection.IdleFor());
        Assert.True(connection.IdleFor() > TimeSpan.Zero);
        stream.Moved++;
        Assert.Equal(TimeSpan.Zero, connection.IdleFor());
        Assert.True(connection.IdleFor() > TimeSpan.Zero);
        _ = connection.Serve();
        Assert.Equal(ApiKey.Produce, connection.AtWork);
        Assert.Equal(TimeSpan.Zero, connection.IdleFor());
        connection.Finish();
        Assert.False(stream.IsClosed);
        end.SetResult(null);
        Assert.True(connection.IdleFor() > TimeSpan.Zero);
        connection.Finish();
        Assert.True(stream.IsClosed);
    }

    private static List<byte[]> Frames(ScriptedStream stream)
    {
        var frames = new List<byte[]>();
        var bytes = stream.Sent.ToArray().AsSpan();
        while (bytes.Length > 0)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes);
            frames.Add(bytes.Slice(4, length).ToArray());
            bytes = bytes[(4 + length)..];
        }

        return frames;
    }

    private static T Read<T>(byte[] frame, short version, bool flexible) where T : IMessage<T>
    {
        var reader = new MessageReader(frame);
        ResponseHeader.Read(ref reader, flexible);
        return T.Read(ref reader, version);
    }

    private sealed class Lines : ILogOutput
    {
        public StringBuilder Text { get; } = new();

        public void Write(ReadOnlySpan<byte> lines)
        {
            lock (Text) Text.Append(Encoding.UTF8.GetString(lines));
        }
    }
}
