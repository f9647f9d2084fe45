using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Nodes;

public sealed class ProduceFetchTests
{
    [Fact]
    public async Task Records_come_back_at_every_version_of_produce_and_fetch()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        for (short version = 3; version <= 13; version++)
        {
            var topic = await client.CreateTopic($"produced-{version}");
            Assert.Equal(0, (await client.Produce(topic, Batch.Of("a", "b"), version: version)).BaseOffset);
            for (short fetched = 4; fetched <= 18; fetched++)
            {
                var answer = await client.Fetch(topic, 0, version: fetched);
                Assert.Equal(ErrorCode.None, answer.ErrorCode);
                Assert.Equal(2, answer.HighWatermark);
                Assert.Equal([(0, "a"), (1, "b")], Batch.Read(answer.Records));
            }
        }
    }

    [Fact]
    public async Task A_fetch_inside_a_batch_returns_the_whole_batch()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        await client.Produce(topic, Batch.Of("a", "b", "c"));
        await client.Produce(topic, Batch.Of("d"));
        Assert.Equal([(0, "a"), (1, "b"), (2, "c"), (3, "d")], Batch.Read((await client.Fetch(topic, 1)).Records));
        Assert.Equal([(3, "d")], Batch.Read((await client.Fetch(topic, 3)).Records));
    }

    [Fact]
    public async Task A_first_batch_above_the_limits_comes_whole_and_the_next_waits_its_turn()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events", partitions: 2);
        await client.Produce(topic, Batch.OfBytes(50_000));
        await client.Produce(topic, Batch.OfBytes(50_000));
        await client.Produce(topic, Batch.OfBytes(50_000), partition: 1);
        var request = TopicClient.FetchOf(topic, 0, partitionBytesMax: 100, bytesMax: 100);
        request.Topics[0].Partitions.Add(new() { Partition = 1, FetchOffset = 0, PartitionMaxBytes = 100 });
        var partitions = Assert.Single((await client.Ask<FetchResponse>(request, 18)).Responses).Partitions;
        Assert.Single(Batch.Read(partitions[0].Records));
        Assert.Equal(0, partitions[1].Records.Length);
        Assert.Equal(1, partitions[1].HighWatermark);
    }

    [Fact]
    public async Task Large_records_come_from_a_real_disk_as_they_were_sent()
    {
        var folder = Directory.CreateTempSubdirectory("ottla-");
        try
        {
            await using var node = await TestNode.Start(new Ottla.Runtime.Platform.OsFileSystem(), ("log.dirs", folder.FullName));
            using var client = await node.Connect();
            var topic = await client.CreateTopic("events", 1, ("segment.bytes", "1048576"));
            for (var i = 0; i < 8; i++) Assert.Equal(i, (await client.Produce(topic, Batch.Of(new string((char)('a' + i), 300_000)))).BaseOffset);
            var values = new List<string>();
            while (values.Count < 8) values.AddRange(await client.Values(topic, values.Count));
            Assert.Equal(Enumerable.Range(0, 8).Select(i => new string((char)('a' + i), 300_000)), values);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_produce_without_acks_is_not_answered_and_its_records_are_there()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        await client.Send(ApiKey.Produce, TopicClient.ProduceTo(topic, Batch.Of("a"), acks: 0), 13);
        Assert.Equal(1, (await client.Produce(topic, Batch.Of("b"), acks: 1)).BaseOffset);
        Assert.Equal(["a", "b"], await client.Values(topic));
    }

    [Fact]
    public async Task A_produce_without_acks_that_fails_closes_the_connection()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        await client.Send(ApiKey.Produce, TopicClient.ProduceTo(new Topic("absent", new Uuid(1, 2)), Batch.Of("a"), acks: 0), 13);
        await client.IsClosed();
    }

    [Fact]
    public async Task Acks_that_do_not_exist_are_refused()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        Assert.Equal(ErrorCode.InvalidRequiredAcks, (await client.Produce(topic, Batch.Of("a"), acks: 2)).ErrorCode);
        Assert.Empty(await client.Values(topic));
    }

    [Fact]
    public async Task A_batch_that_is_sent_twice_is_in_the_log_once()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        var begun = await client.Ask<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 1_000 }, 5);
        Assert.Equal(ErrorCode.None, begun.ErrorCode);
        var id = begun.ProducerId;
        Assert.Equal(0, (await client.Produce(topic, Batch.From(id, 0, "a", "b"))).BaseOffset);
        var again = await client.Produce(topic, Batch.From(id, 0, "a", "b"));
        Assert.Equal((ErrorCode.None, 0L), (again.ErrorCode, again.BaseOffset));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await client.Produce(topic, Batch.From(id, 7, "z"))).ErrorCode);
        Assert.Equal(2, (await client.Produce(topic, Batch.From(id, 2, "c"))).BaseOffset);
        Assert.Equal(["a", "b", "c"], await client.Values(topic));
    }

    [Fact]
    public async Task A_corrupt_batch_is_refused_and_leaves_the_log_as_it_was()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        var bytes = Batch.Of("a").Memory.ToArray();
        bytes[^3] ^= 1;
        Assert.Equal(ErrorCode.CorruptMessage, (await client.Produce(topic, new Protocol.Wire.Records(bytes))).ErrorCode);
        Assert.Equal(0, (await client.Produce(topic, Batch.Of("b"))).BaseOffset);
    }

    [Fact]
    public async Task Records_of_deleted_offsets_are_out_of_range()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        await client.Produce(topic, Batch.Of("a"));
        await client.Produce(topic, Batch.Of("b"));
        var deleted = await client.Ask<DeleteRecordsResponse>(
            new DeleteRecordsRequest { Topics = [new() { Name = topic.Name, Partitions = [new() { PartitionIndex = 0, Offset = 1 }] }] }, 2);
        Assert.Equal(1, deleted.Topics[0].Partitions[0].LowWatermark);
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await client.Fetch(topic, 0)).ErrorCode);
        Assert.Equal(["b"], await client.Values(topic, 1));
    }

    [Fact]
    public async Task A_topic_is_made_by_asking_for_it_where_that_is_allowed()
    {
        await using var node = await TestNode.Start(("num.partitions", "3"));
        using var client = await node.Connect();
        var mayNot = new MetadataRequest { Topics = [new() { Name = "wished" }], AllowAutoTopicCreation = false };
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single((await client.Ask<MetadataResponse>(mayNot, 12)).Topics).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single((await client.Ask<MetadataResponse>(mayNot, 12)).Topics).ErrorCode);
        var may = new MetadataRequest { Topics = [new() { Name = "wished" }], AllowAutoTopicCreation = true };
        var made = await Patience.Until(() => client.Ask<MetadataResponse>(may, 12), answer => answer.Topics[0].ErrorCode == ErrorCode.None);
        Assert.Equal(3, made.Topics[0].Partitions.Count);
        Assert.Equal(0, (await client.Produce(new Topic("wished", made.Topics[0].TopicId), Batch.Of("a"), partition: 2)).BaseOffset);
    }

    [Fact]
    public async Task A_topic_is_not_made_by_asking_where_the_node_forbids_it()
    {
        await using var node = await TestNode.Start(("auto.create.topics.enable", "false"));
        using var client = await node.Connect();
        await client.Ask<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = "wished" }], AllowAutoTopicCreation = true }, 12);
        await client.CreateTopic("other");
        var all = await client.Ask<MetadataResponse>(new MetadataRequest { Topics = null }, 12);
        Assert.Equal("other", Assert.Single(all.Topics).Name);
    }

    [Fact]
    public async Task A_new_limit_of_batches_holds_for_the_next_produce()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        Assert.Equal(ErrorCode.None, (await client.Produce(topic, Batch.OfBytes(5_000))).ErrorCode);
        await client.SetConfig(2, topic.Name, "max.message.bytes", "1000");
        Assert.Equal(ErrorCode.MessageTooLarge, (await client.Produce(topic, Batch.OfBytes(5_000))).ErrorCode);
        await client.SetConfig(2, topic.Name, "max.message.bytes", "10000");
        Assert.Equal(ErrorCode.None, (await client.Produce(topic, Batch.OfBytes(5_000))).ErrorCode);
    }

    [Fact]
    public async Task The_brokers_limit_holds_for_topics_without_one_of_their_own()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var plain = await client.CreateTopic("plain");
        var own = await client.CreateTopic("own", 1, ("max.message.bytes", "100000"));
        await client.SetConfig(4, "", "message.max.bytes", "1000");
        Assert.Equal(ErrorCode.MessageTooLarge, (await client.Produce(plain, Batch.OfBytes(5_000))).ErrorCode);
        Assert.Equal(ErrorCode.None, (await client.Produce(own, Batch.OfBytes(5_000))).ErrorCode);
    }

    [Fact]
    public async Task Two_nodes_live_side_by_side_and_know_nothing_of_each_other()
    {
        await using var one = await TestNode.Start();
        await using var other = await TestNode.Start(("node.id", "2"));
        using var clientOfOne = await one.Connect();
        using var clientOfOther = await other.Connect();
        var first = await clientOfOne.CreateTopic("events");
        var second = await clientOfOther.CreateTopic("events");
        await clientOfOne.Produce(first, Batch.Of("of one"));
        await clientOfOther.Produce(second, Batch.Of("of the other"));
        Assert.NotEqual(one.ClusterId, other.ClusterId);
        Assert.Equal(["of one"], await clientOfOne.Values(first));
        Assert.Equal(["of the other"], await clientOfOther.Values(second));
    }
}
