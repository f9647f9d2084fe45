using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Appending;

/// <summary>What a follower checks of a batch before it takes it as its leader has it.</summary>
/// <remarks>
/// A leader may be broken, its disk may lie, somebody may speak in its name. None of that may end this process or put something into the log that its readers
/// and its recovery do not understand. So nothing here is an invariant, and everything has an answer.
/// </remarks>
internal static class FollowerRules
{
    /// <summary>
    /// CORRUPT_MESSAGE: not a whole batch, or another checksum. OFFSET_OUT_OF_RANGE: it begins before the log's end. FENCED_LEADER_EPOCH: its epoch is older
    /// than one that the log has. UNKNOWN_LEADER_EPOCH: its epoch is newer than that of the leader that gave it.
    /// </summary>
    public static ErrorCode Check(in PendingBatch batch, in AppendTurn turn, LeaderEpoch leaderEpoch)
    {
        ref readonly var header = ref batch.Header;
        var bytes = batch.Bytes.Span;
        if (bytes.Length != header.SizeInBytes || header.LastOffsetDelta < 0 || header.BaseOffset < Offset.Zero) return ErrorCode.CorruptMessage;
        if (header.BaseOffset.Value > long.MaxValue - header.LastOffsetDelta - 1L) return ErrorCode.CorruptMessage;
        if (!header.HasValidCrc(bytes)) return ErrorCode.CorruptMessage;
        if (header.BaseOffset.Value < turn.NextOffset) return ErrorCode.OffsetOutOfRange;

        // old formats, and leaders before KIP-101, have no epoch
        if (header.PartitionLeaderEpoch.Value < 0) return ErrorCode.None;
        if (header.PartitionLeaderEpoch < turn.LatestEpoch) return ErrorCode.FencedLeaderEpoch;
        return header.PartitionLeaderEpoch > leaderEpoch ? ErrorCode.UnknownLeaderEpoch : ErrorCode.None;
    }
}
