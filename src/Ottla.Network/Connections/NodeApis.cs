using Ottla.Protocol.Messages;

namespace Ottla.Network.Connections;

/// <summary>What nodes ask each other, each up to the highest stable version.</summary>
public static class NodeApis
{
    public static readonly Api<FetchRequest, FetchResponse> Fetch = new();
    public static readonly Api<ListOffsetsRequest, ListOffsetsResponse> ListOffsets = new();
    public static readonly Api<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse> OffsetForLeaderEpoch = new();
    public static readonly Api<VoteRequest, VoteResponse> Vote = new();
    public static readonly Api<BeginQuorumEpochRequest, BeginQuorumEpochResponse> BeginQuorumEpoch = new();
    public static readonly Api<EndQuorumEpochRequest, EndQuorumEpochResponse> EndQuorumEpoch = new();
    public static readonly Api<FetchSnapshotRequest, FetchSnapshotResponse> FetchSnapshot = new();
    public static readonly Api<AddRaftVoterRequest, AddRaftVoterResponse> AddRaftVoter = new();
    public static readonly Api<RemoveRaftVoterRequest, RemoveRaftVoterResponse> RemoveRaftVoter = new();
    public static readonly Api<UpdateRaftVoterRequest, UpdateRaftVoterResponse> UpdateRaftVoter = new();
    public static readonly Api<DescribeClusterRequest, DescribeClusterResponse> DescribeCluster = new();
    public static readonly Api<EnvelopeRequest, EnvelopeResponse> Envelope = new();
    public static readonly Api<BrokerRegistrationRequest, BrokerRegistrationResponse> BrokerRegistration = new();
    public static readonly Api<BrokerHeartbeatRequest, BrokerHeartbeatResponse> BrokerHeartbeat = new();
    public static readonly Api<ControllerRegistrationRequest, ControllerRegistrationResponse> ControllerRegistration = new();
    public static readonly Api<AlterPartitionRequest, AlterPartitionResponse> AlterPartition = new();
    public static readonly Api<AllocateProducerIdsRequest, AllocateProducerIdsResponse> AllocateProducerIds = new();
    public static readonly Api<AssignReplicasToDirsRequest, AssignReplicasToDirsResponse> AssignReplicasToDirs = new();
}
