using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Leading;

/// <summary>How far one replica is, as its leader knows it from its fetches.</summary>
internal sealed class ReplicaProgress(ReplicaKey key)
{
    private Offset _leaderEndAtLastFetch = Offset.None;

    public ReplicaKey Key { get; private set; } = key;

    /// <summary>All below is durable there; none before its first fetch in this epoch.</summary>
    public Offset LogEnd { get; private set; } = Offset.None;

    /// <summary>-1 before the first.</summary>
    public long LastFetchMs { get; private set; } = -1;

    /// <summary>When it last had all that the leader had; -1 for never.</summary>
    public long LastCaughtUpMs { get; private set; } = -1;

    /// <summary>It asked, whatever it was told: it is alive.</summary>
    public void Seen(ReplicaKey by, long now)
    {
        Invariant.That(by.Id == Key.Id);
        Key = by.DirectoryId.IsZero ? Key : by;
        LastFetchMs = Math.Max(LastFetchMs, now);
    }

    /// <summary>Its log fits the leader's and ends there.</summary>
    public void Fetched(Offset logEnd, Offset leaderEnd, long now)
    {
        Invariant.That(logEnd <= leaderEnd);
        if (logEnd >= leaderEnd) LastCaughtUpMs = now;
        else if (_leaderEndAtLastFetch > Offset.None && logEnd >= _leaderEndAtLastFetch) LastCaughtUpMs = Math.Max(LastCaughtUpMs, LastFetchMs);
        _leaderEndAtLastFetch = leaderEnd;
        LogEnd = logEnd;
    }
}
