using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication.Following;

/// <summary>What a fetcher does about a partition now.</summary>
internal enum FollowState
{
    Fetching,

    /// <summary>The leader's log has nothing where ours goes on: it is asked where its log begins and ends.</summary>
    Lost,

    /// <summary>The leader is of a later epoch, or our disk refuses: until the metadata say something new there is nothing to do.</summary>
    Stopped,
}

/// <summary>One partition of a fetcher, as its brain knows it. Owned by <see cref="FollowerBrain"/>.</summary>
internal sealed class FollowedPartition(FollowKey key)
{
    private int _failures;

    public FollowKey Key => key;

    public LeaderEpoch Epoch { get; private set; }

    public FollowState State { get; private set; }

    public FollowerPosition Position { get; private set; }

    /// <summary>Not asked for before: after an error, or while a throttle holds.</summary>
    public long NotBeforeMs { get; private set; }

    /// <summary>The leader's session knows of it.</summary>
    public bool IsInSession { get; set; }

    /// <summary>Stands in the list of those about which the leader has to be told something.</summary>
    public bool IsChanged { get; set; }

    /// <summary>Stands in the list of those that wait for their time.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Not followed any more; whichever list it stands in passes over it.</summary>
    public bool IsGone { get; set; }

    /// <summary>What was asked for last: an answer to anything else is not for us.</summary>
    public (LeaderEpoch Epoch, Offset From) Asked { get; set; } = (LeaderEpoch.None, Offset.None);

    public bool MayFetch(long nowMs) => State == FollowState.Fetching && NotBeforeMs <= nowMs;

    public void Follow(LeaderEpoch epoch, in FollowerPosition position)
    {
        Invariant.That(epoch >= Epoch);
        Epoch = epoch;
        State = FollowState.Fetching;
        _failures = 0;
        NotBeforeMs = 0;
        MoveTo(position);
    }

    public void MoveTo(in FollowerPosition position)
    {
        Invariant.That(position.HighWatermark <= position.LogEnd);
        Position = position;
    }

    /// <summary>All is well: the next failure is the first.</summary>
    public void Succeed() => _failures = 0;

    public void Lose() => State = FollowState.Lost;

    public void Find() => State = FollowState.Fetching;

    public void Stop() => State = FollowState.Stopped;

    public void Pause(long untilMs) => NotBeforeMs = untilMs;

    /// <summary>Waits before the next try: twice as long each time, from <paramref name="firstMs"/> up to
    /// <paramref name="maxMs"/>.</summary>
    public void Fail(long nowMs, int firstMs, int maxMs)
    {
        const int doublingsMax = 16;
        NotBeforeMs = nowMs + Math.Min(maxMs, (long)firstMs << Math.Min(_failures, doublingsMax));
        _failures++;
    }
}
