using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Nodes;

public sealed class LongPollTests
{
    /// <summary>Far beyond what a test waits: a fetch that answers was woken.</summary>
    private const int ForeverMs = 10 * 60_000;

    [Fact]
    public async Task A_waiting_fetch_is_woken_by_an_append()
    {
        await using var node = await TestNode.Start();
        using var producer = await node.Connect();
        using var consumer = await node.Connect();
        var topic = await producer.CreateTopic("events", partitions: 2);
        var request = TopicClient.FetchOf(topic, 0, waitMs: ForeverMs);
        request.Topics[0].Partitions.Add(new() { Partition = 1, PartitionMaxBytes = 1 << 20 });
        for (var i = 0; i < 50; i++)
        {
            request.Topics[0].Partitions[1].FetchOffset = i;
            var id = await consumer.Send(ApiKey.Fetch, request, 18);
            await producer.Produce(topic, Batch.Of($"record {i}"), partition: 1);
            var response = await consumer.Receive<FetchResponse>(id, 18);
            Assert.Equal([(i, $"record {i}")], Batch.Read(response.Responses[0].Partitions[1].Records));
        }
    }

    [Fact]
    public async Task A_fetch_that_wants_more_bytes_waits_until_they_are_there()
    {
        await using var node = await TestNode.Start();
        using var producer = await node.Connect();
        using var consumer = await node.Connect();
        var topic = await producer.CreateTopic("events");
        var request = TopicClient.FetchOf(topic, 0, waitMs: ForeverMs);
        request.MinBytes = 3_000;
        var id = await consumer.Send(ApiKey.Fetch, request, 18);
        for (var i = 0; i < 3; i++) await producer.Produce(topic, Batch.OfBytes(1_000));
        Assert.Equal(3, Batch.Read(TopicClient.Only(await consumer.Receive<FetchResponse>(id, 18)).Records).Count);
    }

