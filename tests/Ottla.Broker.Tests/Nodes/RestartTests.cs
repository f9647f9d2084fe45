using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Nodes;

public sealed class RestartTests
{
    [Fact]
    public async Task A_clean_restart_keeps_records_offsets_configs_and_identity()
    {
        var files = new MemoryFileSystem();
        string cluster;
        Topic topic;
        await using (var node = await TestNode.Start(files))
        {
            using var client = await node.Connect();
            cluster = node.ClusterId;
            topic = await Fill(client);
        }

        await using var again = await TestNode.Start(files);
        using var reader = await again.Connect();
        Assert.Equal(cluster, again.ClusterId);
        await Check(reader, topic);
    }

    [Fact]
    public async Task A_restart_after_the_plug_was_pulled_keeps_what_was_flushed()
    {
        var files = new MemoryFileSystem(canCrash: true);
        Topic topic;
        var node = await TestNode.Start(files, ("log.flush.interval.messages", "1"));
        using (var client = await node.Connect())
        {
            topic = await Fill(client);
            files.Crash();
        }

        await using var again = await TestNode.Start(files, ("log.flush.interval.messages", "1"));
        using var reader = await again.Connect();
        await Check(reader, topic);
        await node.Abandon();
    }

    [Fact]
    public async Task Records_behind_a_torn_tail_can_be_produced_again()
    {
        var files = new MemoryFileSystem(canCrash: true);
        Topic topic;
        var node = await TestNode.Start(files);
        using (var client = await node.Connect())
        {
            topic = await client.CreateTopic("events");
            for (var i = 0; i < 20; i++) await client.Produce(topic, Batch.Of($"record {i}"));
            files.Crash(new Random(3));
        }

        await using var again = await TestNode.Start(files);
        using var reader = await again.Connect();
        var kept = await reader.Values(topic);
        Assert.Equal(Enumerable.Range(0, kept.Length).Select(i => $"record {i}"), kept);
        Assert.Equal(kept.Length, (await reader.Produce(topic, Batch.Of("next"))).BaseOffset);
        Assert.Equal("next", (await reader.Values(topic))[^1]);
        await node.Abandon();
    }

    [Fact]
    public async Task A_deleted_topic_stays_deleted()
    {
        var files = new MemoryFileSystem();
        await using (var node = await TestNode.Start(files))
        {
            using var client = await node.Connect();
            var topic = await client.CreateTopic("events");
            await client.Produce(topic, Batch.Of("a"));
            await client.DeleteTopic(topic);
            await client.CreateTopic("kept");
        }

        await using var again = await TestNode.Start(files);
        using var reader = await again.Connect();
        Assert.Equal("kept", Assert.Single((await reader.Ask<MetadataResponse>(new MetadataRequest { Topics = null }, 12)).Topics).Name);
    }

    [Fact]
    public async Task A_group_that_was_deleted_stays_deleted_and_the_others_are_served()
    {
        var files = new MemoryFileSystem();
        Topic topic;
        await using (var node = await TestNode.Start(files, ("offsets.topic.num.partitions", "1")))
        {
            using var client = await node.Connect();
            topic = await Fill(client);
            await client.Ask<OffsetCommitResponse>(Commit(topic, "gone"), 9);
            var deleted = await client.Ask<DeleteGroupsResponse>(new DeleteGroupsRequest { GroupsNames = ["gone"] }, 2);
            Assert.Equal(ErrorCode.None, Assert.Single(deleted.Results).ErrorCode);
        }

        await using var again = await TestNode.Start(files, ("offsets.topic.num.partitions", "1"));
        using var reader = await again.Connect();
        await Check(reader, topic);
        var listed = await reader.Ask<ListGroupsResponse>(new ListGroupsRequest(), 5);
        Assert.Equal(["group"], listed.Groups.Select(group => group.GroupId));
    }

    [Fact]
    public async Task What_a_group_was_granted_stays_within_the_bounds_of_the_next_start()
    {
        var files = new MemoryFileSystem();
        var least = ("group.consumer.min.heartbeat.interval.ms", "500");
        var most = ("group.consumer.max.heartbeat.interval.ms", "40000");
        await using (var node = await TestNode.Start(files, least, most))
        {
            using var client = await node.Connect();
            await client.SetConfig(32, "often", "consumer.heartbeat.interval.ms", "900");
            await client.SetConfig(32, "seldom", "consumer.heartbeat.interval.ms", "30000");
            await Patience.Until(() => HeartbeatIntervalOf(client, "often"), told => told == 900);
            await Patience.Until(() => HeartbeatIntervalOf(client, "seldom"), told => told == 30_000);
        }

        await using var again = await TestNode.Start(files);
        using var member = await again.Connect();
        Assert.Equal((5_000, 15_000), (await HeartbeatIntervalOf(member, "often"), await HeartbeatIntervalOf(member, "seldom")));
    }

