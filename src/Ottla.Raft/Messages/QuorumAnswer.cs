using Ottla.Protocol.Primitives;
using Ottla.Raft.History;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Messages;

/// <summary>Who leads, as far as the answering node knows. An id of none is: nobody that it knows of.</summary>
public readonly record struct LeaderHint(BrokerId Id, LeaderEpoch Epoch, VoterEndpoint? Endpoint)
{
    public static readonly LeaderHint None = new(BrokerId.None, LeaderEpoch.None, null);
}

/// <summary>Answers to <see cref="QuorumRequest"/>s.</summary>
public abstract record QuorumAnswer(ErrorCode Error)
{
    /// <summary>Nothing of the answer counts but the error: another cluster, or no such partition.</summary>
    public bool IsWhole { get; init; } = true;

    public LeaderHint Leader { get; init; } = LeaderHint.None;

    /// <summary>For tools.</summary>
    public string? Message { get; init; }

    /// <summary>Done, or why not: to BeginEpoch, EndEpoch, and all that changes the voters.</summary>
    public sealed record Done(ErrorCode Error) : QuorumAnswer(Error);

    public sealed record Voted(ErrorCode Error, bool IsGranted) : QuorumAnswer(Error);

    /// <summary>To a Fetch.</summary>
    public sealed record Fetched(ErrorCode Error) : QuorumAnswer(Error)
    {
        public Offset HighWatermark { get; init; } = Offset.None;

        public Offset LogStart { get; init; } = Offset.None;

        /// <summary>Where the leader's log parts from the follower's; null where it does not.</summary>
        public LogPoint? Diverging { get; init; }

        /// <summary>The snapshot that the follower needs first; null for none.</summary>
        public LogPoint? Snapshot { get; init; }

        /// <summary>Of an answer that goes out: read from here, up to <see cref="ReadTo"/>; none for nothing.</summary>
        public Offset ReadFrom { get; init; } = Offset.None;

        public Offset ReadTo { get; init; } = Offset.None;

        /// <summary>Of an answer that came in: its batches, checked; null for none.</summary>
        public FetchedBatches? Batches { get; init; }
    }

    /// <summary>To a FetchSnapshot. In an answer that goes out, <see cref="Bytes"/> are read by whoever sends it.</summary>
    public sealed record SnapshotPart(ErrorCode Error) : QuorumAnswer(Error)
    {
        public LogPoint Snapshot { get; init; }

        public long Size { get; init; }

        public long Position { get; init; }

        public ReadOnlyMemory<byte> Bytes { get; init; }
    }

    public sealed record Versions(ErrorCode Error, VersionRange KRaft) : QuorumAnswer(Error);
}

/// <summary>Whole batches that a leader sent, with what they say. Whoever read them has checked their checksums.</summary>
/// <param name="Base">The first offset.</param>
/// <param name="End">Behind the last.</param>
/// <param name="Epochs">Where epochs begin, in order; the first at <paramref name="Base"/>.</param>
/// <param name="Changes">What control records say of the voters.</param>
/// <param name="Bytes">As they came.</param>
public sealed record FetchedBatches(
    Offset Base, Offset End, IReadOnlyList<EpochStart> Epochs, IReadOnlyList<VoterChange> Changes, ReadOnlyMemory<byte> Bytes);
