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

/// <summary>Every API that this node serves: the handlers, and on which kind of listener each is offered.</summary>
internal sealed class ServedApis
{
    public ServedApis(
        PublishedMetadata cluster, ControllerService controller, ControllerLink link, DynamicSettings settings, LogDirectories directories, PartitionFinder finder,
        GroupCoordinator groups, TopicCreation creation, FetchSessions sessions, BrokerLoggers loggers, TimeProvider time, Forwarder? forwarder)
    {
        var quorum = new QuorumRequests(controller);
        var producerIds = new ProducerIdBlocks(link, cluster);
        var versionsForBrokers = new ApiVersions(cluster, forwarder is null ? null : forwarder.VersionsOf);
        var versionsForControllers = new ApiVersions(cluster);
        List<Endpoint> all =
        [
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
            Asked<CreateTopicsRequest, CreateTopicsResponse, CreateTopics>(link),
            Asked<DeleteTopicsRequest, DeleteTopicsResponse, DeleteTopics>(link),
            Of<DeleteRecordsRequest, DeleteRecordsResponse, DeleteRecords>(new(finder, time)),
            Of<InitProducerIdRequest, InitProducerIdResponse, InitProducerId>(new(producerIds)),
            Of<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetForLeaderEpoch>(new(finder)),
            Of<DescribeConfigsRequest, DescribeConfigsResponse, DescribeConfigs>(new(cluster, settings, loggers)),
            Asked<AlterConfigsRequest, AlterConfigsResponse, AlterConfigs>(link),
            Of<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse, AlterReplicaLogDirs>(new(directories, cluster)),
            Of<DescribeLogDirsRequest, DescribeLogDirsResponse, DescribeLogDirs>(new(directories)),
            Asked<CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitions>(link),
            Of<DeleteGroupsRequest, DeleteGroupsResponse, DeleteGroups>(new(groups)),
            Asked<ElectLeadersRequest, ElectLeadersResponse, ElectLeaders>(link),
            Of<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, IncrementalAlterConfigsHere>(new(link, loggers, cluster.Self)),
            Asked<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, AlterPartitionReassignments>(link),
            Asked<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, ListPartitionReassignments>(link),
            Of<OffsetDeleteRequest, OffsetDeleteResponse, OffsetDelete>(new(groups)),
            Of<DescribeClientQuotasRequest, DescribeClientQuotasResponse, DescribeClientQuotas>(new(cluster)),
            Asked<AlterClientQuotasRequest, AlterClientQuotasResponse, AlterClientQuotas>(link),
            Of<DescribeQuorumRequest, DescribeQuorumResponse, DescribeQuorum>(new(controller)),
            Asked<UnregisterBrokerRequest, UnregisterBrokerResponse, UnregisterBroker>(link),
            Asked<UnregisterControllerRequest, UnregisterControllerResponse, UnregisterController>(link),
            Asked<UpdateFeaturesRequest, UpdateFeaturesResponse, UpdateFeatures>(link),
            Of<DescribeProducersRequest, DescribeProducersResponse, DescribeProducers>(new(finder)),
            Of<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, ConsumerGroupHeartbeat>(new(groups)),
            Of<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, ConsumerGroupDescribe>(new(groups)),
            Of<ListConfigResourcesRequest, ListConfigResourcesResponse, ListConfigResources>(new(cluster)),
            Of<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, DescribeTopicPartitions>(
                new(cluster, settings.Current.Requests.MaxRequestPartitionSizeLimit)),
            Of<AddRaftVoterRequest, AddRaftVoterResponse, AddRaftVoter>(new(quorum)),
            Of<RemoveRaftVoterRequest, RemoveRaftVoterResponse, RemoveRaftVoter>(new(quorum)),
        ];
        ForBrokers = new Endpoints(
        [
            .. all,
            Of<ApiVersionsRequest, ApiVersionsResponse, ApiVersions>(versionsForBrokers),
            Of<DescribeClusterRequest, DescribeClusterResponse, DescribeCluster>(new(cluster, ofControllers: false)),
        ]);
        ForControllers = new Endpoints(
        [
            .. all.Where(ControllersServe),
            Asked<AlterPartitionRequest, AlterPartitionResponse, AlterPartition>(link),
            Asked<BrokerRegistrationRequest, BrokerRegistrationResponse, BrokerRegistration>(link),
            Asked<BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerHeartbeat>(link),
            Asked<AllocateProducerIdsRequest, AllocateProducerIdsResponse, AllocateProducerIds>(link),
            Asked<ControllerRegistrationRequest, ControllerRegistrationResponse, ControllerRegistration>(link),
            Asked<AssignReplicasToDirsRequest, AssignReplicasToDirsResponse, AssignReplicasToDirs>(link),
            Of<FetchRequest, FetchResponse, QuorumFetch>(new(quorum)),
            Of<VoteRequest, VoteResponse, Vote>(new(quorum)),
            Of<BeginQuorumEpochRequest, BeginQuorumEpochResponse, BeginQuorumEpoch>(new(quorum)),
            Of<EndQuorumEpochRequest, EndQuorumEpochResponse, EndQuorumEpoch>(new(quorum)),
            Of<FetchSnapshotRequest, FetchSnapshotResponse, FetchSnapshot>(new(quorum)),
            Of<UpdateRaftVoterRequest, UpdateRaftVoterResponse, UpdateRaftVoter>(new(quorum)),
            Of<ApiVersionsRequest, ApiVersionsResponse, ApiVersions>(versionsForControllers),
            Of<DescribeClusterRequest, DescribeClusterResponse, DescribeCluster>(new(cluster, ofControllers: true)),
        ]);
        versionsForBrokers.Describe(ForBrokers);
        versionsForControllers.Describe(ForControllers);
    }

    /// <summary>On listeners for clients and brokers.</summary>
    public Endpoints ForBrokers { get; }

    /// <summary>On `controller.listener.names`: what is the controller's own business.</summary>
    public Endpoints ForControllers { get; }

    private static bool ControllersServe(Endpoint endpoint) => endpoint.Key != ApiKey.Fetch && ApiMessages.Find(endpoint.Key) is { ServedByController: true };

    private static Endpoint Asked<TRequest, TResponse, TApi>(ControllerLink link)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>, new()
        where TApi : IControllerApi<TRequest, TResponse> => Of<TRequest, TResponse, AskController<TRequest, TResponse, TApi>>(new(link));

    private static Endpoint Of<TRequest, TResponse, THandler>(THandler handler)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>, new()
        where THandler : IHandler<TRequest, TResponse> => Endpoint.Of<TRequest, TResponse, THandler>(TRequest.ApiKey, handler);
}
