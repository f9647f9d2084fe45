using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Nodes;

public sealed class ConnectionTests
{
    [Fact]
    public async Task Pipelined_requests_are_answered_in_their_order()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        var bytes = new List<byte>();
        for (var id = 100; id < 200; id++)
        {
            bytes.AddRange(id % 10 == 9
                ? WireClient.Frame(ApiKey.Fetch, TopicClient.FetchOf(topic, 1_000, waitMs: 0), 12, id)
                : WireClient.Frame(ApiKey.Produce, TopicClient.ProduceTo(topic, Batch.Of($"{id}")), 13, id));
        }

        await client.SendRaw(bytes.ToArray());
        for (var id = 100; id < 200; id++)
        {
            if (id % 10 == 9) Assert.Equal(ErrorCode.OffsetOutOfRange, TopicClient.Only(await client.Receive<FetchResponse>(id, 12)).ErrorCode);
            else Assert.Equal(ErrorCode.None, (await client.Receive<ProduceResponse>(id, 13)).Responses[0].PartitionResponses[0].ErrorCode);
        }

        Assert.Equal(Enumerable.Range(100, 100).Where(id => id % 10 != 9).Select(id => $"{id}"), await client.Values(topic));
    }

    [Fact]
    public async Task What_came_whole_before_malformed_bytes_is_answered()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        await client.SendRaw((byte[])[.. WireClient.Frame(ApiKey.Metadata, new MetadataRequest { Topics = null }, 12, 5), 0xff, 0xff, 0xff, 0xff]);
        await client.Receive<MetadataResponse>(5, 12);
        await client.IsClosed();
    }

    [Fact]
    public async Task Malformed_bodies_close_their_own_connection_only()
    {
        await using var node = await TestNode.Start();
        using var neighbour = await node.Connect();
        var topic = await neighbour.CreateTopic("events");
        var good = WireClient.Frame(ApiKey.Produce, TopicClient.ProduceTo(topic, Batch.Of("a")), 13, 1);
        for (var cut = 12; cut < good.Length; cut += 7)
        {
            using var client = await node.Connect();
            var bad = good[..cut];
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bad, cut - 4);
            await client.SendRaw(bad);
            if (await client.ReceiveFrame() is { } answer) Assert.NotEmpty(answer);
            Assert.NotNull((await neighbour.Ask<MetadataResponse>(new MetadataRequest { Topics = null }, 12)).ClusterId);
        }

        Assert.Contains("what is no request", node.Logged());
    }

    [Fact]
    public async Task A_connection_too_many_is_closed_and_the_next_may_come_when_one_has_gone()
    {
        await using var node = await TestNode.Start(("max.connections", "1"));
        using (var first = await node.Connect())
        {
            await first.CreateTopic("events");
            using var second = await node.Connect();
            await second.IsClosed();
        }

        await Patience.Until(
            async () =>
            {
                using var next = await node.Connect();
                return await Record.ExceptionAsync(() => next.Ask<MetadataResponse>(new MetadataRequest { Topics = null }, 12));
            },
            refusal => refusal is null);
    }
}
