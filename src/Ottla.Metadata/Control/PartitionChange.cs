using Ottla.Metadata.Image;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

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

/// <summary>What one partition's change comes to: whoever wants it sets the targets, and <see cref="Build"/> adds what follows from
/// them.</summary>
/// <remarks>
/// Pure; used once. In this order: a move whose new replicas are all in sync is completed; eligible leader replicas are kept while the ISR
/// is below `min.insync.replicas` (KIP-966); a leader is chosen where there is none that may lead; the leader's epoch goes up where a
/// replica was dropped.
/// Without eligible leader replicas the ISR never loses its last member: it is the one who has everything. With them the ISR may be empty,
/// and whoever was in it is eligible; the last leader is remembered while nobody leads.
/// </remarks>
internal sealed class PartitionChange
{
    private readonly ControlState _state;
    private readonly TopicImage _topic;
    private readonly int _number;
    private readonly PartitionRegistration _partition;
    private readonly bool _keepsElr;
    private int[] _eligible;

    public PartitionChange(ControlState state, TopicImage topic, int number, PartitionRegistration partition)
    {
        _state = state;
        _topic = topic;
        _number = number;
        _partition = partition;
        _keepsElr = state.KeepsElr;
        _eligible = partition.EligibleLeaderReplicas;
        Isr = partition.Isr;
        Replicas = partition.Replicas;
        Adding = partition.AddingReplicas;
        Removing = partition.RemovingReplicas;
        RecoveryState = partition.LeaderRecoveryState;
        MayLead = id => state.Image.Cluster.CanServe(partition, id);
    }

    public ElectionKind Election { get; set; }

    /// <summary>Replicas that may lead: their broker is active, their directory online.</summary>
    public Func<int, bool> MayLead { get; init; }

    public int[] Isr { get; set; }

    public int[] Replicas { get; set; }

    public int[] Adding { get; set; }

    public int[] Removing { get; set; }

    /// <summary>0 recovered, 1 recovering (KIP-704).</summary>
    public sbyte RecoveryState { get; set; }

    /// <summary>A broker that stopped uncleanly: it may lack what was committed, so it is not eligible.</summary>
    public int? Unclean { get; init; }

    /// <summary>The record of the change; null where nothing changes.</summary>
    public PartitionChangeRecord? Build()
    {
        var record = new PartitionChangeRecord { Leader = PartitionRegistration.NoLeaderChange };
        CompleteMove();
        if (_keepsElr) KeepEligible();
        Elect(record);
        var isDropped = !_partition.Replicas.All(Replicas.Contains);
        if (isDropped && record.Leader == PartitionRegistration.NoLeaderChange) record.Leader = _partition.Leader;
        // an unclean election has set the ISR, and nobody else is eligible any more
        if (record.Isr is not null || !_keepsElr) _eligible = [];
        if (!_eligible.AsSpan().SequenceEqual(_partition.EligibleLeaderReplicas)) record.EligibleLeaderReplicas = [.. _eligible];
        if (record.Isr is null && (Isr.Length > 0 || _keepsElr) && !Isr.AsSpan().SequenceEqual(_partition.Isr)) record.Isr = [.. Isr];
        if (_state.Version.BumpsEpochOnIsrShrink && record.Leader == PartitionRegistration.NoLeaderChange && record.Isr is { } isr
            && !_partition.Isr.All(isr.Contains)) record.Leader = _partition.Leader;
        if (_keepsElr) RememberLeader(record);
        Assign(record);
        if (RecoveryState != _partition.LeaderRecoveryState) record.LeaderRecoveryState = RecoveryState;
        return IsNothing(record) ? null : Checked(record);
    }

    /// <summary>Adds the record of the change, if there is one.</summary>
    /// <returns>The partition after it.</returns>
    public PartitionRegistration AddTo(List<Records.VersionedRecord> records, out PartitionChangeRecord? change)
    {
        change = Build();
        if (change is null) return _partition;
        records.Add(_state.ChangeOf(_topic.Id, _number, change));
        return _partition.After(change, _state.Lists);
    }

