using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Nodes;

public sealed class HandlesTests
{
    [Fact]
    public async Task A_node_that_has_stopped_holds_no_file_open_whatever_was_fetched()
    {
        var files = new MemoryFileSystem();
        await using (var node = await TestNode.Start(files))
        {
            using var client = await node.Connect();
            var topic = await client.CreateTopic("events", partitions: 2);
            for (var i = 0; i < 6; i++) await client.Produce(topic, Batch.OfBytes(50_000), partition: i % 2);
            await client.Values(topic);
            // waits for more than there is, looks twice, and is answered when its time is over
            var waiting = TopicClient.FetchOf(topic, 0, waitMs: 20);
            waiting.MinBytes = 1 << 20;
            Assert.Equal(3, Batch.Read(TopicClient.Only(await client.Ask<FetchResponse>(waiting, 18)).Records).Count);
            // a peer that asks for much and goes away
            using var rude = await node.Connect();
            for (var i = 0; i < 20; i++) await rude.Send(ApiKey.Fetch, TopicClient.FetchOf(topic, 0), 18);
        }

        Assert.Equal(0, files.OpenFiles);
    }
}
