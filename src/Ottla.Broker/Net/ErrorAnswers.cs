using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Net;

/// <summary>"It failed" as an answer to each request whose response has no error code for all of it: the code for each thing that was asked for.</summary>
/// <remarks>For faults of ours that a handler did not foresee; what a handler expects it answers itself. Kafka answers such a fault with
/// UNKNOWN_SERVER_ERROR in the same places. A test asks for it for each API at each version.</remarks>
internal static class ErrorAnswers
{
    /// <summary>Null where the response has its own error code, or the client wants none.</summary>
    public static IMessage? Of(IMessage request, short version, ErrorCode error) => request switch
    {
        FetchRequest fetch when version < 7 => Fetched(fetch, error),
        ListOffsetsRequest list => new ListOffsetsResponse { Topics = [.. list.Topics.Select(t => Listed(t, error))] },
        OffsetForLeaderEpochRequest epochs => new OffsetForLeaderEpochResponse { Topics = [.. epochs.Topics.Select(t => Ended(t, error))] },
        ProduceRequest produce => produce.Acks == 0 ? null : Produced(produce, error),
        DeleteRecordsRequest delete => new DeleteRecordsResponse { Topics = [.. delete.Topics.Select(t => Deleted(t, error))] },
        DescribeProducersRequest producers => new DescribeProducersResponse { Topics = [.. producers.Topics.Select(t => Described(t, error))] },
        MetadataRequest metadata when version < 13 =>
            new MetadataResponse { Topics = [.. (metadata.Topics ?? []).Select(t => Described(t, version, error))] },
        _ => OfGroups(request, version, error) ?? OfTopics(request, version, error) ?? OfConfigs(request, error),
    };

