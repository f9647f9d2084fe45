using System.Text;
using Ottla.Client.Admin;
using Ottla.Client.Consuming;
using Ottla.Client.Producing;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Tests.EndToEnd;

/// <summary>Producer, consumer and admin against a real node.</summary>
public sealed class ClientTests(TestNode node) : IClassFixture<TestNode>
{
    private const int PatienceMs = 30_000;

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    public async Task What_is_produced_is_consumed_with_key_headers_and_timestamp(CompressionType codec)
    {
        var topic = $"round-trip-{codec}";
        await using (var producer = Producer(new ProducerOptions { Compression = codec }))
        {
            var delivery = await producer.Send(new ProducerRecord(topic)
            {
                Key = Bytes("k"), Value = Bytes("v"), TimestampMs = 1_700_000_000_123,
                    Headers = [new("h", Bytes("x").ToArray()), new("none", null)],
            });
            Assert.Equal(Offset.Zero, delivery.Offset);
            await producer.Send(new ProducerRecord(topic) { Key = null, Value = null });
        }

        var records = await Read(new(topic, 0), 2, new ConsumerOptions());
        Assert.Equal("k", Text(records[0].Key));
        Assert.Equal("v", Text(records[0].Value));
        Assert.Equal(1_700_000_000_123, records[0].TimestampMs);
        Assert.Equal(["h", "none"], records[0].Headers.Select(h => h.Key));
        Assert.Null(records[0].Headers[1].Value);
        Assert.Null(records[1].Key);
        Assert.Null(records[1].Value);
    }

