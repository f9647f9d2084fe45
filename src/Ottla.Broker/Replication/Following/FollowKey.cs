using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication.Following;

/// <summary>A partition as followers and leaders name it to each other (KIP-516).</summary>
internal readonly record struct FollowKey(Uuid TopicId, int Partition);

/// <summary>Where a follower's log stands.</summary>
/// <param name="LogEnd">What it fetches next.</param>
/// <param name="LastEpoch">The leader epoch of the last record, or one that was led here and in which nothing was written; none in an empty
/// log.</param>
/// <param name="LogStart">Where the log begins.</param>
/// <param name="HighWatermark">Up to where it knows that its records are committed.</param>
internal readonly record struct FollowerPosition(Offset LogEnd, LeaderEpoch LastEpoch, Offset LogStart, Offset HighWatermark);

/// <summary>What became of an order.</summary>
/// <param name="Error">None where it was done. NOT_LEADER_OR_FOLLOWER: the partition does not follow in that epoch any more.
/// KAFKA_STORAGE_ERROR: this node's disk. Else what was wrong with what the leader gave.</param>
/// <param name="Position">Where the log stands now, whatever came of it.</param>
internal readonly record struct FollowerOutcome(ErrorCode Error, FollowerPosition Position);

/// <summary>What a follower's log is to do.</summary>
internal enum FollowerAction
{
    /// <summary>Take the leader's records as they came, its high watermark and its log start; there may be no records.</summary>
    Append,

    /// <summary>Cut off what the leader does not have: the leader's last epoch not above ours ends there (KIP-595).</summary>
    TruncateToEpoch,

    /// <summary>Cut off what lies at that offset or behind.</summary>
    TruncateTo,

    /// <summary>Drop everything and go on, empty, at that offset.</summary>
    StartAnew,
}

/// <summary>One thing that a log is to do, in the leader epoch that it follows in.</summary>
/// <param name="Key">Which partition.</param>
/// <param name="Epoch">The leader epoch.</param>
/// <param name="Action">What.</param>
/// <param name="At">The offset of a truncation or a new start; the end of <paramref name="DivergingEpoch"/>.</param>
/// <param name="DivergingEpoch">Of <see cref="FollowerAction.TruncateToEpoch"/>.</param>
/// <param name="Records">Of an append: borrowed from the answer.</param>
/// <param name="HighWatermark">Of an append: the leader's.</param>
/// <param name="LogStart">Of an append: the leader's.</param>
internal readonly record struct FollowerOrder(
    FollowKey Key, LeaderEpoch Epoch, FollowerAction Action, Offset At = default, LeaderEpoch DivergingEpoch = default,
    ReadOnlyMemory<byte> Records = default, Offset HighWatermark = default, Offset LogStart = default);
