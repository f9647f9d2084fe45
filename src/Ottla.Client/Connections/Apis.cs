using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Client.Connections;

/// <summary>One API as this client speaks it: request and answer, and the highest version that it sends.</summary>
internal class Api<TRequest, TResponse>(short max)
    where TRequest : IRequest<TRequest>
    where TResponse : IResponse<TResponse>
{
#pragma warning disable CA1822 // read through the instance: that is what names the API
    public ApiKey Key => TRequest.ApiKey;
#pragma warning restore CA1822

    /// <summary>Versions that this client sends; the highest that the broker knows too is taken.</summary>
    public VersionRange Versions => new(TRequest.Versions.Min, max);

    public virtual TResponse Read(ref MessageReader reader, short version) => TResponse.Read(ref reader, version);
}

/// <summary>The APIs that this client speaks, each up to the highest version that its tests have seen work.</summary>
internal static class Apis
{
    public static readonly Api<ApiVersionsRequest, ApiVersionsResponse> ApiVersions = new ApiVersionsApi();
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

    /// <summary>A broker that does not know the version answers in version 0, with UNSUPPORTED_VERSION in front (KIP-511).</summary>
    private sealed class ApiVersionsApi() : Api<ApiVersionsRequest, ApiVersionsResponse>(4)
    {
        public override ApiVersionsResponse Read(ref MessageReader reader, short version) =>
            base.Read(ref reader, StartsWithUnsupportedVersion(reader) ? (short)0 : version);

        /// <summary>Reads from a copy of the reader.</summary>
        private static bool StartsWithUnsupportedVersion(MessageReader reader) => reader.ReadInt16() == (short)ErrorCode.UnsupportedVersion;
    }
}
