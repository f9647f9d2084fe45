using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>A node with two log directories, the second of which breaks (KIP-858).</summary>
public sealed class JbodTests
{
    private readonly FaultyFileSystem _files;
    private bool _isBroken;

    public JbodTests() => _files = new(new MemoryFileSystem(), call =>
    {
        if (Volatile.Read(ref _isBroken) && call.Path.StartsWith("/two", StringComparison.Ordinal)) throw DiskFault.Broken(call.Path);
    });

    [Fact]
    public async Task What_lies_on_a_broken_disk_has_no_leader_until_the_node_starts_with_a_mended_one()
    {
        Topic topic;
        List<int> hurt;
        await using (var node = await Start())
        {
            using var client = await node.Connect();
            topic = await client.CreateTopic("events", partitions: 4);
            for (var i = 0; i < 4; i++) await client.Produce(topic, Batch.Of($"before {i}"), partition: i);
            hurt = await In(client, "/two");
            Assert.Equal(2, hurt.Count);
            Assert.Empty(await Leaderless(client));
            Volatile.Write(ref _isBroken, true);
            foreach (var i in hurt) Assert.Equal(ErrorCode.KafkaStorageError, (await client.Produce(topic, Batch.Of("lost"), partition: i)).ErrorCode);
            await Patience.Until(() => Leaderless(client), found => found.SequenceEqual(hurt));
            foreach (var i in hurt) Assert.Equal(ErrorCode.KafkaStorageError, (await client.Produce(topic, Batch.Of("lost"), partition: i)).ErrorCode);
        }

        var still = await Start();
        using (var client = await still.Connect())
        {
            Assert.Equal(hurt, await Leaderless(client));
            for (var i = 0; i < 4; i++)
            {
                var expected = hurt.Contains(i) ? ErrorCode.KafkaStorageError : ErrorCode.None;
                Assert.Equal(expected, (await client.Produce(topic, Batch.Of($"after {i}"), partition: i)).ErrorCode);
                Assert.Equal(expected, (await client.Fetch(topic, 0, i)).ErrorCode);
            }

            var other = await client.CreateTopic("other", partitions: 3);
            for (var i = 0; i < 3; i++) await client.Produce(other, Batch.Of("new"), partition: i);
            Assert.Equal([0, 1, 2], await In(client, "/one", "other"));
        }

        var said = Assert.Single(still.Logged().Split('\n'), line => line.Contains("directory /two", StringComparison.Ordinal));
        Assert.Contains("is offline", said);
        Assert.Contains("restart", said);
        await still.DisposeAsync();

        Volatile.Write(ref _isBroken, false);
        await using var mended = await Start();
        using var reader = await mended.Connect();
        Assert.Empty(await Leaderless(reader));
        for (var i = 0; i < 4; i++)
        {
            string[] kept = hurt.Contains(i) ? [$"before {i}"] : [$"before {i}", $"after {i}"];
            Assert.Equal(kept, await reader.Values(topic, partition: i));
            Assert.Equal(kept.Length, (await reader.Produce(topic, Batch.Of("next"), partition: i)).BaseOffset);
        }
    }

    [Fact]
    public async Task A_node_none_of_whose_directories_can_be_used_does_not_start_and_says_why()
    {
        await (await Start()).DisposeAsync();
        Volatile.Write(ref _isBroken, true);
        var refused = await Assert.ThrowsAsync<BrokerStartException>(() => TestNode.Start(_files, ("log.dirs", "/two"), ("metadata.log.dir", "/one")));
        Assert.Contains("/two", refused.Message);
        var metadata = await Assert.ThrowsAsync<BrokerStartException>(() => TestNode.Start(_files, ("log.dirs", "/one,/two"), ("metadata.log.dir", "/two")));
        Assert.Contains("/two", metadata.Message);
    }

    [Fact]
    public async Task A_log_that_was_moved_by_hand_while_its_disk_is_away_is_led_where_it_is()
    {
        Topic topic;
        List<int> hurt;
        await using (var node = await Start())
        {
            using var client = await node.Connect();
            topic = await client.CreateTopic("events", partitions: 2);
            for (var i = 0; i < 2; i++) await client.Produce(topic, Batch.Of($"before {i}"), partition: i);
            hurt = await In(client, "/two");
            Assert.Single(hurt);
        }

        _files.Rename($"/two/events-{hurt[0]}", $"/one/events-{hurt[0]}");
        Volatile.Write(ref _isBroken, true);
        await using var moved = await Start();
        using var reader = await moved.Connect();
        await Patience.Until(() => Leaderless(reader), found => found.Count == 0);
        for (var i = 0; i < 2; i++) Assert.Equal([$"before {i}"], await reader.Values(topic, partition: i));
    }

    private Task<TestNode> Start() => TestNode.Start(_files, ("log.dirs", "/one,/two"), ("metadata.log.dir", "/one"));

    private static async Task<List<int>> In(WireClient client, string directory, string topic = "events")
    {
        var described = await client.Ask<DescribeLogDirsResponse>(new DescribeLogDirsRequest { Topics = null }, 5);
        var topics = described.Results.Single(d => d.LogDir == directory).Topics;
        return [.. topics.Single(t => t.Name == topic).Partitions.Select(p => p.PartitionIndex).Order()];
    }

    /// <summary>Partitions without a leader, after checking that both descriptions agree about each partition.</summary>
    private static async Task<List<int>> Leaderless(WireClient client)
    {
        var described = await client.Ask<DescribeTopicPartitionsResponse>(
            new DescribeTopicPartitionsRequest { Topics = [new() { Name = "events" }], ResponsePartitionLimit = 100 }, 0);
        var metadata = await client.Ask<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = "events" }] }, 12);
        var gone = new List<int>();
        foreach (var partition in metadata.Topics[0].Partitions)
        {
            if (partition.ErrorCode == ErrorCode.None)
            {
                Assert.Equal(1, partition.LeaderId);
                continue;
            }

            Assert.Equal((ErrorCode.LeaderNotAvailable, -1), (partition.ErrorCode, partition.LeaderId));
            Assert.Equal([1], partition.OfflineReplicas);
            gone.Add(partition.PartitionIndex);
        }

        foreach (var partition in described.Topics[0].Partitions.Where(p => p.LeaderId == -1))
        {
            Assert.Equal(ErrorCode.None, partition.ErrorCode);
            Assert.Equal([1], partition.OfflineReplicas);
            Assert.Empty(partition.IsrNodes);
            Assert.Equal([1], partition.LastKnownElr ?? []);
        }

        gone.Sort();
        return gone;
    }
}
