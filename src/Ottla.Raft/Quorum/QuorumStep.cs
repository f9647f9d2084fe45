using Ottla.Protocol.Primitives;
using Ottla.Raft.History;
using Ottla.Raft.Messages;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Quorum;

/// <summary>What happens to a quorum's node. Whoever owns the node hands these in, in the order in which they happened.</summary>
public abstract record QuorumInput
{
    private QuorumInput()
    {
    }

    /// <summary>The node takes part from now on.</summary>
    public sealed record Started : QuorumInput;

    /// <summary>Nothing but time: <see cref="QuorumNode.Deadline"/> has come.</summary>
    public sealed record TimePassed : QuorumInput;

    /// <summary>A <see cref="QuorumOutput.SaveState"/> is durable, and so are those before it.</summary>
    public sealed record StateSaved(long Version) : QuorumInput;

    /// <summary>Somebody asks. <see cref="QuorumOutput.Answer"/> bears the same id, which the owner chooses and uses once.</summary>
    public sealed record Asked(long Id, QuorumRequest Request) : QuorumInput;

    /// <summary>Whoever asked waits no longer.</summary>
    public sealed record AskerLeft(long Id) : QuorumInput;

    /// <summary>The answer to a <see cref="QuorumOutput.Send"/>.</summary>
    public sealed record Answered(long Id, QuorumAnswer Answer) : QuorumInput;

    /// <summary>A <see cref="QuorumOutput.Send"/> will have no answer.</summary>
    public sealed record Failed(long Id, RequestFailure Failure) : QuorumInput;

    /// <summary>The leader's own log grew: what <see cref="QuorumOutput.OpenEpoch"/> or <see cref="QuorumOutput.AppendVoters"/> asked for, or
    /// what the controller decided.</summary>
    public sealed record Appended(Offset End, VoterChange? Change = null) : QuorumInput;

    /// <summary>The node's log is durable up to (not including) <paramref name="End"/>, by a flush that began after the log was last cut.</summary>
    public sealed record LogFlushed(Offset End) : QuorumInput;

    /// <summary>A snapshot was written here, or old ones and the log before the next were removed.</summary>
    public sealed record LogTrimmed(Offset Start, LogPoint Earliest, LogPoint Latest) : QuorumInput;

    /// <summary>A part of the leader's snapshot is on disk: the <see cref="QuorumOutput.StoreSnapshotPart"/> at this position.</summary>
    public sealed record SnapshotPartStored(LogPoint Snapshot, long NextPosition) : QuorumInput;

    /// <summary>The leader's snapshot is whole and has taken the place of the log.</summary>
    /// <param name="Voters">Whom it names; null where voters are static.</param>
    public sealed record SnapshotLoaded(LogPoint Snapshot, VoterSet? Voters) : QuorumInput;

    /// <summary>The leader's snapshot is not what it should be; the node asks anew.</summary>
    public sealed record SnapshotRefused(LogPoint Snapshot) : QuorumInput;

    /// <summary>The process of a node is dead: nobody listens where it listened, as far as this node has found out by itself.</summary>
    public sealed record ConfirmedDead(BrokerId Node) : QuorumInput;

    /// <summary>The node is to end; a leader gives its office away first. <see cref="QuorumOutput.Finished"/> follows.</summary>
    public sealed record Stopped : QuorumInput;
}

/// <summary>Why a request has no answer.</summary>
public enum RequestFailure
{
    /// <summary>No answer came in time.</summary>
    TimedOut,

    /// <summary>The connection broke, or could not be made.</summary>
    Disconnected,

    /// <summary>Nobody listens at the endpoint.</summary>
    Refused,

    /// <summary>The other side does not speak this, or what it said makes no sense.</summary>
    Unusable,
}

/// <summary>Whom a request goes to. <paramref name="Id"/> is none where only the place is known.</summary>
public readonly record struct QuorumPeer(BrokerId Id, VoterEndpoint Endpoint)
{
    public override string ToString() => Id == BrokerId.None ? $"{Endpoint.Host}:{Endpoint.Port}" : $"{Id}";
}

/// <summary>What the node wants done, in this order.</summary>
public abstract record QuorumOutput
{
    private QuorumOutput()
    {
    }

    /// <summary>Replace `quorum-state`, flush it, then answer with <see cref="QuorumInput.StateSaved"/>.</summary>
    public sealed record SaveState(long Version, QuorumState State) : QuorumOutput;

    /// <summary>Ask a peer. What depends on a state that is not saved yet is held back until it is.</summary>
    public sealed record Send(long Id, QuorumPeer To, QuorumRequest Request) : QuorumOutput;

    public sealed record Answer(long Id, QuorumAnswer With) : QuorumOutput;

    /// <summary>Cut the log there, before anything else.</summary>
    public sealed record Truncate(Offset End) : QuorumOutput;

    /// <summary>Append what the leader sent, as it is; flush it, and tell.</summary>
    public sealed record AppendFetched(FetchedBatches Batches) : QuorumOutput;

    /// <summary>Store a part of the leader's snapshot behind what is there. With the last, check it whole and let it take the log's place.</summary>
    public sealed record StoreSnapshotPart(LogPoint Snapshot, long Position, ReadOnlyMemory<byte> Bytes, bool IsLast) : QuorumOutput;

    /// <summary>The node leads: append the records that open its epoch as one control batch, before anything else of that epoch.</summary>
    public sealed record OpenEpoch(LeaderEpoch Epoch, EpochOpening Opening) : QuorumOutput;

    /// <summary>Append a control batch that names the voters, and the level of `kraft.version` where it is raised with it.</summary>
    public sealed record AppendVoters(LeaderEpoch Epoch, VoterSet Voters, bool WithLevel) : QuorumOutput;

    /// <summary>All below <paramref name="HighWatermark"/> is committed.</summary>
    public sealed record Commit(Offset HighWatermark) : QuorumOutput;

    /// <summary>The node is leader, and all of former epochs that can be committed is: it may decide on new records.</summary>
    public sealed record LeadershipReady(LeaderEpoch Epoch) : QuorumOutput;

    /// <summary>Who leads is another than before, or nobody.</summary>
    public sealed record LeaderChanged(LeaderEpoch Epoch, BrokerId Leader) : QuorumOutput;

    /// <summary>Something that people should know.</summary>
    public sealed record Notice(string Text) : QuorumOutput;

    /// <summary>After <see cref="QuorumInput.Stopped"/>: nothing more comes.</summary>
    public sealed record Finished : QuorumOutput;
}

/// <summary>The control records that open an epoch: LeaderChange, and KRaftVersion with Voters while those stand in the bootstrap snapshot
/// alone, which is never sent to others.</summary>
public sealed record EpochOpening(BrokerId Leader, IReadOnlyList<Voter> Voters, IReadOnlyList<Voter> Granting, VoterSet? VotersToWrite);

/// <summary>Where a node stands in its epoch.</summary>
public enum QuorumRole
{
    /// <summary>Knows of nobody to follow. An observer looks for the leader, a voter too, until its election time-out.</summary>
    Unattached,

    /// <summary>Asks whether it would be elected, before it disturbs anybody (KIP-996).</summary>
    Prospective,

    Candidate,

    Leader,

    /// <summary>Fetches from the leader; as voter or as observer.</summary>
    Follower,

    /// <summary>Was the epoch's leader and gave it up.</summary>
    Resigned,
}
