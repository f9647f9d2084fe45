using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Image;

/// <summary>What the cluster has agreed on about one partition. Immutable; the arrays are shared between partitions and never
/// written.</summary>
/// <remarks>About 120 bytes a partition, since equal lists of replicas are one array (<see cref="SharedLists"/>).</remarks>
public sealed class PartitionRegistration
{
    public const int NoLeader = -1;

    /// <summary>What a PartitionChangeRecord carries in place of a leader that stays.</summary>
    public const int NoLeaderChange = -2;

    public required int[] Replicas { get; init; }

    /// <summary>The directory of each replica, in the order of <see cref="Replicas"/> (KIP-858); see <see cref="DirectoryIds"/>.</summary>
    public required Uuid[] Directories { get; init; }

    public required int[] Isr { get; init; }

    public int[] RemovingReplicas { get; init; } = [];

    public int[] AddingReplicas { get; init; } = [];

    /// <summary>Replicas outside of the ISR that hold all that was committed (KIP-966).</summary>
    public int[] EligibleLeaderReplicas { get; init; } = [];

    public int[] LastKnownElr { get; init; } = [];

    public required int Leader { get; init; }

    public required LeaderEpoch LeaderEpoch { get; init; }

    /// <summary>Counts the changes of this registration; an AlterPartition names the one that it started from.</summary>
    public required int PartitionEpoch { get; init; }

    /// <summary>0 recovered, 1 recovering: elected without having been in the ISR (KIP-704).</summary>
    public sbyte LeaderRecoveryState { get; init; }

    public bool HasLeader => Leader >= 0;

    public bool IsReassigning => AddingReplicas.Length > 0 || RemovingReplicas.Length > 0;

    public int PreferredReplica => Replicas.Length > 0 ? Replicas[0] : NoLeader;

    /// <summary>The directory of a broker's replica; the lost one where it has none here.</summary>
    public Uuid DirectoryOf(int broker) => Array.IndexOf(Replicas, broker) is var index and >= 0 ? Directories[index] : DirectoryIds.Lost;

    public static PartitionRegistration From(PartitionRecord record, SharedLists lists)
    {
        var replicas = lists.Share([.. record.Replicas]);
        Uuid[] directories = [.. record.Directories];
        return new PartitionRegistration
        {
            Replicas = replicas,
            Directories = lists.Share(directories.Length == replicas.Length
                ? directories
                : [.. replicas.Select(_ => DirectoryIds.Migrating)]),
            Isr = lists.Share([.. record.Isr]),
            RemovingReplicas = lists.Share([.. record.RemovingReplicas]),
            AddingReplicas = lists.Share([.. record.AddingReplicas]),
            EligibleLeaderReplicas = lists.Share([.. record.EligibleLeaderReplicas ?? []]),
            LastKnownElr = lists.Share([.. record.LastKnownElr ?? []]),
            Leader = record.Leader,
            LeaderEpoch = new LeaderEpoch(record.LeaderEpoch),
            PartitionEpoch = record.PartitionEpoch,
            LeaderRecoveryState = record.LeaderRecoveryState,
        };
    }

    /// <summary>The registration after a change. A leader that is named counts as elected, even if it led before: its epoch goes
    /// up.</summary>
    public PartitionRegistration After(PartitionChangeRecord change, SharedLists lists)
    {
        var elected = change.Leader != NoLeaderChange;
        var replicas = change.Replicas is { } changed ? lists.Share([.. changed]) : Replicas;
        return new PartitionRegistration
        {
            Replicas = replicas,
            Directories = change.Directories is { } directories ? lists.Share([.. directories]) : KeepDirectories(replicas, lists),
            Isr = change.Isr is { } isr ? lists.Share([.. isr]) : Isr,
            RemovingReplicas = change.RemovingReplicas is { } removing ? lists.Share([.. removing]) : RemovingReplicas,
            AddingReplicas = change.AddingReplicas is { } adding ? lists.Share([.. adding]) : AddingReplicas,
            EligibleLeaderReplicas = change.EligibleLeaderReplicas is { } eligible ? lists.Share([.. eligible]) : EligibleLeaderReplicas,
            LastKnownElr = change.LastKnownElr is { } lastKnown ? lists.Share([.. lastKnown]) : LastKnownElr,
            Leader = elected ? change.Leader : Leader,
            LeaderEpoch = elected ? new LeaderEpoch(LeaderEpoch.Value + 1) : LeaderEpoch,
            PartitionEpoch = PartitionEpoch + 1,
            LeaderRecoveryState = change.LeaderRecoveryState >= 0 ? change.LeaderRecoveryState : LeaderRecoveryState,
        };
    }

