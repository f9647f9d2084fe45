using Ottla.Broker.Cluster;
using Ottla.Broker.Handlers;
using Ottla.Broker.Net;
using Ottla.Metadata.Quorum;
using Ottla.Metadata.Service;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker;

/// <summary>Every API that this node serves as a controller, on `controller.listener.names`: the quorum's own, what brokers ask, and what
/// clients ask who come here directly (`--bootstrap-controller`, KIP-919).</summary>
/// <remarks>A request that only the active controller answers is answered NOT_CONTROLLER here where this node is not: brokers and tools
/// look for the one that is.</remarks>
internal sealed class ControllerApis
{
    public ControllerApis(
        PublishedMetadata metadata, ControllerService controller, DynamicSettings settings, BrokerLoggers loggers, QuorumRequests quorum, Func<BrokerId> leader,
        Action<BrokerHeartbeatRequest, CancellationToken> heard)
    {
        var link = new ControllerLink(controller, static () => Task.CompletedTask);
        var versions = new ApiVersions(metadata);
        var envelope = new Envelope(() => controller.Image.Provenance.EndOffset);
        Endpoints = new Endpoints(
        [
            .. ServedApis.OfController(link, loggers, metadata.Self),
            ServedApis.Of<FetchRequest, FetchResponse, QuorumFetch>(new(quorum)),
            ServedApis.Of<ApiVersionsRequest, ApiVersionsResponse, ApiVersions>(versions),
            ServedApis.Of<DescribeConfigsRequest, DescribeConfigsResponse, DescribeConfigs>(new(metadata, settings, loggers)),
            ServedApis.Of<VoteRequest, VoteResponse, Vote>(new(quorum)),
            ServedApis.Of<BeginQuorumEpochRequest, BeginQuorumEpochResponse, BeginQuorumEpoch>(new(quorum)),
            ServedApis.Of<EndQuorumEpochRequest, EndQuorumEpochResponse, EndQuorumEpoch>(new(quorum)),
            ServedApis.Of<DescribeQuorumRequest, DescribeQuorumResponse, DescribeQuorum>(new(controller)),
            ServedApis.Asked<AlterPartitionRequest, AlterPartitionResponse, AlterPartition>(link),
            ServedApis.Asked<BrokerRegistrationRequest, BrokerRegistrationResponse, BrokerRegistration>(link),
            ServedApis.Of<BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerHeartbeatHere>(new(link, heard)),
            ServedApis.Asked<ControllerRegistrationRequest, ControllerRegistrationResponse, ControllerRegistration>(link),
            ServedApis.Of<EnvelopeRequest, EnvelopeResponse, Envelope>(envelope),
            ServedApis.Of<FetchSnapshotRequest, FetchSnapshotResponse, FetchSnapshot>(new(quorum)),
            ServedApis.Of<DescribeClusterRequest, DescribeClusterResponse, DescribeCluster>(
                new(metadata, ofControllers: true, leader)),
            ServedApis.Asked<AllocateProducerIdsRequest, AllocateProducerIdsResponse, AllocateProducerIds>(link),
            ServedApis.Asked<AssignReplicasToDirsRequest, AssignReplicasToDirsResponse, AssignReplicasToDirs>(link),
            ServedApis.Of<AddRaftVoterRequest, AddRaftVoterResponse, AddRaftVoter>(new(quorum)),
            ServedApis.Of<RemoveRaftVoterRequest, RemoveRaftVoterResponse, RemoveRaftVoter>(new(quorum)),
            ServedApis.Of<UpdateRaftVoterRequest, UpdateRaftVoterResponse, UpdateRaftVoter>(new(quorum)),
        ]);
        versions.Describe(Endpoints);
        envelope.Describe(Endpoints);
    }

    public Endpoints Endpoints { get; }
}