    private static IMessage? OfGroups(IMessage request, short version, ErrorCode error) => request switch
    {
        OffsetCommitRequest commit => new OffsetCommitResponse { Topics = [.. commit.Topics.Select(t => Committed(t, error))] },
        OffsetFetchRequest fetch when version >= 8 =>
            new OffsetFetchResponse { Groups = [.. fetch.Groups.Select(g => new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = g.GroupId, ErrorCode = error })] },
        OffsetFetchRequest fetch when version == 1 => new OffsetFetchResponse { Topics = [.. (fetch.Topics ?? []).Select(t => FetchedOffsets(t, error))] },
        FindCoordinatorRequest find when version >= 4 => new FindCoordinatorResponse
        {
            Coordinators = [.. find.CoordinatorKeys.Select(k => new FindCoordinatorResponse.Coordinator { Key = k, ErrorCode = error, NodeId = -1, Port = -1 })],
        },
        DescribeGroupsRequest groups =>
            new DescribeGroupsResponse { Groups = [.. groups.Groups.Select(g => new DescribeGroupsResponse.DescribedGroup { GroupId = g, ErrorCode = error })] },
        ConsumerGroupDescribeRequest groups =>
            new ConsumerGroupDescribeResponse { Groups = [.. groups.GroupIds.Select(g => new ConsumerGroupDescribeResponse.DescribedGroup { GroupId = g, ErrorCode = error })] },
        DeleteGroupsRequest groups =>
            new DeleteGroupsResponse { Results = [.. groups.GroupsNames.Select(g => new DeleteGroupsResponse.DeletableGroupResult { GroupId = g, ErrorCode = error })] },
        _ => null,
    };

    private static IMessage? OfTopics(IMessage request, short version, ErrorCode error) => request switch
    {
        CreateTopicsRequest create =>
            new CreateTopicsResponse { Topics = [.. create.Topics.Select(t => new CreateTopicsResponse.CreatableTopicResult { Name = t.Name, ErrorCode = error })] },
        DeleteTopicsRequest delete => new DeleteTopicsResponse
        {
            Responses =
            [
                .. delete.TopicNames.Select(n => new DeleteTopicsResponse.DeletableTopicResult { Name = n, ErrorCode = error }),
                .. delete.Topics.Select(t => new DeleteTopicsResponse.DeletableTopicResult { Name = t.Name, TopicId = t.TopicId, ErrorCode = error }),
            ],
        },
        CreatePartitionsRequest create => new CreatePartitionsResponse
        {
            Results = [.. create.Topics.Select(t => new CreatePartitionsResponse.CreatePartitionsTopicResult { Name = t.Name, ErrorCode = error })],
        },
        DescribeTopicPartitionsRequest describe => new DescribeTopicPartitionsResponse
        {
            Topics = [.. describe.Topics.Select(t => new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic { Name = t.Name, ErrorCode = error })],
        },
        ElectLeadersRequest elect => new ElectLeadersResponse
        {
            ErrorCode = version >= 1 ? error : ErrorCode.None, ReplicaElectionResults = [.. (elect.TopicPartitions ?? []).Select(t => Elected(t.Topic, t.Partitions, error))],
        },
        _ => null,
    };

    private static IMessage? OfConfigs(IMessage request, ErrorCode error) => request switch
    {
        DescribeConfigsRequest configs => new DescribeConfigsResponse
        {
            Results =
            [
                .. configs.Resources.Select(r =>
                    new DescribeConfigsResponse.DescribeConfigsResult { ResourceType = r.ResourceType, ResourceName = r.ResourceName, ErrorCode = error }),
            ],
        },
        AlterConfigsRequest configs => new AlterConfigsResponse
        {
            Responses =
            [
                .. configs.Resources.Select(r =>
                    new AlterConfigsResponse.AlterConfigsResourceResponse { ResourceType = r.ResourceType, ResourceName = r.ResourceName, ErrorCode = error }),
            ],
        },
        IncrementalAlterConfigsRequest configs => new IncrementalAlterConfigsResponse
        {
            Responses =
            [
                .. configs.Resources.Select(r =>
                    new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse { ResourceType = r.ResourceType, ResourceName = r.ResourceName, ErrorCode = error }),
            ],
        },
        AlterClientQuotasRequest quotas => new AlterClientQuotasResponse { Entries = [.. quotas.Entries.Select(e => Altered(e, error))] },
        DescribeLogDirsRequest => new DescribeLogDirsResponse { ErrorCode = error, Results = [new() { ErrorCode = error }] },
        AlterReplicaLogDirsRequest alter => new AlterReplicaLogDirsResponse { Results = [.. alter.Dirs.SelectMany(d => d.Topics).Select(t => Moved(t, error))] },
        _ => null,
    };

    private static MetadataResponse.MetadataResponseTopic Described(MetadataRequest.MetadataRequestTopic topic, short version, ErrorCode error) =>
        new() { Name = version < 12 ? topic.Name ?? "" : topic.Name, TopicId = topic.TopicId, ErrorCode = error };

    private static FetchResponse Fetched(FetchRequest fetch, ErrorCode error) => new()
    {
        Responses =
        [
            .. fetch.Topics.Select(t => new FetchResponse.FetchableTopicResponse
            {
                Topic = t.Topic,
                Partitions =
                [
                    .. t.Partitions.Select(p =>
                        new FetchResponse.PartitionData { PartitionIndex = p.Partition, ErrorCode = error, HighWatermark = -1, Records = Records.Empty }),
                ],
            }),
        ],
    };

    private static ProduceResponse Produced(ProduceRequest produce, ErrorCode error) => new()
    {
        Responses =
        [
            .. produce.TopicData.Select(t => new ProduceResponse.TopicProduceResponse
            {
                Name = t.Name,
                TopicId = t.TopicId,
                PartitionResponses = [.. t.PartitionData.Select(p => new ProduceResponse.PartitionProduceResponse { Index = p.Index, ErrorCode = error, BaseOffset = -1 })],
            }),
        ],
    };

    private static ListOffsetsResponse.ListOffsetsTopicResponse Listed(ListOffsetsRequest.ListOffsetsTopic topic, ErrorCode error) => new()
    {
        Name = topic.Name,
        Partitions = [.. topic.Partitions.Select(p => new ListOffsetsResponse.ListOffsetsPartitionResponse { PartitionIndex = p.PartitionIndex, ErrorCode = error })],
    };

    private static OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult Ended(OffsetForLeaderEpochRequest.OffsetForLeaderTopic topic, ErrorCode error) => new()
    {
        Topic = topic.Topic,
        Partitions = [.. topic.Partitions.Select(p => new OffsetForLeaderEpochResponse.EpochEndOffset { Partition = p.Partition, ErrorCode = error })],
    };

    private static DeleteRecordsResponse.DeleteRecordsTopicResult Deleted(DeleteRecordsRequest.DeleteRecordsTopic topic, ErrorCode error) => new()
    {
        Name = topic.Name,
        Partitions =
        [
            .. topic.Partitions.Select(p =>
                new DeleteRecordsResponse.DeleteRecordsPartitionResult { PartitionIndex = p.PartitionIndex, LowWatermark = -1, ErrorCode = error }),
        ],
    };

    private static DescribeProducersResponse.TopicResponse Described(DescribeProducersRequest.TopicRequest topic, ErrorCode error) => new()
    {
        Name = topic.Name,
        Partitions = [.. topic.PartitionIndexes.Select(p => new DescribeProducersResponse.PartitionResponse { PartitionIndex = p, ErrorCode = error })],
    };

    private static OffsetCommitResponse.OffsetCommitResponseTopic Committed(OffsetCommitRequest.OffsetCommitRequestTopic topic, ErrorCode error) => new()
    {
        Name = topic.Name,
        TopicId = topic.TopicId,
        Partitions = [.. topic.Partitions.Select(p => new OffsetCommitResponse.OffsetCommitResponsePartition { PartitionIndex = p.PartitionIndex, ErrorCode = error })],
    };

    private static OffsetFetchResponse.OffsetFetchResponseTopic FetchedOffsets(OffsetFetchRequest.OffsetFetchRequestTopic topic, ErrorCode error) => new()
    {
        Name = topic.Name,
        Partitions =
        [
            .. topic.PartitionIndexes.Select(p =>
                new OffsetFetchResponse.OffsetFetchResponsePartition { PartitionIndex = p, CommittedOffset = -1, Metadata = "", ErrorCode = error }),
        ],
    };

    private static ElectLeadersResponse.ReplicaElectionResult Elected(string topic, List<int> partitions, ErrorCode error) => new()
    {
        Topic = topic,
        PartitionResult = [.. partitions.Select(p => new ElectLeadersResponse.PartitionResult { PartitionId = p, ErrorCode = error })],
    };

    private static AlterClientQuotasResponse.EntryData Altered(AlterClientQuotasRequest.EntryData entry, ErrorCode error) => new()
    {
        ErrorCode = error,
        Entity = [.. entry.Entity.Select(e => new AlterClientQuotasResponse.EntityData { EntityType = e.EntityType, EntityName = e.EntityName })],
    };

    private static AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult Moved(AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic topic, ErrorCode error) => new()
    {
        TopicName = topic.Name,
        Partitions = [.. topic.Partitions.Select(p => new AlterReplicaLogDirsResponse.AlterReplicaLogDirPartitionResult { PartitionIndex = p, ErrorCode = error })],
    };
}
