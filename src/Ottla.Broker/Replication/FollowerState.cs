using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>What a follower's fetch says about its log.</summary>
/// <param name="Broker">Who fetches.</param>
/// <param name="Epoch">The run of it that fetches (KIP-903); none from followers of before version 15.</param>
/// <param name="LogEnd">Where it goes on: it has all that lies below.</param>
/// <param name="LogStart">Where its log begins.</param>
internal readonly record struct FollowerFetch(int Broker, BrokerEpoch Epoch, Offset LogEnd, Offset LogStart);

/// <summary>What the leader knows of one follower, from its fetches alone.</summary>
/// <remarks>Owned by <see cref="InSyncReplicas"/>, under its owner's lock. Times are of a clock that only goes forward, in ms.</remarks>
internal sealed class FollowerState(int broker, long lastCaughtUpMs)
{
    /// <summary>A follower that never was as far as its leader in this epoch.</summary>
    public const long NeverMs = long.MinValue / 2;

    private Offset _leaderEndAtLastFetch = Offset.None;
    private long _lastFetchMs = NeverMs;

    public int Broker => broker;

    /// <summary>None until its first fetch in this leader epoch.</summary>
    public Offset LogEnd { get; private set; } = Offset.None;

    public Offset LogStart { get; private set; } = Offset.None;

    /// <summary>The run that fetched last.</summary>
    public BrokerEpoch Epoch { get; private set; } = BrokerEpoch.None;

    /// <summary>When it last had all that its leader had.</summary>
    public long LastCaughtUpMs { get; private set; } = lastCaughtUpMs;

    /// <summary>A fetch from the leader's end was caught up now; one from where the leader's end was at the fetch before was caught up
    /// then, or a leader that is written to all the time would never find a follower in sync.</summary>
    public void Note(in FollowerFetch fetch, Offset leaderEnd, long nowMs)
    {
        Invariant.That(fetch.LogEnd <= leaderEnd);
        if (fetch.LogEnd >= leaderEnd) LastCaughtUpMs = Math.Max(LastCaughtUpMs, nowMs);
        else if (_leaderEndAtLastFetch >= Offset.Zero && fetch.LogEnd >= _leaderEndAtLastFetch)
            LastCaughtUpMs = Math.Max(LastCaughtUpMs, _lastFetchMs);
        LogEnd = fetch.LogEnd;
        LogStart = fetch.LogStart;
        Epoch = fetch.Epoch;
        _leaderEndAtLastFetch = leaderEnd;
        _lastFetchMs = nowMs;
    }

    public bool IsCaughtUp(Offset leaderEnd, long nowMs, long lagMaxMs) => LogEnd == leaderEnd || nowMs - LastCaughtUpMs <= lagMaxMs;
}
