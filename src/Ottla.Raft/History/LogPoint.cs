using Ottla.Protocol.Primitives;

namespace Ottla.Raft.History;

/// <summary>An end of the log or of a snapshot: all below <paramref name="End"/>, whose last record is of <paramref name="Epoch"/>.</summary>
public readonly record struct LogPoint(Offset End, LeaderEpoch Epoch) : IComparable<LogPoint>
{
    public static readonly LogPoint Start = new(Offset.Zero, new LeaderEpoch(0));

    /// <summary>The order in which logs count as up to date: the later epoch, then the longer log.</summary>
    public int CompareTo(LogPoint other) => Epoch.Value != other.Epoch.Value ? Epoch.CompareTo(other.Epoch) : End.CompareTo(other.End);

    public static bool operator <(LogPoint left, LogPoint right) => left.CompareTo(right) < 0;

    public static bool operator >(LogPoint left, LogPoint right) => left.CompareTo(right) > 0;

    public static bool operator <=(LogPoint left, LogPoint right) => left.CompareTo(right) <= 0;

    public static bool operator >=(LogPoint left, LogPoint right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{End}@{Epoch}";
}

/// <summary>Where an epoch's records begin in the log.</summary>
public readonly record struct EpochStart(LeaderEpoch Epoch, Offset At);
