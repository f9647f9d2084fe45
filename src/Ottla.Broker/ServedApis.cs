using Ottla.Broker.Cluster;
using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Coordination;
using Ottla.Broker.Fetching;
using Ottla.Broker.Handlers;
using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Log.Directories;
using Ottla.Metadata.Quorum;
using Ottla.Metadata.Service;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker;

/// <summary>Every API that this node serves as a broker, and the handler of each.</summary>
internal sealed class ServedApis
{
    public ServedApis(
        PublishedMetadata cluster, ControllerService controller, ControllerLink link, DynamicSettings settings, LogDirectories directories, PartitionFinder finder,
        GroupCoordinator groups, TopicCreation creation, FetchSessions sessions, BrokerLoggers loggers, TimeProvider time, Forwarder? forwarder)
    {
        var producerIds = new ProducerIdBlocks(link, cluster);
        var versionsForBrokers = new ApiVersions(cluster, forwarder is null ? null : forwarder.VersionsOf);
        ForBrokers = new Endpoints(
        [
            .. OfController(link, loggers, cluster.Self),
            Of<DescribeQuorumRequest, DescribeQuorumResponse, DescribeQuorum>(new(controller, forwarder)),
            Of<AddRaftVoterRequest, AddRaftVoterResponse, AddRaftVoter>(new(new QuorumRequests(controller), forwarder)),
            Of<RemoveRaftVoterRequest, RemoveRaftVoterResponse, RemoveRaftVoter>(new(new QuorumRequests(controller), forwarder)),
            Of<ProduceRequest, ProduceResponse, Produce>(new(finder, time)),
            Of<FetchRequest, FetchResponse, Fetch>(new(finder, sessions, time, () => settings.Current.Requests.FetchMaxBytes)),
            Of<ListOffsetsRequest, ListOffsetsResponse, ListOffsets>(new(finder)),
            Of<MetadataRequest, MetadataResponse, Handlers.Metadata>(new(cluster, creation)),
            Of<OffsetCommitRequest, OffsetCommitResponse, OffsetCommit>(new(groups)),
            Of<OffsetFetchRequest, OffsetFetchResponse, OffsetFetch>(new(groups)),
            Of<FindCoordinatorRequest, FindCoordinatorResponse, FindCoordinator>(new(cluster, groups, creation)),
            Of<JoinGroupRequest, JoinGroupResponse, JoinGroup>(new(groups)),
            Of<HeartbeatRequest, HeartbeatResponse, Heartbeat>(new(groups)),
            Of<LeaveGroupRequest, LeaveGroupResponse, LeaveGroup>(new(groups)),
            Of<SyncGroupRequest, SyncGroupResponse, SyncGroup>(new(groups)),
            Of<DescribeGroupsRequest, DescribeGroupsResponse, DescribeGroups>(new(groups)),
            Of<ListGroupsRequest, ListGroupsResponse, ListGroups>(new(groups)),
            Of<DeleteRecordsRequest, DeleteRecordsResponse, DeleteRecords>(new(finder, time)),
            Of<InitProducerIdRequest, InitProducerIdResponse, InitProducerId>(new(producerIds)),
            Of<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetForLeaderEpoch>(new(finder)),
            Of<DescribeConfigsRequest, DescribeConfigsResponse, DescribeConfigs>(new(cluster, settings, loggers)),
            Of<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse, AlterReplicaLogDirs>(new(directories, cluster)),
            Of<DescribeLogDirsRequest, DescribeLogDirsResponse, DescribeLogDirs>(new(directories)),
            Of<DeleteGroupsRequest, DeleteGroupsResponse, DeleteGroups>(new(groups)),
            Of<OffsetDeleteRequest, OffsetDeleteResponse, OffsetDelete>(new(groups)),
            Of<DescribeClientQuotasRequest, DescribeClientQuotasResponse, DescribeClientQuotas>(new(cluster)),
            Of<DescribeProducersRequest, DescribeProducersResponse, DescribeProducers>(new(finder)),
            Of<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, ConsumerGroupHeartbeat>(new(groups)),
            Of<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, ConsumerGroupDescribe>(new(groups)),
            Of<ListConfigResourcesRequest, ListConfigResourcesResponse, ListConfigResources>(new(cluster)),
            Of<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, DescribeTopicPartitions>(
                new(cluster, settings.Current.Requests.MaxRequestPartitionSizeLimit)),
            Of<ApiVersionsRequest, ApiVersionsResponse, ApiVersions>(versionsForBrokers),
            Of<DescribeClusterRequest, DescribeClusterResponse, DescribeCluster>(new(cluster, ofControllers: false)),
        ]);
        versionsForBrokers.Describe(ForBrokers);
    }

    /// <summary>On listeners for clients and brokers.</summary>
    public Endpoints ForBrokers { get; }

    /// <summary>What only the active controller answers, for those who ask a broker and for those who come to a controller's
    /// listener.</summary>
    internal static IEnumerable<Endpoint> OfController(ControllerLink link, BrokerLoggers loggers, BrokerId self) =>
    [
        Asked<CreateTopicsRequest, CreateTopicsResponse, CreateTopics>(link),
        Asked<DeleteTopicsRequest, DeleteTopicsResponse, DeleteTopics>(link),
        Asked<AlterConfigsRequest, AlterConfigsResponse, AlterConfigs>(link),
        Asked<CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitions>(link),
        Asked<ElectLeadersRequest, ElectLeadersResponse, ElectLeaders>(link),
        Asked<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, AlterPartitionReassignments>(link),
        Asked<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, ListPartitionReassignments>(link),
        Asked<AlterClientQuotasRequest, AlterClientQuotasResponse, AlterClientQuotas>(link),
        Asked<UpdateFeaturesRequest, UpdateFeaturesResponse, UpdateFeatures>(link),
        Asked<UnregisterBrokerRequest, UnregisterBrokerResponse, UnregisterBroker>(link),
        Asked<UnregisterControllerRequest, UnregisterControllerResponse, UnregisterController>(link),
        Of<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, IncrementalAlterConfigsHere>(new(link, loggers, self)),
    ];

    internal static Endpoint Asked<TRequest, TResponse, TApi>(ControllerLink link)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>, new()
        where TApi : IControllerApi<TRequest, TResponse> => Of<TRequest, TResponse, AskController<TRequest, TResponse, TApi>>(new(link));

    internal static Endpoint Of<TRequest, TResponse, THandler>(THandler handler)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>, new()
        where THandler : IHandler<TRequest, TResponse> => Endpoint.Of<TRequest, TResponse, THandler>(TRequest.ApiKey, handler);
}
