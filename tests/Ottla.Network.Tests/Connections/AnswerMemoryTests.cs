using Ottla.Network.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Network.Tests.Connections;

/// <summary>Whose memory an answer lies in.</summary>
public sealed class AnswerMemoryTests
{
    private const int RecordsBytes = 1 << 20;

    [Fact]
    public async Task An_answer_of_1_MiB_allocates_none_of_it()
    {
        using var connection = await Open(pools: true);
        for (var warm = 0; warm < 4; warm++) await Fetch(connection);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < 8; i++) await Fetch(connection);
        // other tests may allocate meanwhile; eight answers of their own memory would be 8 MiB
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, RecordsBytes * 2);
    }

    [Fact]
    public async Task An_answer_of_its_own_memory_outlives_what_comes_behind_it()
    {
        using var connection = await Open(pools: false);
        var first = await connection.Send(NodeApis.Fetch, new FetchRequest());
        var records = RecordsOf(first);
        first.Dispose();
        await Fetch(connection);
        await Fetch(connection);
        Assert.Equal(RecordsBytes, records.Length);
        Assert.Equal(-1, records.Span.IndexOfAnyExcept((byte)7));
    }

    [Fact]
    public void A_frame_gives_its_memory_back_once()
    {
        const int Large = 1 << 20;
        var memory = new AnswerMemory(isPooled: true);
        var frame = new AnswerFrame(Large, memory);
        while (!frame.IsWhole) frame.Filled(frame.Room.Length);
        frame.Dispose();
        frame.Dispose();
        using var one = new AnswerFrame(Large, memory);
        using var two = new AnswerFrame(Large, memory);
        one.Room.Span.Fill(1);
        two.Room.Span.Fill(2);
        one.Filled(1);
        Assert.Equal(1, one.Memory.Span[0]);
    }

    [Fact]
    public void A_connection_keeps_a_large_buffer_until_a_small_answer_comes()
    {
        const int Large = 1 << 20;
        var memory = new AnswerMemory(isPooled: true);
        var frame = new AnswerFrame(Large, memory);
        while (!frame.IsWhole) frame.Filled(frame.Room.Length);
        frame.Dispose();
        using (var next = new AnswerFrame(Large, memory)) Assert.Equal(Large, next.Room.Length);
        new AnswerFrame(10, memory).Dispose();
        using var after = new AnswerFrame(Large, memory);
        Assert.Equal(AnswerMemory.FirstBytes, after.Room.Length);
    }

    private static async Task Fetch(Connection connection)
    {
        using var answer = await connection.Send(NodeApis.Fetch, new FetchRequest());
        Assert.Equal(RecordsBytes, RecordsOf(answer).Length);
    }

    private static ReadOnlyMemory<byte> RecordsOf(Answer<FetchResponse> answer) => answer.Message.Responses[0].Partitions[0].Records.Memory;

    private static async Task<Connection> Open(bool pools)
    {
        var records = new byte[RecordsBytes];
        records.AsSpan().Fill(7);
        byte[]? whole = null;
        var peer = ScriptedPeer.Serving((header, _) =>
        {
            whole ??= ScriptedPeer.Frame(header, new FetchResponse
            {
                Responses = [new() { Topic = "t", Partitions = [new() { Records = new Records(records) }] }],
            }, header.ApiVersion);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(whole.AsSpan(4), header.CorrelationId);
            return whole;
        });
        peer.PieceBytes = int.MaxValue;
        var opened = await Connection.Open(new("scripted", 1), new LinkOptions { ClientId = "test", PoolsAnswers = pools },
            new(peer, TimeProvider.System, new Random(1)), CancellationToken.None);
        return opened.Connection!;
    }
}
