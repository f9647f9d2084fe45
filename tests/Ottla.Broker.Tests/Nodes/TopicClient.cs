using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>A topic as one client sees it.</summary>
/// <param name="Id">Zero where the topic was not made by this client.</param>
internal sealed record Topic(string Name, Uuid Id);

/// <summary>What most tests say to a node.</summary>
internal static class TopicClient
{
    public static async Task<Topic> CreateTopic(this WireClient client, string name, int partitions = 1, params (string Name, string Value)[] configs)
    {
        var request = new CreateTopicsRequest();
        var topic = new CreateTopicsRequest.CreatableTopic { Name = name, NumPartitions = partitions, ReplicationFactor = 1 };
        foreach (var (config, value) in configs) topic.Configs.Add(new() { Name = config, Value = value });
        request.Topics.Add(topic);
        var response = await client.Ask<CreateTopicsResponse>(request, 7);
        var created = Assert.Single(response.Topics);
        Assert.Equal(ErrorCode.None, created.ErrorCode);
        return new Topic(name, created.TopicId);
    }

    public static async Task DeleteTopic(this WireClient client, Topic topic)
    {
        var response = await client.Ask<DeleteTopicsResponse>(new DeleteTopicsRequest { Topics = [new() { Name = topic.Name }] }, 6);
        Assert.Equal(ErrorCode.None, Assert.Single(response.Responses).ErrorCode);
    }

    public static ProduceRequest ProduceTo(Topic topic, Records records, short acks = -1, int partition = 0) => new()
    {
        Acks = acks,
        TimeoutMs = 1_000,
        TopicData = [new() { Name = topic.Name, TopicId = topic.Id, PartitionData = [new() { Index = partition, Records = records }] }],
    };

    public static async Task<ProduceResponse.PartitionProduceResponse> Produce(
        this WireClient client, Topic topic, Records records, short acks = -1, int partition = 0, short version = 13)
    {
        var response = await client.Ask<ProduceResponse>(ProduceTo(topic, records, acks, partition), version);
        var answer = Assert.Single(Assert.Single(response.Responses).PartitionResponses);
        Assert.Equal(partition, answer.Index);
        return answer;
    }

    public static FetchRequest FetchOf(Topic topic, long offset, int partition = 0, int partitionBytesMax = 1 << 20, int bytesMax = 10 << 20, int waitMs = 0) => new()
    {
        MaxWaitMs = waitMs,
        MinBytes = 1,
        MaxBytes = bytesMax,
        Topics =
        [
            new() { Topic = topic.Name, TopicId = topic.Id, Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = partitionBytesMax }] },
        ],
    };

    public static async Task<FetchResponse.PartitionData> Fetch(this WireClient client, Topic topic, long offset, int partition = 0, short version = 18)
    {
        var response = await client.Ask<FetchResponse>(FetchOf(topic, offset, partition), version);
        return Only(response);
    }

    public static FetchResponse.PartitionData Only(FetchResponse response)
    {
        Assert.Equal(ErrorCode.None, response.ErrorCode);
        return Assert.Single(Assert.Single(response.Responses).Partitions);
    }

    public static async Task<string[]> Values(this WireClient client, Topic topic, long offset = 0, int partition = 0)
    {
        var answer = await client.Fetch(topic, offset, partition);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return Batch.Values(answer.Records);
    }

    public static async Task SetConfig(this WireClient client, sbyte type, string resource, string name, string value)
    {
        var request = new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = type, ResourceName = resource, Configs = [new() { Name = name, ConfigOperation = 0, Value = value }] }],
        };
        var response = await client.Ask<IncrementalAlterConfigsResponse>(request, 1);
        Assert.Equal(ErrorCode.None, Assert.Single(response.Responses).ErrorCode);
    }
}
