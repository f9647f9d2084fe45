using Ottla.Protocol.Primitives;

namespace Ottla.Raft.History;

/// <summary>What the quorum has to know of its node's log: its bounds, where each epoch begins, which snapshots stand before it.</summary>
/// <remarks>Owned by the node's loop. It is told of each append, truncation and flush and follows them; the bytes are the owner's.</remarks>
internal sealed class LogHistory
{
    private readonly List<EpochStart> _epochs;

    public LogHistory(LogSummary summary)
    {
        Start = summary.Start;
        End = summary.End;
        Flushed = Offset.Min(summary.Flushed, summary.End);
        Earliest = summary.EarliestSnapshot;
        Latest = summary.LatestSnapshot;
        _epochs = [.. summary.Epochs];
        Check();
    }

    public Offset Start { get; private set; }

    public Offset End { get; private set; }

    /// <summary>All below is durable.</summary>
    public Offset Flushed { get; private set; }

    /// <summary>The oldest snapshot that is kept; null for none.</summary>
    public LogPoint? Earliest { get; private set; }

    public LogPoint? Latest { get; private set; }

    /// <summary>The epoch of the last record, else that of the snapshot before the log, else 0.</summary>
    public LeaderEpoch LastEpoch => _epochs.Count > 0 ? _epochs[^1].Epoch : Latest?.Epoch ?? new LeaderEpoch(0);

    public LogPoint Last => new(End, LastEpoch);

    /// <summary>Records were appended behind the end.</summary>
    /// <param name="epochs">Where epochs begin in them, the first at the old end or before.</param>
    /// <param name="end">The new end.</param>
    public void Append(IReadOnlyList<EpochStart> epochs, Offset end)
    {
        Invariant.That(end > End);
        foreach (var epoch in epochs)
        {
            Invariant.That(epoch.At >= End && epoch.At < end);
            if (_epochs.Count > 0 && _epochs[^1].Epoch == epoch.Epoch) continue;
            Invariant.That(epoch.Epoch >= LastEpoch);
            _epochs.Add(epoch);
        }

        End = end;
        Check();
    }

    public void TruncateTo(Offset end)
    {
        Invariant.That(end >= Start && end <= End);
        while (_epochs.Count > 0 && _epochs[^1].At >= end) _epochs.RemoveAt(_epochs.Count - 1);
        End = end;
        Flushed = Offset.Min(Flushed, end);
        Check();
    }

    public void FlushedTo(Offset end)
    {
        Invariant.That(end <= End);
        Flushed = Offset.Max(Flushed, end);
    }

    /// <summary>A snapshot was written here, or the oldest ones and the log before the next went.</summary>
    public void Trimmed(Offset start, LogPoint? earliest, LogPoint? latest)
    {
        Invariant.That(start >= Start && start <= End);
        Start = start;
        Earliest = earliest;
        Latest = latest;
        while (_epochs.Count > 1 && _epochs[1].At <= start) _epochs.RemoveAt(0);
        if (_epochs.Count > 0 && _epochs[0].At < start) _epochs[0] = _epochs[0] with { At = start };
        if (_epochs.Count > 0 && _epochs[0].At >= End) _epochs.Clear();
        Check();
    }

    /// <summary>A snapshot that came from the leader takes the place of all.</summary>
    public void Reset(LogPoint snapshot)
    {
        _epochs.Clear();
        Start = End = Flushed = snapshot.End;
        Earliest = Latest = snapshot;
    }

    /// <summary>Where the last epoch that is not above <paramref name="epoch"/> ends here.</summary>
    public LogPoint EndOf(LeaderEpoch epoch)
    {
        for (var i = _epochs.Count - 1; i >= 0; i--)
        {
            if (_epochs[i].Epoch <= epoch) return new LogPoint(i == _epochs.Count - 1 ? End : _epochs[i + 1].At, _epochs[i].Epoch);
        }

        return Earliest ?? LogPoint.Start with { End = Start };
    }

    /// <summary>What is to be said to a follower whose log ends there.</summary>
    public FollowerFit FitOf(LogPoint follower)
    {
        // a log that begins at 0 has no snapshot before it, and an empty follower fits it
        if (Start == Offset.Zero && follower.End == Offset.Zero) return new FollowerFit(Fit.Fits, default);
        if (Earliest is { } earliest && Latest is { } latest && IsBefore(follower, earliest)) return new FollowerFit(Fit.NeedsSnapshot, latest);
        var mine = EndOf(follower.Epoch);
        return mine.Epoch != follower.Epoch || mine.End < follower.End ? new FollowerFit(Fit.Diverges, mine) : new FollowerFit(Fit.Fits, default);
    }

    private bool IsBefore(LogPoint follower, LogPoint earliest) =>
        follower.End < Start || follower.End == Start && Start != Offset.Zero && follower.Epoch != earliest.Epoch || follower.Epoch < earliest.Epoch;

    private void Check()
    {
        Invariant.That(Start <= End && Flushed <= End);
        Invariant.That(_epochs.Count == 0 || _epochs[^1].At < End);
        Invariant.That((Latest is null) == (Earliest is null));
    }
}

/// <summary>What the log holds when the node starts, or after a snapshot was loaded.</summary>
public sealed record LogSummary(
    Offset Start, Offset End, Offset Flushed, IReadOnlyList<EpochStart> Epochs, LogPoint? EarliestSnapshot = null, LogPoint? LatestSnapshot = null)
{
    public static readonly LogSummary Empty = new(Offset.Zero, Offset.Zero, Offset.Zero, []);
}

/// <summary>How a follower's log goes with the leader's.</summary>
internal enum Fit
{
    Fits,
    Diverges,
    NeedsSnapshot,
}

/// <summary>How, and the end of the common epoch or the snapshot to be fetched.</summary>
internal readonly record struct FollowerFit(Fit Fit, LogPoint Point);
