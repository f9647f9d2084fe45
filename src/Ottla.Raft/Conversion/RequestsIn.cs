using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Raft.History;
using Ottla.Raft.Messages;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Conversion;

/// <summary>Requests of the wire as the quorum takes them. Null where the request is not about the one partition that there is.</summary>
public static class RequestsIn
{
    public static QuorumRequest.Vote? From(VoteRequest request)
    {
        if (request.Topics is not [{ TopicName: RequestsOut.TopicName, Partitions: [{ PartitionIndex: 0 } asked] }]) return null;
        return new QuorumRequest.Vote(
            new ReplicaKey(new BrokerId(asked.ReplicaId), asked.ReplicaDirectoryId), new ReplicaKey(new BrokerId(request.VoterId), asked.VoterDirectoryId),
            new LeaderEpoch(asked.ReplicaEpoch), new LogPoint(new Offset(asked.LastOffset), new LeaderEpoch(asked.LastOffsetEpoch)), asked.PreVote)
        {
            ClusterId = request.ClusterId,
        };
    }

    public static QuorumRequest.BeginEpoch? From(BeginQuorumEpochRequest request)
    {
        if (request.Topics is not [{ TopicName: RequestsOut.TopicName, Partitions: [{ PartitionIndex: 0 } asked] }]) return null;
        return new QuorumRequest.BeginEpoch(
            new BrokerId(asked.LeaderId), new ReplicaKey(new BrokerId(request.VoterId), asked.VoterDirectoryId), new LeaderEpoch(asked.LeaderEpoch),
            [.. request.LeaderEndpoints.Select(e => new VoterEndpoint(e.Name, e.Host, e.Port))])
        {
            ClusterId = request.ClusterId,
        };
    }

    public static QuorumRequest.EndEpoch? From(EndQuorumEpochRequest request)
    {
        if (request.Topics is not [{ TopicName: RequestsOut.TopicName, Partitions: [{ PartitionIndex: 0 } asked] }]) return null;
        IEnumerable<ReplicaKey> successors = asked.PreferredCandidates.Count > 0
            ? asked.PreferredCandidates.Select(c => new ReplicaKey(new BrokerId(c.CandidateId), c.CandidateDirectoryId))
            : asked.PreferredSuccessors.Select(id => new ReplicaKey(new BrokerId(id), Uuid.Zero));
        return new QuorumRequest.EndEpoch(
            new BrokerId(asked.LeaderId), new LeaderEpoch(asked.LeaderEpoch), [.. successors],
            [.. request.LeaderEndpoints.Select(e => new VoterEndpoint(e.Name, e.Host, e.Port))])
        {
            ClusterId = request.ClusterId,
        };
    }

    public static QuorumRequest.Fetch? From(FetchRequest request)
    {
        if (request.Topics is not [{ Partitions: [{ Partition: 0 } asked] } topic]) return null;
        if (topic.Topic != RequestsOut.TopicName && topic.TopicId != Uuid.MetadataTopic) return null;
        var replica = request.ReplicaState.ReplicaId >= 0 ? request.ReplicaState.ReplicaId : request.ReplicaId;
        return new QuorumRequest.Fetch(
            new ReplicaKey(new BrokerId(replica), asked.ReplicaDirectoryId), new LeaderEpoch(asked.CurrentLeaderEpoch),
            new LogPoint(new Offset(asked.FetchOffset), new LeaderEpoch(asked.LastFetchedEpoch)), new Offset(asked.HighWatermark),
            request.MaxWaitMs, Math.Min(request.MaxBytes, asked.PartitionMaxBytes))
        {
            ClusterId = request.ClusterId,
        };
    }

    public static QuorumRequest.FetchSnapshot? From(FetchSnapshotRequest request)
    {
        if (request.Topics is not [{ Name: RequestsOut.TopicName, Partitions: [{ Partition: 0 } asked] }]) return null;
        return new QuorumRequest.FetchSnapshot(
            new ReplicaKey(new BrokerId(request.ReplicaId), asked.ReplicaDirectoryId), new LeaderEpoch(asked.CurrentLeaderEpoch),
            new LogPoint(new Offset(asked.SnapshotId.EndOffset), new LeaderEpoch(asked.SnapshotId.Epoch)), asked.Position, request.MaxBytes)
        {
            ClusterId = request.ClusterId,
        };
    }

    public static QuorumRequest.UpdateVoter From(UpdateRaftVoterRequest request) =>
        new(new LeaderEpoch(request.CurrentLeaderEpoch),
            new Voter(
                new BrokerId(request.VoterId), request.VoterDirectoryId, [.. request.Listeners.Select(e => new VoterEndpoint(e.Name, e.Host, e.Port))])
            {
                KRaftVersions = new(request.KRaftVersionFeature.MinSupportedVersion, request.KRaftVersionFeature.MaxSupportedVersion),
            })
        {
            ClusterId = request.ClusterId,
        };

    public static QuorumRequest.AddVoter From(AddRaftVoterRequest request) =>
        new(new Voter(new BrokerId(request.VoterId), request.VoterDirectoryId, [.. request.Listeners.Select(e => new VoterEndpoint(e.Name, e.Host, e.Port))]),
            request.TimeoutMs, request.AckWhenCommitted)
        {
            ClusterId = request.ClusterId,
        };

    public static QuorumRequest.RemoveVoter From(RemoveRaftVoterRequest request) =>
        new(new ReplicaKey(new BrokerId(request.VoterId), request.VoterDirectoryId)) { ClusterId = request.ClusterId };
}