    private void CompleteMove()
    {
        if (Adding.Length == 0 && Removing.Length == 0) return;
        int[] isr = [.. Isr.Except(Removing)];
        int[] replicas = [.. Replicas.Except(Removing)];
        if (isr.Length == 0 || !Adding.All(isr.Contains)) return;
        (Isr, Replicas, Adding, Removing) = (isr, replicas, [], []);
    }

    /// <summary>Below `min.insync.replicas` nothing more is committed, so whoever was in sync stays eligible.</summary>
    private void KeepEligible() => _eligible = Isr.Length >= Math.Min(_state.MinIsrOf(_topic), Replicas.Length)
        ? []
        : [.. _partition.Isr.Concat(_partition.EligibleLeaderReplicas).Distinct().Where(id => id != Unclean && !Isr.Contains(id)).Order()];

    private void Elect(PartitionChangeRecord record)
    {
        var (leader, isUnclean) = Choose();
        if (leader == _partition.Leader) return;
        record.Leader = leader;
        if (_eligible.Contains(leader)) (Isr, _eligible) = ([leader], [.. _eligible.Where(id => id != leader)]);
        if (!isUnclean) return;
        record.Isr = [leader];
        if (_partition.LeaderRecoveryState == 0) RecoveryState = 1;
    }

    private (int Leader, bool IsUnclean) Choose()
    {
        bool IsValid(int id) => MayLead(id) && (Isr.Contains(id) || (_keepsElr && _eligible.Contains(id)));
        if (Election == ElectionKind.Preferred && Replicas is [var preferred, ..] && IsValid(preferred)) return (preferred, false);
        if (_partition.HasLeader && IsValid(_partition.Leader)) return (_partition.Leader, false);
        foreach (var id in Replicas)
        {
            if (IsValid(id)) return (id, false);
        }

        // the last leader is the best that is left when nobody else is known to have everything
        if (_keepsElr && Isr.Length == 0 && _eligible.Length == 0 && _partition.LastKnownElr is [var last] && MayLead(last))
            return (last, true);
        if (Election != ElectionKind.Unclean) return (PartitionRegistration.NoLeader, false);
        foreach (var id in Replicas)
        {
            if (MayLead(id)) return (id, true);
        }

        return (PartitionRegistration.NoLeader, false);
    }

    private void RememberLeader(PartitionChangeRecord record)
    {
        if (record.Leader == PartitionRegistration.NoLeader && _partition.LastKnownElr.Length == 0 && _partition.HasLeader)
            record.LastKnownElr = [_partition.Leader];
        else if (record.Leader >= 0 && _partition.LastKnownElr.Length > 0) record.LastKnownElr = [];
    }

    private void Assign(PartitionChangeRecord record)
    {
        if (!Adding.AsSpan().SequenceEqual(_partition.AddingReplicas)) record.AddingReplicas = [.. Adding];
        if (!Removing.AsSpan().SequenceEqual(_partition.RemovingReplicas)) record.RemovingReplicas = [.. Removing];
        if (Replicas.AsSpan().SequenceEqual(_partition.Replicas)) return;
        record.Replicas = [.. Replicas];
        if (_state.Version.HasDirectories) record.Directories = [.. Replicas.Select(DirectoryOf)];
    }

    private Uuid DirectoryOf(int broker) =>
        Array.IndexOf(_partition.Replicas, broker) is var index and >= 0 ? _partition.Directories[index] : _state.DefaultDirectory(broker);

    private static bool IsNothing(PartitionChangeRecord record) =>
        record.Leader == PartitionRegistration.NoLeaderChange && record.Isr is null && record.Replicas is null
        && record.AddingReplicas is null && record.RemovingReplicas is null && record.EligibleLeaderReplicas is null && record.LastKnownElr is null
        && record.LeaderRecoveryState < 0;

    /// <summary>What must hold after every change, whatever led to it.</summary>
    private PartitionChangeRecord Checked(PartitionChangeRecord record)
    {
        var after = _partition.After(record, _state.Lists);
        Invariant.That(after.Replicas.Length > 0);
        Invariant.That(after.Isr.All(after.Replicas.Contains));
        Invariant.That(!after.EligibleLeaderReplicas.Any(after.Isr.Contains));
        Invariant.That(!after.HasLeader || after.Isr.Contains(after.Leader));
        Invariant.That(after.Isr.Length > 0 || _keepsElr);
        return record;
    }
}
