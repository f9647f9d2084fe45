using Ottla.Network.Connections;
using Ottla.Protocol.Messages;

namespace Ottla.Client.Connections;

/// <summary>The APIs that this client speaks, each up to the highest version that its tests have seen work.</summary>
internal static class Apis
{
    public static readonly Api<MetadataRequest, MetadataResponse> Metadata = new(13);
    public static readonly Api<ProduceRequest, ProduceResponse> Produce = new(13);
    public static readonly Api<InitProducerIdRequest, InitProducerIdResponse> InitProducerId = new(5);
    public static readonly Api<FetchRequest, FetchResponse> Fetch = new(17);
    public static readonly Api<ListOffsetsRequest, ListOffsetsResponse> ListOffsets = new(10);
    public static readonly Api<FindCoordinatorRequest, FindCoordinatorResponse> FindCoordinator = new(5);
    public static readonly Api<JoinGroupRequest, JoinGroupResponse> JoinGroup = new(9);
    public static readonly Api<SyncGroupRequest, SyncGroupResponse> SyncGroup = new(5);
    public static readonly Api<HeartbeatRequest, HeartbeatResponse> Heartbeat = new(4);
    public static readonly Api<LeaveGroupRequest, LeaveGroupResponse> LeaveGroup = new(5);
    public static readonly Api<OffsetCommitRequest, OffsetCommitResponse> OffsetCommit = new(9);
    public static readonly Api<OffsetFetchRequest, OffsetFetchResponse> OffsetFetch = new(9);
    public static readonly Api<CreateTopicsRequest, CreateTopicsResponse> CreateTopics = new(7);
    public static readonly Api<DeleteTopicsRequest, DeleteTopicsResponse> DeleteTopics = new(6);
    public static readonly Api<CreatePartitionsRequest, CreatePartitionsResponse> CreatePartitions = new(3);
    public static readonly Api<DescribeConfigsRequest, DescribeConfigsResponse> DescribeConfigs = new(4);
    public static readonly Api<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse> IncrementalAlterConfigs = new(1);
    public static readonly Api<DeleteRecordsRequest, DeleteRecordsResponse> DeleteRecords = new(2);
    public static readonly Api<DescribeClusterRequest, DescribeClusterResponse> DescribeCluster = new(2);
    public static readonly Api<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse> DescribeTopicPartitions = new(0);
    public static readonly Api<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse> ListPartitionReassignments = new(0);
}
