using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Leading;

/// <summary>The one change of the voters that a leader is about.</summary>
/// <param name="Id">Who waits for the answer.</param>
/// <param name="Request">What was asked for.</param>
/// <param name="DeadlineMs">When it is told that it takes too long. The change itself may still come to pass.</param>
internal sealed record PendingChange(long Id, QuorumRequest Request, long DeadlineMs)
{
    /// <summary>Where the record of the new voters lies; none before its append.</summary>
    public Offset At { get; init; } = Offset.None;

    /// <summary>Answered at the append already.</summary>
    public bool IsAnswered { get; init; }

    /// <summary>The voters as they will be; null while the new one is still asked what it speaks.</summary>
    public VoterSet? Voters { get; init; }
}
