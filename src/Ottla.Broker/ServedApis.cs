using Ottla.Broker.Cluster;
using Ottla.Broker.Coordination;
using Ottla.Broker.Fetching;
using Ottla.Broker.Handlers;
using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Log.Directories;
using Ottla.Metadata.Quorum;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker;

/// <summary>Every API that this node serves: the handlers, and on which kind of listener each is offered.</summary>
internal sealed class ServedApis
{
    public ServedApis(
        ClusterView cluster, ControllerService controller, ControllerLink link, DynamicSettings settings, LogDirectories directories, PartitionFinder finder,
        GroupCoordinator groups, FetchSessions sessions, TimeProvider time)
    {
        var creation = new TopicCreation(link, settings);
        var producerIds = new ProducerIdBlocks(link, cluster);
        var versionsForBrokers = new ApiVersions(cluster);
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
            Of<CreateTopicsRequest, CreateTopicsResponse, CreateTopics>(new(link)),
            Of<DeleteTopicsRequest, DeleteTopicsResponse, DeleteTopics>(new(link, settings)),
            Of<DeleteRecordsRequest, DeleteRecordsResponse, DeleteRecords>(new(finder, time)),
            Of<InitProducerIdRequest, InitProducerIdResponse, InitProducerId>(new(producerIds)),
            Of<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetForLeaderEpoch>(new(finder)),
            Of<DescribeConfigsRequest, DescribeConfigsResponse, DescribeConfigs>(new(cluster, settings)),
            Of<AlterConfigsRequest, AlterConfigsResponse, AlterConfigs>(new(link)),
            Of<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse, AlterReplicaLogDirs>(new(directories, cluster)),
            Of<DescribeLogDirsRequest, DescribeLogDirsResponse, DescribeLogDirs>(new(directories)),
            Of<CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitions>(new(link)),
            Of<DeleteGroupsRequest, DeleteGroupsResponse, DeleteGroups>(new(groups)),
            Of<ElectLeadersRequest, ElectLeadersResponse, ElectLeaders>(new(link)),
            Of<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, IncrementalAlterConfigs>(new(link)),
            Of<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, AlterPartitionReassignments>(new(link)),
            Of<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, ListPartitionReassignments>(new(link)),
            Of<OffsetDeleteRequest, OffsetDeleteResponse, OffsetDelete>(new(groups)),
            Of<DescribeClientQuotasRequest, DescribeClientQuotasResponse, DescribeClientQuotas>(new(cluster)),
            Of<AlterClientQuotasRequest, AlterClientQuotasResponse, AlterClientQuotas>(new(link)),
            Of<DescribeQuorumRequest, DescribeQuorumResponse, DescribeQuorum>(new(controller)),
            Of<UpdateFeaturesRequest, UpdateFeaturesResponse, UpdateFeatures>(new(link)),
            Of<DescribeProducersRequest, DescribeProducersResponse, DescribeProducers>(new(finder)),
            Of<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, ConsumerGroupHeartbeat>(new(groups)),
            Of<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, ConsumerGroupDescribe>(new(groups)),
            Of<ListConfigResourcesRequest, ListConfigResourcesResponse, ListConfigResources>(new(cluster)),
            Of<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, DescribeTopicPartitions>(
                new(cluster, settings.Current.Requests.MaxRequestPartitionSizeLimit)),
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

    private static Endpoint Of<TRequest, TResponse, THandler>(THandler handler)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>
        where THandler : IHandler<TRequest, TResponse> => Endpoint.Of<TRequest, TResponse, THandler>(TRequest.ApiKey, handler);
}