    /// <summary>The record that a snapshot holds for this registration.</summary>
    public PartitionRecord ToRecord(Uuid topicId, int partition, short version) => new()
    {
        PartitionId = partition,
        TopicId = topicId,
        Replicas = [.. Replicas],
        Isr = [.. Isr],
        RemovingReplicas = [.. RemovingReplicas],
        AddingReplicas = [.. AddingReplicas],
        Leader = Leader,
        LeaderRecoveryState = LeaderRecoveryState,
        LeaderEpoch = LeaderEpoch.Value,
        PartitionEpoch = PartitionEpoch,
        Directories = version >= 1 ? [.. Directories] : [],
        EligibleLeaderReplicas = version >= 2 && EligibleLeaderReplicas.Length > 0 ? [.. EligibleLeaderReplicas] : null,
        LastKnownElr = version >= 2 && LastKnownElr.Length > 0 ? [.. LastKnownElr] : null,
    };

    /// <summary>Whether another registration says the same.</summary>
    public bool Says(PartitionRegistration? other) =>
        ReferenceEquals(this, other)
        || (other is not null && PartitionEpoch == other.PartitionEpoch && LeaderEpoch == other.LeaderEpoch && Leader == other.Leader
            && LeaderRecoveryState == other.LeaderRecoveryState && Same(Replicas, other.Replicas) && Same(Isr, other.Isr)
            && Same(AddingReplicas, other.AddingReplicas) && Same(RemovingReplicas, other.RemovingReplicas)
            && Same(EligibleLeaderReplicas, other.EligibleLeaderReplicas) && Same(LastKnownElr, other.LastKnownElr)
            && Directories.AsSpan().SequenceEqual(other.Directories));

    private static bool Same(int[] list, int[] other) => list.AsSpan().SequenceEqual(other);

    public PartitionRegistration WithoutElr() => new()
    {
        Replicas = Replicas, Directories = Directories, Isr = Isr, RemovingReplicas = RemovingReplicas, AddingReplicas = AddingReplicas,
        Leader = Leader,
        LeaderEpoch = LeaderEpoch, PartitionEpoch = PartitionEpoch, LeaderRecoveryState = LeaderRecoveryState,
    };

    private Uuid[] KeepDirectories(int[] replicas, SharedLists lists) =>
        ReferenceEquals(replicas, Replicas) || replicas.AsSpan().SequenceEqual(Replicas)
            ? Directories
            : lists.Share([.. replicas.Select(DirectoryOrUnassigned)]);

    private Uuid DirectoryOrUnassigned(int broker) =>
        Array.IndexOf(Replicas, broker) is var index and >= 0 ? Directories[index] : DirectoryIds.Unassigned;
}

/// <summary>Ids that stand for no directory (KIP-858).</summary>
public static class DirectoryIds
{
    /// <summary>Somewhere on the broker, chosen before directories had ids.</summary>
    public static readonly Uuid Migrating = new(0, 0);

    /// <summary>Not chosen yet.</summary>
    public static readonly Uuid Unassigned = new(0, 1);

    /// <summary>In a directory that is offline.</summary>
    public static readonly Uuid Lost = new(0, 2);

    /// <summary>The first hundred ids are kept for such meanings.</summary>
    public static bool IsReserved(Uuid id) => id.High == 0 && id.Low < 100;
}
