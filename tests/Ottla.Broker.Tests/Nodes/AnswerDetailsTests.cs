using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>What clients look at beside the error code: whether there is a message and which, and what is repeated or left out.</summary>
/// <remarks>Each was compared with Apache Kafka's answer to the same request.</remarks>
public sealed class AnswerDetailsTests
{
    [Fact]
    public async Task Success_has_the_message_that_clients_expect_of_each_api()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var made = await client.Ask<CreateTopicsResponse>(new CreateTopicsRequest { Topics = [new() { Name = "events", NumPartitions = 1, ReplicationFactor = 1 }] }, 7);
        Assert.Null(made.Topics[0].ErrorMessage);
        var described = await client.Ask<DescribeConfigsResponse>(new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = "events" }] }, 4);
        Assert.Equal("", described.Results[0].ErrorMessage);
        Assert.Null((await client.Ask<ListPartitionReassignmentsResponse>(new ListPartitionReassignmentsRequest(), 0)).ErrorMessage);
        Assert.Null((await client.Ask<AlterPartitionReassignmentsResponse>(new AlterPartitionReassignmentsRequest(), 0)).ErrorMessage);
        var found = await Patience.Until(
            () => client.Ask<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = "g" }, 3), answer => answer.ErrorCode == ErrorCode.None);
        Assert.Equal("NONE", found.ErrorMessage);
        Assert.Equal("", (await client.Ask<FindCoordinatorResponse>(new FindCoordinatorRequest { CoordinatorKeys = ["g"] }, 4)).Coordinators[0].ErrorMessage);
    }

    [Fact]
    public async Task What_is_not_there_is_refused_with_its_usual_message()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var deleted = await client.Ask<DeleteTopicsResponse>(new DeleteTopicsRequest { Topics = [new() { Name = "nope" }, new() { TopicId = new Uuid(1, 2) }] }, 6);
        Assert.Equal(
            [(ErrorCode.UnknownTopicOrPartition, "This server does not host this topic-partition."), (ErrorCode.UnknownTopicId, "This server does not host this topic ID.")],
            deleted.Responses.Select(response => (response.ErrorCode, response.ErrorMessage!)));
        var producers = await client.Ask<DescribeProducersResponse>(new DescribeProducersRequest { Topics = [new() { Name = "nope", PartitionIndexes = [0] }] }, 0);
        Assert.Equal("This server does not host this topic-partition.", producers.Topics[0].Partitions[0].ErrorMessage);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(2, 1)]
    [InlineData(int.MaxValue, 0)]
    public async Task A_page_of_partitions_begins_at_the_cursor_wherever_that_is(int from, int partitions)
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        await client.CreateTopic("events", partitions: 3);
        var request = new DescribeTopicPartitionsRequest
        {
            Topics = [new() { Name = "events" }], ResponsePartitionLimit = int.MaxValue, Cursor = new() { TopicName = "events", PartitionIndex = from },
        };
        var page = await client.Ask<DescribeTopicPartitionsResponse>(request, 0);
        Assert.Equal(partitions, Assert.Single(page.Topics).Partitions.Count);
        Assert.Null(page.NextCursor);
    }

    [Theory]
    [InlineData("events", -1)]
    [InlineData("others", 0)]
    public async Task A_cursor_that_is_none_of_the_topics_asked_for_is_refused(string topic, int partition)
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        await client.CreateTopic("events");
        var request = new DescribeTopicPartitionsRequest { Topics = [new() { Name = "events" }], Cursor = new() { TopicName = topic, PartitionIndex = partition } };
        var answer = Assert.Single((await client.Ask<DescribeTopicPartitionsResponse>(request, 0)).Topics);
        Assert.Equal(("events", ErrorCode.InvalidRequest, 0), (answer.Name, answer.ErrorCode, answer.Partitions.Count));
    }

    [Fact]
    public async Task A_resource_that_is_described_twice_is_answered_twice()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        DescribeConfigsRequest.DescribeConfigsResource one = new() { ResourceType = 4, ResourceName = "1", ConfigurationKeys = ["log.dirs", "log.dirs"] };
        var described = await client.Ask<DescribeConfigsResponse>(new DescribeConfigsRequest { Resources = [one, one] }, 4);
        Assert.Equal(2, described.Results.Count);
        Assert.All(described.Results, result => Assert.Single(result.Configs));
    }

    [Fact]
    public async Task Groups_that_are_not_there_say_nothing_of_what_is_allowed()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        await client.Ask<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = "nope" }, 3);
        var classic = await Patience.Until(
            () => client.Ask<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = ["nope"], IncludeAuthorizedOperations = true }, 6),
            answer => answer.Groups[0].ErrorCode is not (ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator));
        Assert.Equal((ErrorCode.GroupIdNotFound, int.MinValue), (classic.Groups[0].ErrorCode, classic.Groups[0].AuthorizedOperations));
        var consumer = await client.Ask<ConsumerGroupDescribeResponse>(new ConsumerGroupDescribeRequest { GroupIds = ["nope"], IncludeAuthorizedOperations = true }, 1);
        Assert.Equal((ErrorCode.GroupIdNotFound, int.MinValue), (consumer.Groups[0].ErrorCode, consumer.Groups[0].AuthorizedOperations));
    }

    [Fact]
    public async Task A_partition_that_is_asked_for_twice_has_no_offset()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events", partitions: 2);
        var request = new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics =
            [
                new()
                {
                    Name = topic.Name,
                    Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }, new() { PartitionIndex = 1, Timestamp = -1 }, new() { PartitionIndex = 0, Timestamp = -2 }],
                },
            ],
        };
        var answer = await client.Ask<ListOffsetsResponse>(request, 11);
        Assert.Equal(
            [(0, ErrorCode.InvalidRequest), (1, ErrorCode.None), (0, ErrorCode.InvalidRequest)],
            answer.Topics[0].Partitions.Select(partition => (partition.PartitionIndex, partition.ErrorCode)));
    }

    [Fact]
    public async Task A_broker_says_that_it_answers_for_brokers()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var answer = await client.Ask<DescribeClusterResponse>(new DescribeClusterRequest { EndpointType = 2 }, 2);
        Assert.Equal((ErrorCode.MismatchedEndpointType, (sbyte)1), (answer.ErrorCode, answer.EndpointType));
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_the_first_thing_that_is_wrong_with_a_move()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var answer = await client.Ask<AlterReplicaLogDirsResponse>(
            new AlterReplicaLogDirsRequest { Dirs = [new() { Path = "/nowhere", Topics = [new() { Name = "nope", Partitions = [0] }] }] }, 2);
        Assert.Equal(ErrorCode.LogDirNotFound, answer.Results[0].Partitions[0].ErrorCode);
    }
}