    /// <summary>What a new member of the group is told.</summary>
    private static async Task<int> HeartbeatIntervalOf(WireClient client, string group)
    {
        await Patience.Until(
            () => client.Ask<FindCoordinatorResponse>(new FindCoordinatorRequest { CoordinatorKeys = [group] }, 6),
            answer => answer.Coordinators[0].ErrorCode == ErrorCode.None);
        var request = new ConsumerGroupHeartbeatRequest
        {
            GroupId = group, MemberId = Guid.NewGuid().ToString(), MemberEpoch = 0, RebalanceTimeoutMs = 60_000,
            SubscribedTopicNames = ["events"], TopicPartitions = [],
        };
        var answer = await Patience.Until(
            () => client.Ask<ConsumerGroupHeartbeatResponse>(request, 1),
            answer => answer.ErrorCode is not (ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator));
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return answer.HeartbeatIntervalMs;
    }

    [Fact]
    public async Task Producer_ids_are_never_handed_out_twice()
    {
        var files = new MemoryFileSystem();
        var ids = new List<long>();
        for (var start = 0; start < 3; start++)
        {
            await using var node = await TestNode.Start(files);
            using var client = await node.Connect();
            for (var i = 0; i < 3; i++)
            {
                var request = new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 1_000 };
                ids.Add((await client.Ask<InitProducerIdResponse>(request, 5)).ProducerId);
            }
        }

        Assert.Equal(9, ids.Distinct().Count());
        Assert.DoesNotContain(-1, ids);
    }

    [Fact]
    public async Task A_second_node_on_the_same_directories_is_refused_and_the_first_serves_on()
    {
        var files = new MemoryFileSystem();
        await using var node = await TestNode.Start(files);
        var refused = await Assert.ThrowsAsync<BrokerStartException>(() => TestNode.Start(files));
        Assert.Contains("/data", refused.Message);
        using var client = await node.Connect();
        await client.CreateTopic("events");
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_and_the_directories_are_free_again()
    {
        await using var other = await TestNode.Start();
        var files = new MemoryFileSystem();
        var refused = await Assert.ThrowsAsync<BrokerStartException>(
            () => TestNode.Start(files, ("listeners", $"PLAINTEXT://127.0.0.1:{other.Port},CONTROLLER://127.0.0.1:0")));
        Assert.Contains($"127.0.0.1:{other.Port}", refused.Message);
        await using var node = await TestNode.Start(files);
    }

    private static async Task<Topic> Fill(WireClient client)
    {
        var topic = await client.CreateTopic("events", 1, ("retention.ms", "123456789"));
        for (var i = 0; i < 5; i++) await client.Produce(topic, Batch.Of($"record {i}"));
        await client.Produce(topic, Batch.From(7, 0, "of a producer"));
        await client.SetConfig(2, topic.Name, "max.message.bytes", "54321");
        await client.SetConfig(4, "", "message.max.bytes", "65432");
        await Patience.Until(
            () => client.Ask<FindCoordinatorResponse>(new FindCoordinatorRequest { CoordinatorKeys = ["group"] }, 6),
            answer => answer.Coordinators[0].ErrorCode == ErrorCode.None);
        var committed = await Patience.Until(
            () => client.Ask<OffsetCommitResponse>(Commit(topic), 9),
            answer => answer.Topics[0].Partitions[0].ErrorCode != ErrorCode.CoordinatorLoadInProgress);
        Assert.Equal(ErrorCode.None, committed.Topics[0].Partitions[0].ErrorCode);
        return topic;
    }

    private static async Task Check(WireClient client, Topic topic)
    {
        Assert.Equal(["record 0", "record 1", "record 2", "record 3", "record 4", "of a producer"], await client.Values(topic));
        var duplicate = await client.Produce(topic, Batch.From(7, 0, "of a producer"));
        Assert.Equal((ErrorCode.None, 5L), (duplicate.ErrorCode, duplicate.BaseOffset));
        Assert.Equal(6, (await client.Produce(topic, Batch.From(7, 1, "its next"))).BaseOffset);
        var offsets = await Patience.Until(
            () => client.Ask<OffsetFetchResponse>(
                new OffsetFetchRequest { Groups = [new() { GroupId = "group", Topics = [new() { Name = topic.Name, PartitionIndexes = [0] }] }] }, 9),
            answer => answer.Groups[0].ErrorCode != ErrorCode.CoordinatorLoadInProgress);
        Assert.Equal(4, offsets.Groups[0].Topics[0].Partitions[0].CommittedOffset);
        Assert.Equal(ErrorCode.MessageTooLarge, (await client.Produce(topic, Batch.OfBytes(60_000))).ErrorCode);
        var configs = await client.Ask<DescribeConfigsResponse>(
            new DescribeConfigsRequest
            {
                Resources =
                [
                    new() { ResourceType = 2, ResourceName = topic.Name, ConfigurationKeys = ["retention.ms", "max.message.bytes"] },
                    new() { ResourceType = 4, ResourceName = "1", ConfigurationKeys = ["message.max.bytes"] },
                ],
            },
            4);
        Assert.Equal(["123456789", "54321", "65432"], configs.Results.SelectMany(r => r.Configs.OrderByDescending(c => c.Name)).Select(c => c.Value));
    }

    private static OffsetCommitRequest Commit(Topic topic, string group = "group") => new()
    {
        GroupId = group, Topics = [new() { Name = topic.Name, TopicId = topic.Id, Partitions = [new() { PartitionIndex = 0, CommittedOffset = 4, CommittedMetadata = "here" }] }],
    };
}
