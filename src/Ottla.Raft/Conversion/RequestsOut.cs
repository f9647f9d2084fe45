using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Conversion;

/// <summary>Requests of the quorum as the wire has them. Fields that a version lacks are dropped by the writer: all of them are ignorable.</summary>
public static class RequestsOut
{
    public const string TopicName = "__cluster_metadata";

    public static VoteRequest ToWire(QuorumRequest.Vote vote) => new()
    {
        ClusterId = vote.ClusterId,
        VoterId = vote.Voter.Id.Value,
        Topics =
        [
            new()
            {
                TopicName = TopicName,
                Partitions =
                [
                    new()
                    {
                        ReplicaEpoch = vote.Epoch.Value,
                        ReplicaId = vote.Candidate.Id.Value,
                        ReplicaDirectoryId = vote.Candidate.DirectoryId,
                        VoterDirectoryId = vote.Voter.DirectoryId,
                        LastOffsetEpoch = vote.LogEnd.Epoch.Value,
                        LastOffset = vote.LogEnd.End.Value,
                        PreVote = vote.IsPreVote,
                    },
                ],
            },
        ],
    };

    public static BeginQuorumEpochRequest ToWire(QuorumRequest.BeginEpoch begin) => new()
    {
        ClusterId = begin.ClusterId,
        VoterId = begin.Voter.Id.Value,
        Topics =
        [
            new()
            {
                TopicName = TopicName,
                Partitions = [new() { VoterDirectoryId = begin.Voter.DirectoryId, LeaderId = begin.Leader.Value, LeaderEpoch = begin.Epoch.Value }],
            },
        ],
        LeaderEndpoints = [.. begin.Endpoints.Select(e => new BeginQuorumEpochRequest.LeaderEndpoint { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port })],
    };

    /// <param name="end">The request.</param>
    /// <param name="version">Version 0 names successors by id, later ones by id and directory.</param>
    public static EndQuorumEpochRequest ToWire(QuorumRequest.EndEpoch end, short version) => new()
    {
        ClusterId = end.ClusterId,
        Topics =
        [
            new()
            {
                TopicName = TopicName,
                Partitions =
                [
                    new()
                    {
                        LeaderId = end.Leader.Value,
                        LeaderEpoch = end.Epoch.Value,
                        PreferredSuccessors = version == 0 ? [.. end.Successors.Select(s => s.Id.Value)] : [],
                        PreferredCandidates = version == 0 ? [] : [.. end.Successors.Select(ToWire)],
                    },
                ],
            },
        ],
        LeaderEndpoints = [.. end.Endpoints.Select(e => new EndQuorumEpochRequest.LeaderEndpoint { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port })],
    };

    public static FetchRequest ToWire(QuorumRequest.Fetch fetch, short version) => new()
    {
        ClusterId = fetch.ClusterId,
        ReplicaId = version < 15 ? fetch.Replica.Id.Value : -1,
        ReplicaState = version < 15 ? new() : new() { ReplicaId = fetch.Replica.Id.Value },
        MaxWaitMs = fetch.MaxWaitMs,
        MaxBytes = fetch.MaxBytes,
        SessionEpoch = -1,
        Topics =
        [
            new()
            {
                Topic = TopicName,
                TopicId = Uuid.MetadataTopic,
                Partitions =
                [
                    new()
                    {
                        CurrentLeaderEpoch = fetch.Epoch.Value,
                        FetchOffset = fetch.LogEnd.End.Value,
                        LastFetchedEpoch = fetch.LogEnd.Epoch.Value,
                        LogStartOffset = -1,
                        PartitionMaxBytes = fetch.MaxBytes,
                        ReplicaDirectoryId = fetch.Replica.DirectoryId,
                        HighWatermark = fetch.HighWatermark.Value,
                    },
                ],
            },
        ],
    };

    public static FetchSnapshotRequest ToWire(QuorumRequest.FetchSnapshot fetch) => new()
    {
        ClusterId = fetch.ClusterId,
        ReplicaId = fetch.Replica.Id.Value,
        MaxBytes = fetch.MaxBytes,
        Topics =
        [
            new()
            {
                Name = TopicName,
                Partitions =
                [
                    new()
                    {
                        CurrentLeaderEpoch = fetch.Epoch.Value,
                        SnapshotId = new() { EndOffset = fetch.Snapshot.End.Value, Epoch = fetch.Snapshot.Epoch.Value },
                        Position = fetch.Position,
                        ReplicaDirectoryId = fetch.Replica.DirectoryId,
                    },
                ],
            },
        ],
    };

    public static UpdateRaftVoterRequest ToWire(QuorumRequest.UpdateVoter update) => new()
    {
        ClusterId = update.ClusterId,
        CurrentLeaderEpoch = update.Epoch.Value,
        VoterId = update.Voter.Id.Value,
        VoterDirectoryId = update.Voter.DirectoryId,
        Listeners = [.. update.Voter.Endpoints.Select(e => new UpdateRaftVoterRequest.Listener { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port })],
        KRaftVersionFeature = new() { MinSupportedVersion = update.Voter.KRaftVersions.Min, MaxSupportedVersion = update.Voter.KRaftVersions.Max },
    };

    public static AddRaftVoterRequest ToWire(QuorumRequest.AddVoter add, short version) => new()
    {
        ClusterId = add.ClusterId,
        TimeoutMs = add.TimeoutMs,
        VoterId = add.Voter.Id.Value,
        VoterDirectoryId = add.Voter.DirectoryId,
        Listeners = [.. add.Voter.Endpoints.Select(e => new AddRaftVoterRequest.Listener { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port })],
        AckWhenCommitted = version < 1 || add.AckWhenCommitted,
    };

    public static RemoveRaftVoterRequest ToWire(QuorumRequest.RemoveVoter remove) => new()
    {
        ClusterId = remove.ClusterId,
        VoterId = remove.Voter.Id.Value,
        VoterDirectoryId = remove.Voter.DirectoryId,
    };

    private static EndQuorumEpochRequest.ReplicaInfo ToWire(ReplicaKey key) => new() { CandidateId = key.Id.Value, CandidateDirectoryId = key.DirectoryId };
}
