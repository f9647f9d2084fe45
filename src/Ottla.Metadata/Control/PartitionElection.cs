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
    /// <param name="isActive">Brokers that may lead.</param>
    /// <param name="elr">Whether eligible leader replicas are kept (KIP-966).</param>
    public static PartitionChangeRecord? Elect(PartitionRegistration partition, ElectionKind kind, Func<int, bool> isActive, bool elr)
    {
        if (Choose(partition, kind, isActive, elr) is not { } found || found.Leader == partition.Leader) return null;
        var change = new PartitionChangeRecord { Leader = found.Leader };
        if (!partition.Isr.Contains(found.Leader)) change.Isr = [found.Leader];
        if (found.Unclean && partition.LeaderRecoveryState == 0) change.LeaderRecoveryState = 1;
        if (elr && partition.EligibleLeaderReplicas.Length > 0) change.EligibleLeaderReplicas = [.. partition.EligibleLeaderReplicas.Where(id => id != found.Leader)];
        if (elr && partition.LastKnownElr.Length > 0) change.LastKnownElr = [];
        return change;
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
