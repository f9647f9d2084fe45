using Ottla.Broker.Coordination.Offsets;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Groups;

/// <summary>A share or streams group that another coordinator has written: its name is taken, and what belongs to it stays as it
/// is.</summary>
/// <remarks>Owned by its shard's loop. Of its records one is looked at, that which says that the group is there; none is written or deleted
/// here, and nothing that it has committed expires: a coordinator that serves such groups finds all of it.</remarks>
internal sealed class ForeignGroup(string id, GroupKind kind) : Group(id)
{
    public override GroupKind Kind => kind;

    public override string ProtocolTypeName => kind.WireName();

    /// <summary>Whether it has members is not known here; clients read a name that they don't know as just that.</summary>
    public override string StateName => "Unknown";

    public override bool IsEmpty => false;

    public override Func<Commitment, long>? ExpiryBase => null;

    public override CommitVerdict ValidateOffsetCommit(string memberId, string? instanceId, int generationOrEpoch, short version) =>
        version >= 9 ? ErrorCode.GroupIdNotFound : ErrorCode.UnknownMemberId;

    public override ErrorCode ValidateOffsetFetch(string? memberId, int memberEpoch) =>
        string.IsNullOrEmpty(memberId) && memberEpoch < 0 ? ErrorCode.None : ErrorCode.UnknownMemberId;

    public override ErrorCode ValidateOffsetDelete() => ErrorCode.NonEmptyGroup;

    public override ErrorCode ValidateDelete() => ErrorCode.NonEmptyGroup;

    public override bool IsSubscribedTo(string topic) => true;

    public override void AppendTombstones(Decision decision) => Invariant.Fail($"nobody ends group {Id}, which is not ours");
}