    [Fact]
    public async Task Records_of_a_partition_keep_their_order_through_many_batches()
    {
        const int Count = 5_000;
        await using (var producer = Producer(new ProducerOptions { BatchSizeBytes = 500, LingerMs = 0 }))
        {
            var deliveries = new List<Task<Delivery>>();
            for (var i = 0; i < Count;
                i++) deliveries.Add(await producer.Enqueue(new ProducerRecord("ordered") { Partition = 0, Value = Bytes($"{i}") }));
            await producer.Flush();
            for (var i = 0; i < Count; i++) Assert.Equal(i, (await deliveries[i]).Offset.Value);
        }

        var records = await Read(new("ordered", 0), Count, new ConsumerOptions());
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), records.Select(r => Text(r.Value)));
    }

    [Theory]
    [InlineData(Acks.None)]
    [InlineData(Acks.Leader)]
    [InlineData(Acks.All)]
    public async Task Every_kind_of_acks_gets_records_through(Acks acks)
    {
        var topic = $"acks-{(int)acks + 1}";
        await using (var producer = Producer(new ProducerOptions { Acks = acks, Idempotent = acks == Acks.All }))
        {
            var delivery = await producer.Send(new ProducerRecord(topic) { Value = Bytes("v") });
            Assert.Equal(acks == Acks.None ? Offset.None : Offset.Zero, delivery.Offset);
        }

        Assert.Equal("v", Text((await Read(new(topic, 0), 1, new ConsumerOptions()))[0].Value));
    }

    [Fact]
    public async Task A_topic_name_that_is_not_allowed_fails_at_once()
    {
        await using var producer = Producer(new ProducerOptions());
        var refused =
            await Assert.ThrowsAsync<BrokerException>(() => producer.Send(new ProducerRecord("bad topic") { Value = Bytes("v") }));
        Assert.Equal(ErrorCode.InvalidTopicException, refused.Code);
    }

    [Fact]
    public async Task A_group_goes_on_where_it_committed()
    {
        await Fill("committed", 10);
        var options = new ConsumerOptions { GroupId = "goes-on", AutoOffsetReset = AutoOffsetReset.Earliest, MaxPollRecords = 4 };
        Assert.Equal(["0", "1", "2", "3"], await ReadInGroup("committed", options, 4));
        Assert.Equal(["4", "5", "6", "7"], await ReadInGroup("committed", options, 4));
    }

    [Fact]
    public async Task Two_members_share_the_partitions_and_the_second_gets_all_when_the_first_leaves()
    {
        await Create(new NewTopic("shared") { Partitions = 4 });
        var options = new ConsumerOptions { GroupId = "sharing", HeartbeatIntervalMs = 100 };
        await using var second = Consumer(options);
        second.Subscribe(["shared"]);
        await using (var first = Consumer(options))
        {
            first.Subscribe(["shared"]);
            await PollUntil(() => first.Assignment.Count == 2 && second.Assignment.Count == 2, first, second);
            Assert.Empty(first.Assignment.Intersect(second.Assignment));
        }

        await PollUntil(() => second.Assignment.Count == 4, second);
    }

    [Fact]
    public async Task Reading_starts_at_an_offset_at_a_time_or_at_the_end()
    {
        await Fill("positions", 6);
        TopicPartition partition = new("positions", 0);
        Assert.Equal(["3", "4", "5"],
            (await Read(partition, 3, new ConsumerOptions(), StartAt.At(new Offset(3)))).Select(r => Text(r.Value)));
        Assert.Equal(["2"], (await Read(partition, 1, new ConsumerOptions(), StartAt.Time(Timestamp(2)))).Select(r => Text(r.Value)));
        await using var atEnd = Consumer(new ConsumerOptions());
        atEnd.Assign(new Dictionary<TopicPartition, StartAt?> { [partition] = StartAt.Latest });
        Assert.Empty(await atEnd.Poll(300));
        await Fill("positions", 7, from: 6);
        Assert.Equal("6", Text((await atEnd.Poll(PatienceMs))[0].Value));
    }

    [Fact]
    public async Task An_offset_out_of_range_starts_where_the_policy_says()
    {
        await Fill("out-of-range", 3);
        var options = new ConsumerOptions { AutoOffsetReset = AutoOffsetReset.Earliest };
        Assert.Equal("0", Text((await Read(new("out-of-range", 0), 1, options, StartAt.At(new Offset(99))))[0].Value));
    }

    [Fact]
    public async Task Topics_are_created_described_grown_and_deleted()
    {
        using var admin = new AdminClient(node.Options(), node.Platform);
        var created = await admin.CreateTopics([new NewTopic("managed") { Partitions = 2, ReplicationFactor = 1,
            Configs = new Dictionary<string, string?> { ["retention.ms"] = "60000" } }]);
        Assert.Equal(ErrorCode.None, created[0].Error);
        Assert.Equal(ErrorCode.TopicAlreadyExists, (await admin.CreateTopics([new NewTopic("managed")]))[0].Error);
        Assert.Equal(ErrorCode.None, (await admin.CreatePartitions("managed", 3, null)).Error);
        var described = Assert.Single(await admin.DescribeTopics(["managed"], partitionsAtOnce: 1));
        Assert.Equal([0, 1, 2], described.Partitions.Select(p => p.Index));
        Assert.All(described.Partitions, p => Assert.Equal(1, p.Leader));
        Assert.Equal("managed", Assert.Single(await admin.DescribeTopics([described.Id])).Name);
        var configs = Assert.Single(await admin.DescribeConfigs([new(ConfigResourceType.Topic, "managed")]));
        Assert.Equal("60000", configs.Entries.Single(e => e.Name == "retention.ms").Value);
        Assert.Equal(ErrorCode.None, (await admin.DeleteTopics(["managed"]))[0].Error);
        Assert.DoesNotContain(await admin.ListTopics(includeInternal: true), t => t.Name == "managed");
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await admin.DeleteTopics(["managed"]))[0].Error);
    }

    [Fact]
    public async Task Records_are_deleted_up_to_an_offset()
    {
        await Fill("trimmed", 5);
        using var admin = new AdminClient(node.Options(), node.Platform);
        TopicPartition partition = new("trimmed", 0);
        var deleted = await admin.DeleteRecords(new Dictionary<TopicPartition, Offset> { [partition] = new(2) });
        Assert.Equal((ErrorCode.None, new Offset(2)), deleted[partition]);
        var found = await admin.ListOffsets(new Dictionary<TopicPartition, long> { [partition] = -2 });
        Assert.Equal(2, found[partition].Offset.Value);
    }

    private static long Timestamp(int i) => 1_700_000_000_000 + (i * 1_000);

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } present ? Encoding.UTF8.GetString(present.Span) : null;

    private static async Task PollUntil(Func<bool> done, params Consumer[] consumers)
    {
        using var patience = new CancellationTokenSource(PatienceMs);
        while (!done())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.WhenAll(consumers.Select(consumer => consumer.Poll(100).AsTask()));
        }
    }

    private Producer Producer(ProducerOptions options) => new(node.Options(), options, node.Platform);

    private Consumer Consumer(ConsumerOptions options) => new(node.Options(), options, node.Platform);

    private async Task Create(NewTopic topic)
    {
        using var admin = new AdminClient(node.Options(), node.Platform);
        (await admin.CreateTopics([topic]))[0].ThrowIfFailed();
    }

    private async Task Fill(string topic, int to, int from = 0)
    {
        await using var producer = Producer(new ProducerOptions());
        for (var i = from; i < to;
            i++) await producer.Enqueue(new ProducerRecord(topic) { Partition = 0, Value = Bytes($"{i}"), TimestampMs = Timestamp(i) });
    }

    private async Task<List<ConsumedRecord>> Read(TopicPartition partition, int count, ConsumerOptions options, StartAt? start = null)
    {
        await using var consumer = Consumer(options);
        consumer.Assign(new Dictionary<TopicPartition, StartAt?> { [partition] = start ?? StartAt.Earliest });
        var records = new List<ConsumedRecord>();
        while (records.Count < count)
        {
            var more = await consumer.Poll(PatienceMs);
            Assert.NotEmpty(more);
            records.AddRange(more);
        }

        return records.GetRange(0, count);
    }

    private async Task<List<string?>> ReadInGroup(string topic, ConsumerOptions options, int count)
    {
        await using var consumer = Consumer(options);
        consumer.Subscribe([topic]);
        var texts = new List<string?>();
        while (texts.Count < count)
        {
            var more = await consumer.Poll(PatienceMs);
            Assert.NotEmpty(more);
            texts.AddRange(more.Select(r => Text(r.Value)));
        }

        return texts;
    }
}
