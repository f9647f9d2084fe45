using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Quorum;

/// <summary>What happens to a quorum's node. Whoever owns the node hands these in, in the order in which they happened.</summary>
public abstract record QuorumInput
{
    private QuorumInput()
    {
    }

    /// <summary>The node has read its log and its state, and takes part from now on.</summary>
    public sealed record Started(Offset LogEnd) : QuorumInput;

    /// <summary>A <see cref="QuorumOutput.SaveState"/> is durable.</summary>
    public sealed record StateSaved(LeaderEpoch Epoch) : QuorumInput;

    /// <summary>The node's log is durable up to (not including) <paramref name="End"/>.</summary>
    public sealed record LogFlushed(Offset End) : QuorumInput;

    /// <summary>The node ends; nothing follows.</summary>
    public sealed record Stopped : QuorumInput;
}

/// <summary>What the node wants done, in this order.</summary>
public abstract record QuorumOutput
{
    private QuorumOutput()
    {
    }

    /// <summary>Replace `quorum-state`, flush it, then answer with <see cref="QuorumInput.StateSaved"/>.</summary>
    public sealed record SaveState(QuorumState State) : QuorumOutput;

    /// <summary>The node leads: append the records that open its epoch as one control batch, before anything else of that epoch.</summary>
    public sealed record OpenEpoch(LeaderEpoch Epoch, EpochOpening Opening) : QuorumOutput;

    /// <summary>All below <paramref name="HighWatermark"/> is committed.</summary>
    public sealed record Commit(Offset HighWatermark) : QuorumOutput;
}

/// <summary>The control records that open an epoch: LeaderChange, and KRaftVersion with Voters while those stand in the bootstrap snapshot
/// alone,
/// which is never sent to others.</summary>
public sealed record EpochOpening(BrokerId Leader, IReadOnlyList<Voter> Voters, IReadOnlyList<Voter> Granting, VoterSet? VotersToWrite);

/// <summary>Where a node stands in its epoch.</summary>
public enum QuorumRole
{
    Unattached,
    Candidate,
    Leader,
    Resigned,
}
