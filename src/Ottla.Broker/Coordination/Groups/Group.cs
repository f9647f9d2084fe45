using Ottla.Broker.Coordination.Offsets;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Groups;

/// <summary>What every kind of group answers about itself. Owned by its shard's loop.</summary>
internal abstract class Group(string id)
{
    public string Id => id;

    public abstract GroupKind Kind { get; }

    /// <summary>As ListGroups shows it; empty for a group that only holds offsets.</summary>
    public abstract string ProtocolTypeName { get; }

    /// <summary>As Kafka spells it: `Stable`, `PreparingRebalance`.</summary>
    public abstract string StateName { get; }

    public abstract bool IsEmpty { get; }

    /// <summary>Whether this member may commit; <paramref name="version"/> is that of OffsetCommit.</summary>
    public abstract CommitVerdict ValidateOffsetCommit(string memberId, string? instanceId, int generationOrEpoch, short version);

    public abstract ErrorCode ValidateOffsetFetch(string? memberId, int memberEpoch);

    public abstract ErrorCode ValidateOffsetDelete();

    public abstract ErrorCode ValidateDelete();

    public abstract bool IsSubscribedTo(string topic);

    /// <summary>From when on the retention of this group's offsets counts; null while none of them may expire.</summary>
    public abstract Func<Commitment, long>? ExpiryBase { get; }

    /// <summary>The records that end the group.</summary>
    public abstract void AppendTombstones(Decision decision);
}

/// <summary>Whether a commit is taken: an error for all of it, or a check of each partition (by topic id and number), or neither.</summary>
internal readonly record struct CommitVerdict(ErrorCode Error, Func<Uuid, int, ErrorCode>? OfPartition = null)
{
    public static readonly CommitVerdict Taken = new(ErrorCode.None);

    public static implicit operator CommitVerdict(ErrorCode error) => new(error);
}

/// <summary>Which protocol a group runs.</summary>
public enum GroupKind
{
    Classic,
    Consumer,
    Share,
    Streams,
}

internal static class GroupKinds
{
    /// <summary>As ListGroups v5 spells it.</summary>
    public static string WireName(this GroupKind kind) => kind switch
    {
        GroupKind.Classic => "classic",
        GroupKind.Consumer => "consumer",
        GroupKind.Share => "share",
        _ => "streams",
    };
}