    [Fact]
    public async Task A_fetch_that_nobody_wakes_ends_with_its_time()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        var answer = TopicClient.Only(await client.Ask<FetchResponse>(TopicClient.FetchOf(topic, 0, waitMs: 50), 18));
        Assert.Equal((ErrorCode.None, 0), (answer.ErrorCode, answer.Records.Length));
    }

    [Fact]
    public async Task A_node_that_stops_does_not_wait_for_fetches()
    {
        var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        await client.Send(ApiKey.Fetch, TopicClient.FetchOf(topic, 0, waitMs: ForeverMs), 18);
        using var idle = await node.Connect();
        await node.DisposeAsync();
        await idle.IsClosed();
    }

    [Fact]
    public async Task A_fetch_of_a_topic_that_is_deleted_meanwhile_learns_it()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        using var consumer = await node.Connect();
        var topic = await client.CreateTopic("events");
        await client.Produce(topic, Batch.Of("a"));
        var id = await consumer.Send(ApiKey.Fetch, TopicClient.FetchOf(topic, 1, waitMs: ForeverMs), 18);
        await client.DeleteTopic(topic);
        var response = await consumer.Receive<FetchResponse>(id, 18);
        Assert.Equal(ErrorCode.UnknownTopicId, TopicClient.Only(response).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await client.Fetch(topic, 0, version: 12)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicId, (await client.Produce(topic, Batch.Of("b"))).ErrorCode);
        var again = await client.CreateTopic("events");
        Assert.Equal(0, (await client.Produce(again, Batch.Of("new"))).BaseOffset);
        Assert.Equal(["new"], await client.Values(again));
    }

    [Fact]
    public async Task What_is_not_known_does_not_end_the_wait_for_the_rest()
    {
        await using var node = await TestNode.Start();
        using var producer = await node.Connect();
        using var consumer = await node.Connect();
        var topic = await producer.CreateTopic("events");
        var request = TopicClient.FetchOf(topic, 0, waitMs: ForeverMs);
        request.Topics[0].Partitions.Add(new() { Partition = 7, PartitionMaxBytes = 1 << 20 });
        request.Topics.Add(new() { Topic = "gone", TopicId = new Uuid(1, 2), Partitions = [new() { PartitionMaxBytes = 1 << 20 }] });
        foreach (var version in (short[])[12, 18])
        {
            request.Topics[0].Partitions[0].FetchOffset = version == 12 ? 0 : 1;
            var id = await consumer.Send(ApiKey.Fetch, request, version);
            await producer.Produce(topic, Batch.Of("a"));
            var answers = (await consumer.Receive<FetchResponse>(id, version)).Responses.SelectMany(t => t.Partitions).Select(p => p.ErrorCode);
            var unknownTopic = version == 12 ? ErrorCode.UnknownTopicOrPartition : ErrorCode.UnknownTopicId;
            Assert.Equal([ErrorCode.None, ErrorCode.UnknownTopicOrPartition, unknownTopic], answers);
        }
    }

    [Fact]
    public async Task A_fetch_of_nothing_that_is_known_is_answered_at_once()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var response = await client.Ask<FetchResponse>(TopicClient.FetchOf(new Topic("gone", new Uuid(1, 2)), 0, waitMs: ForeverMs), 18);
        Assert.Equal(ErrorCode.UnknownTopicId, TopicClient.Only(response).ErrorCode);
    }

    [Fact]
    public async Task Who_wants_more_bytes_at_least_than_at_most_gets_the_most()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        await client.Produce(topic, Batch.OfBytes(2_000));
        var request = TopicClient.FetchOf(topic, 0, bytesMax: 1_000, waitMs: ForeverMs);
        request.MinBytes = 1 << 20;
        Assert.NotEqual(0, TopicClient.Only(await client.Ask<FetchResponse>(request, 18)).Records.Length);
    }

    [Fact]
    public async Task A_follower_s_fetch_is_not_believed_where_there_are_no_followers()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        await client.Produce(topic, Batch.Of("a"));
        foreach (var replica in (int[])[1, 5])
        {
            var request = TopicClient.FetchOf(topic, 0, waitMs: ForeverMs);
            request.ReplicaState.ReplicaId = replica;
            Assert.Equal(ErrorCode.NotLeaderOrFollower, TopicClient.Only(await client.Ask<FetchResponse>(request, 18)).ErrorCode);
        }
    }

    [Fact]
    public async Task A_topic_that_is_deleted_and_made_again_under_readers_never_shows_old_records()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        using var reader = await node.Connect();
        for (var round = 0; round < 10; round++)
        {
            var topic = await client.CreateTopic("events");
            await client.Produce(topic, Batch.Of($"round {round}", new string('x', 40_000)));
            var reading = reader.Fetch(topic, 0, version: 12);
            await client.DeleteTopic(topic);
            var answer = await reading;
            if (answer.ErrorCode == ErrorCode.None) Assert.Equal($"round {round}", Batch.Values(answer.Records)[0]);
            else Assert.Equal(ErrorCode.UnknownTopicOrPartition, answer.ErrorCode);
        }
    }

    [Fact]
    public async Task A_session_answers_only_what_is_new()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events", partitions: 3);
        var first = TopicClient.FetchOf(topic, 0);
        first.SessionEpoch = 0;
        for (var i = 1; i < 3; i++) first.Topics[0].Partitions.Add(new() { Partition = i, PartitionMaxBytes = 1 << 20 });
        var opened = await client.Ask<FetchResponse>(first, 18);
        Assert.NotEqual(0, opened.SessionId);
        Assert.Equal(3, opened.Responses[0].Partitions.Count);

        var next = new FetchRequest { SessionId = opened.SessionId, SessionEpoch = 1, MinBytes = 1 };
        Assert.Empty((await client.Ask<FetchResponse>(next, 18)).Responses);
        await client.Produce(topic, Batch.Of("a"), partition: 2);
        next.SessionEpoch = 2;
        var news = TopicClient.Only(await client.Ask<FetchResponse>(next, 18));
        Assert.Equal((2, "a"), (news.PartitionIndex, Batch.Values(news.Records)[0]));

        next.SessionEpoch = 9;
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, (await client.Ask<FetchResponse>(next, 18)).ErrorCode);
        next.SessionId ^= 1;
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, (await client.Ask<FetchResponse>(next, 18)).ErrorCode);
    }
}
