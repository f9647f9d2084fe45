using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.MetadataRecords;

namespace Ottla.Metadata.Control;

/// <summary>What the active controller does by itself, from time to time.</summary>
/// <remarks>
/// Owned by the metadata loop. Whoever drives the controller asks for <see cref="NextMs"/> and calls <see cref="Tick"/> then, or earlier:
/// what is not due is left. Each kind of work decides on what the one before did, so they are decided one after the other, each after the
/// replay of the last.
/// </remarks>
public sealed class PeriodicControl
{
    /// <summary>Elections of one tick, as in Kafka; where there are more, the next tick is at once.</summary>
    public const int ElectionsPerTickMax = 1_000;

    private readonly ControlState _state;
    private readonly HeartbeatControl _heartbeats;
    private long _nextUncleanMs;
    private long _nextBalanceMs;

    internal PeriodicControl(ControlState state, HeartbeatControl heartbeats)
    {
        _state = state;
        _heartbeats = heartbeats;
        _nextUncleanMs = state.NowMs + state.Settings.UncleanElectionIntervalMs;
        _nextBalanceMs = state.NowMs + state.Settings.ImbalanceCheckIntervalMs;
    }

    /// <summary>When something is due next if nothing happens before, ms since 1970; the largest number where nothing ever is.</summary>
    public long NextMs => Math.Min(Math.Min(_heartbeats.NextSilenceMs, NextNoOpMs), Math.Min(_nextUncleanMs, NextBalanceMs));

    private long NextBalanceMs => _state.Settings.RebalanceEnable ? _nextBalanceMs : long.MaxValue;

    private long NextNoOpMs =>
        _state.Settings.IdleIntervalMs > 0 ? _state.Image.LastTimestampMs + _state.Settings.IdleIntervalMs : long.MaxValue;

    /// <summary>The decisions that are due, one after the other: each is to be replayed before the next is asked for.</summary>
    public IEnumerable<MetadataDecision<Done>> Tick()
    {
        while (_state.NowMs >= _heartbeats.NextSilenceMs && _heartbeats.FenceSilent() is { } fencing) yield return fencing;
        if (_state.NowMs >= _nextUncleanMs) yield return ElectUnclean();
        if (_state.NowMs >= NextBalanceMs) yield return Balance();
        // after all others: what they wrote is no idleness
        if (_state.NowMs >= NextNoOpMs) yield return MetadataDecision.Of([new(new NoOpRecord())], Done.Instance);
    }

    /// <summary>Gives leaders to partitions that have none, where their topic takes one that may lack records.</summary>
    private MetadataDecision<Done> ElectUnclean() => Elect(
        ElectionKind.Unclean, (topic, partition) => !partition.HasLeader && _state.ElectionOf(topic) == ElectionKind.Unclean,
        ref _nextUncleanMs, _state.Settings.UncleanElectionIntervalMs);

    /// <summary>Gives leadership back to preferred replicas.</summary>
    private MetadataDecision<Done> Balance() => Elect(
        ElectionKind.Preferred, (_, partition) => partition.HasLeader && partition.Leader != partition.PreferredReplica
            && partition.Isr.Contains(partition.PreferredReplica),
        ref _nextBalanceMs, _state.Settings.ImbalanceCheckIntervalMs);

    private MetadataDecision<Done> Elect(
        ElectionKind kind, Func<TopicImage, PartitionRegistration, bool> concerns, ref long next, long intervalMs)
    {
        var records = new List<VersionedRecord>();
        next = _state.NowMs + intervalMs;
        foreach (var topic in _state.Image.Topics.ById.Values)
        {
            for (var number = 0; number < topic.PartitionCount; number++)
            {
                if (topic.Partition(number) is not { } partition || !concerns(topic, partition)) continue;
                new PartitionChange(_state, topic, number, partition) { Election = kind }.AddTo(records, out _);
                if (records.Count < ElectionsPerTickMax) continue;
                next = _state.NowMs;
                return MetadataDecision.InParts(records, Done.Instance);
            }
        }

        return MetadataDecision.InParts(records, Done.Instance);
    }
}
