using Ottla.Protocol.Primitives;
using Ottla.Raft.History;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Messages;

/// <summary>What the nodes of a quorum ask one another, and what tools ask its leader. `Conversion/` brings them to and from the wire.</summary>
public abstract record QuorumRequest
{
    private QuorumRequest()
    {
    }

    /// <summary>The sender's cluster; null where it does not say.</summary>
    public string? ClusterId { get; init; }

    /// <summary>Asks for a vote (Vote, KIP-595), or whether there would be one (pre-vote, KIP-996).</summary>
    /// <param name="Candidate">Who asks.</param>
    /// <param name="Voter">Who is asked; its directory is zero and its id none where the sender does not know.</param>
    /// <param name="Epoch">A candidate's new epoch; for a pre-vote the epoch that the sender is in.</param>
    /// <param name="LogEnd">Where the sender's log ends.</param>
    public sealed record Vote(ReplicaKey Candidate, ReplicaKey Voter, LeaderEpoch Epoch, LogPoint LogEnd, bool IsPreVote) : QuorumRequest;

    /// <summary>The leader says that it leads (BeginQuorumEpoch).</summary>
    public sealed record BeginEpoch(BrokerId Leader, ReplicaKey Voter, LeaderEpoch Epoch, IReadOnlyList<VoterEndpoint> Endpoints) : QuorumRequest;

    /// <summary>The leader says that it leads no longer, and who should follow it, best first (EndQuorumEpoch).</summary>
    public sealed record EndEpoch(BrokerId Leader, LeaderEpoch Epoch, IReadOnlyList<ReplicaKey> Successors, IReadOnlyList<VoterEndpoint> Endpoints)
        : QuorumRequest;

    /// <summary>A follower, an observer or (without an id) a consumer wants what is behind the end of its log.</summary>
    /// <param name="HighWatermark">What the follower knows to be committed; the leader answers at once when it knows more (KIP-1166).</param>
    public sealed record Fetch(ReplicaKey Replica, LeaderEpoch Epoch, LogPoint LogEnd, Offset HighWatermark, int MaxWaitMs, int MaxBytes) : QuorumRequest;

    /// <summary>A part of a snapshot (KIP-630).</summary>
    public sealed record FetchSnapshot(ReplicaKey Replica, LeaderEpoch Epoch, LogPoint Snapshot, long Position, int MaxBytes) : QuorumRequest;

    /// <summary>A voter says where it is to be reached now and what it speaks.</summary>
    public sealed record UpdateVoter(LeaderEpoch Epoch, Voter Voter) : QuorumRequest;

    public sealed record AddVoter(Voter Voter, int TimeoutMs, bool AckWhenCommitted) : QuorumRequest;

    public sealed record RemoveVoter(ReplicaKey Voter) : QuorumRequest;

    /// <summary>Raises `kraft.version`, asked by UpdateFeatures on the leader itself.</summary>
    public sealed record RaiseKRaftVersion(short Level, bool IsDryRun) : QuorumRequest;

    /// <summary>Which levels of `kraft.version` a node speaks (ApiVersions).</summary>
    public sealed record AskVersions : QuorumRequest;
}
