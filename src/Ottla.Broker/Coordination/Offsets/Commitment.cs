using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Offsets;

/// <summary>What a group has committed for one partition.</summary>
/// <param name="Record">Offset of the record in `__consumer_offsets`: of two commitments the one written later counts, also when a
/// transaction ends late.</param>
/// <param name="ExpireTimestampMs">From a client that set its own retention (OffsetCommit 2 to 4); -1 otherwise.</param>
/// <param name="TopicId">Zero when the commitment was written before topics had ids in it.</param>
internal sealed record Commitment(
    Offset Record, Offset Offset, LeaderEpoch LeaderEpoch, string Metadata, long CommitTimestampMs, long ExpireTimestampMs, Uuid TopicId)
{
    public static Commitment From(Offset record, OffsetCommitValue value) =>
        new(record, new(value.Offset), new(value.LeaderEpoch), value.Metadata, value.CommitTimestamp, value.ExpireTimestamp, value.TopicId);
}
