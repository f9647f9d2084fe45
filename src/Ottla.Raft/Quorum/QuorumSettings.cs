using Ottla.Protocol.Primitives;
using Ottla.Raft.History;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Quorum;

/// <summary>What the properties `controller.quorum.*` say, and the bounds that Kafka has no properties for.</summary>
public sealed record QuorumSettings
{
    /// <summary>controller.quorum.election.timeout.ms: how long a candidate waits for votes; each waits for up to twice that, by chance.</summary>
    public int ElectionTimeoutMs { get; init; } = 1_000;

    /// <summary>controller.quorum.election.backoff.max.ms: the longest pause after an election that nobody won.</summary>
    public int ElectionBackoffMsMax { get; init; } = 1_000;

    /// <summary>controller.quorum.fetch.timeout.ms: a follower that could not fetch for so long campaigns; a leader from whom no majority
    /// fetched for one and a half times that resigns.</summary>
    public int FetchTimeoutMs { get; init; } = 2_000;

    /// <summary>controller.quorum.request.timeout.ms.</summary>
    public int RequestTimeoutMs { get; init; } = 2_000;

    /// <summary>controller.quorum.retry.backoff.ms.</summary>
    public int RetryBackoffMs { get; init; } = 20;

    /// <summary>controller.quorum.fetch.max.bytes.</summary>
    public int FetchBytesMax { get; init; } = 1 << 20;

    /// <summary>controller.quorum.fetch.snapshot.max.bytes.</summary>
    public int SnapshotBytesMax { get; init; } = 1 << 20;

    /// <summary>controller.quorum.auto.join.enable.</summary>
    public bool AutoJoin { get; init; }

    /// <summary>How long a leader holds a fetch that finds nothing; Kafka has the same, and no property for it.</summary>
    public int FetchWaitMs { get; init; } = 500;

    /// <summary>An observer that did not fetch for so long is forgotten.</summary>
    public int ObserverSessionMs { get; init; } = 300_000;

    /// <summary>How far the campaigns of those who know at once that nobody leads lie apart, by the rank of their ids: some ten times what
    /// a vote among neighbours takes, so that the first has won before the second begins.</summary>
    public int RankDelayMs { get; init; } = 50;

    public long CheckQuorumMs => FetchTimeoutMs + FetchTimeoutMs / 2;
}

/// <summary>What this node is in its quorum.</summary>
/// <param name="Key">Its id, and the id of its metadata log's directory.</param>
/// <param name="Listener">The name of the listener that controllers use among themselves.</param>
/// <param name="Endpoints">Where it listens as a controller; empty for a broker.</param>
/// <param name="IsController">Whether it may ever vote.</param>
public sealed record LocalReplica(ReplicaKey Key, string Listener, IReadOnlyList<VoterEndpoint> Endpoints, bool IsController)
{
    public string? ClusterId { get; init; }

    /// <summary>`controller.quorum.bootstrap.servers`: whom to ask for the leader beside the voters that are known.</summary>
    public IReadOnlyList<VoterEndpoint> Bootstrap { get; init; } = [];

    public Voter ToVoter() => new(Key.Id, Key.DirectoryId, Endpoints);
}

/// <summary>What the node has read from its disk before it starts.</summary>
/// <param name="State">`quorum-state`.</param>
/// <param name="Log">The log's bounds and epochs.</param>
/// <param name="FirstVoters">Who votes before any record of the log says it: of the latest snapshot, the bootstrap snapshot or the properties.</param>
/// <param name="VotersAreRecorded">Whether log or snapshot hold a VotersRecord that others can be sent.</param>
/// <param name="Changes">What the log behind the latest snapshot says of the voters, in order.</param>
public sealed record QuorumStart(
    QuorumState State, LogSummary Log, VoterSet FirstVoters, bool VotersAreRecorded = false, IReadOnlyList<VoterChange>? Changes = null);
