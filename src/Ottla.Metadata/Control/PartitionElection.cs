using Ottla.Metadata.Image;
using Ottla.Protocol.MetadataRecords;

namespace Ottla.Metadata.Control;

/// <summary>What an election is for.</summary>
internal enum ElectionKind
{
    /// <summary>Any replica that has all that was committed.</summary>
    Clean,

    /// <summary>The first of the replicas, if it has all that was committed.</summary>
    Preferred,

    /// <summary>Any active replica if no other can be had; what only the others hold is lost.</summary>
    Unclean,
}

/// <summary>Chooses a leader for one partition. Pure.</summary>
internal static class PartitionElection
{
    /// <summary>The change that gives the partition a leader; null where there is no candidate or nothing to change.</summary>
    /// <param name="partition">As it is.</param>
    /// <param name="kind">What is asked for.</param>
    /// <param name="isActive">Replicas that may lead: their broker is active, their directory online.</param>
    /// <param name="elr">Whether eligible leader replicas are kept (KIP-966).</param>
    public static PartitionChangeRecord? Elect(PartitionRegistration partition, ElectionKind kind, Func<int, bool> isActive, bool elr)
    {
        if (Choose(partition, kind, isActive, elr) is not { } found || found.Leader == partition.Leader) return null;
        var change = new PartitionChangeRecord();
        Crown(change, partition, found, elr);
        return change;
    }

    /// <summary>The change that takes a replica out of what it leads and is in sync with; another one leads if there is one that has
    /// everything.</summary>
    /// <param name="partition">As it is.</param>
    /// <param name="broker">Whose replica.</param>
    /// <param name="isActive">Replicas that may lead; the one that goes is not asked about.</param>
    /// <param name="eligible">Whether it still has all that was committed: not where the broker stopped uncleanly.</param>
    /// <param name="minIsr">`min.insync.replicas` of the topic where eligible leader replicas are kept (KIP-966), else null.</param>
    /// <param name="lists">Of the image.</param>
    /// <remarks>Without eligible leader replicas the ISR never loses its last member: it is the one who has everything. With them the ISR
    /// may be empty, and who was in it is eligible.</remarks>
    public static PartitionChangeRecord Depart(
        PartitionRegistration partition, int broker, Func<int, bool> isActive, bool eligible, int? minIsr, SharedLists lists)
    {
        var change = new PartitionChangeRecord();
        int[] isr = [.. partition.Isr.Where(id => id != broker)];
        if (isr.Length < partition.Isr.Length && (isr.Length > 0 || minIsr is not null)) change.Isr = [.. isr];
        if (minIsr is { } floor) KeepEligible(change, partition, isr, eligible ? null : broker, floor);
        if (partition.Leader != broker) return change;
        var left = partition.After(change, lists);
        if (Choose(left, ElectionKind.Clean, id => id != broker && isActive(id), minIsr is not null) is { } found) Crown(change, left, found, minIsr is not null);
        else change.Leader = PartitionRegistration.NoLeader;
        return change;
    }

    private static void Crown(PartitionChangeRecord change, PartitionRegistration partition, (int Leader, bool Unclean) found, bool elr)
    {
        change.Leader = found.Leader;
        if (!partition.Isr.Contains(found.Leader)) change.Isr = [found.Leader];
        if (found.Unclean && partition.LeaderRecoveryState == 0) change.LeaderRecoveryState = 1;
        if (elr && partition.EligibleLeaderReplicas.Length > 0) change.EligibleLeaderReplicas = [.. partition.EligibleLeaderReplicas.Where(id => id != found.Leader)];
        if (elr && partition.LastKnownElr.Length > 0) change.LastKnownElr = [];
    }

    /// <summary>Below `min.insync.replicas` nothing more is committed, so whoever was in sync stays eligible; the last leader is remembered
    /// too.</summary>
    private static void KeepEligible(PartitionChangeRecord change, PartitionRegistration partition, int[] isr, int? lost, int minIsr)
    {
        int[] kept = [];
        if (isr.Length < Math.Min(minIsr, partition.Replicas.Length))
            kept = [.. partition.EligibleLeaderReplicas.Concat(partition.Isr).Distinct().Where(id => id != lost && !isr.Contains(id))];
        if (!kept.AsSpan().SequenceEqual(partition.EligibleLeaderReplicas)) change.EligibleLeaderReplicas = [.. kept];
        if (isr.Length == 0 && partition.HasLeader && !(partition.LastKnownElr is [var last, ..] && last == partition.Leader)) change.LastKnownElr = [partition.Leader];
    }

    private static (int Leader, bool Unclean)? Choose(PartitionRegistration partition, ElectionKind kind, Func<int, bool> isActive, bool elr)
    {
        bool IsClean(int id) => isActive(id) && (partition.Isr.Contains(id) || (elr && partition.EligibleLeaderReplicas.Contains(id)));
        if (kind == ElectionKind.Preferred) return IsClean(partition.PreferredReplica) ? (partition.PreferredReplica, false) : null;
        if (partition.HasLeader && IsClean(partition.Leader)) return (partition.Leader, false);
        foreach (var id in partition.Replicas)
        {
            if (IsClean(id)) return (id, false);
        }

        // the last leader is the best that is left when nobody else is known to have everything
        if (elr && partition.EligibleLeaderReplicas.Length == 0 && partition.LastKnownElr is [var last] && isActive(last)) return (last, true);
        if (kind != ElectionKind.Unclean) return null;
        foreach (var id in partition.Replicas)
        {
            if (isActive(id)) return (id, true);
        }

        return null;
    }
}
