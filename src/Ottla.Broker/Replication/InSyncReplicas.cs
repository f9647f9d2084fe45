using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>The brain of a partition's leader in one leader epoch: how far its followers are, who is in sync, where the high watermark
/// is.</summary>
/// <remarks>
/// Pure: it neither waits nor reads a clock nor touches a file; its owner calls it under one lock. Only fetches, answers of the controller
/// and metadata change it; what it wants of the controller is a <see cref="IsrProposal"/>, one at a time, and counts once it is answered.
/// While one is under way, whoever may be in sync is taken to be (the "maximal" ISR): a member that the controller has let in before we
/// hear of it must not miss what we call committed, and one that we want out is in until the controller agrees.
/// The high watermark follows Kafka's rules, KIP-966 among them: with fewer in sync than `min.insync.replicas` (or than there are replicas)
/// it stands still, so that what is committed always is on enough of them.
/// </remarks>
internal sealed class InSyncReplicas
{
    private const sbyte Recovered = 0;

    private readonly int _self;
    private FollowerState[] _followers = [];
    private int[] _isr;
    private int _partitionEpoch;
    private sbyte _recoveryState;
    private bool _mayPropose = true;

    public InSyncReplicas(BrokerId self, PartitionRegistration registration, Offset epochStart, long nowMs)
    {
        Invariant.That(registration.Leader == self.Value);
        _self = self.Value;
        LeaderEpoch = registration.LeaderEpoch;
        EpochStart = epochStart;
        _isr = registration.Isr;
        _partitionEpoch = registration.PartitionEpoch;
        _recoveryState = registration.LeaderRecoveryState;
        // who was in sync under the last leader gets the time of a lag to show it under this one
        Follow(registration.Replicas, broker => new FollowerState(broker, Array.IndexOf(_isr, broker) >= 0 ? nowMs : FollowerState.NeverMs));
    }

    public LeaderEpoch LeaderEpoch { get; }

    /// <summary>The log's end when this epoch began: until the high watermark is there, the leader does not know what is committed
    /// (KIP-207).</summary>
    public Offset EpochStart { get; }

    /// <summary>As the controller agreed to last.</summary>
    public ReadOnlySpan<int> Isr => _isr;

    public int PartitionEpoch => _partitionEpoch;

    /// <summary>What the controller is asked for and has not answered.</summary>
    public IsrProposal? Pending { get; private set; }

    public int ReplicaCount => _followers.Length + 1;

    public IReadOnlyList<FollowerState> Followers => _followers;

    public bool IsUnderMinIsr(int minInsyncReplicas) => _isr.Length < Math.Min(minInsyncReplicas, ReplicaCount);

    /// <summary>The lowest start of any replica's log; none while a follower has not told its own.</summary>
    public Offset LowWatermark(Offset leaderStart, Func<int, bool> isAlive)
    {
        var lowest = leaderStart;
        foreach (var follower in _followers)
        {
            if (isAlive(follower.Broker)) lowest = Offset.Min(lowest, follower.LogStart);
        }

        return lowest;
    }

    /// <summary>Takes a follower's fetch in. NOT_LEADER_OR_FOLLOWER where it is no replica, or a run of one that has been succeeded by
    /// another.</summary>
    public ErrorCode Note(in FollowerFetch fetch, BrokerEpoch registered, Offset leaderEnd, long nowMs)
    {
        if (fetch.LogEnd > leaderEnd || Find(fetch.Broker) is not { } follower) return ErrorCode.NotLeaderOrFollower;
        var latest = Math.Max(registered.Value, follower.Epoch.Value);
        if (fetch.Epoch != BrokerEpoch.None && fetch.Epoch.Value < latest) return ErrorCode.NotLeaderOrFollower;
        follower.Note(fetch, leaderEnd, nowMs);
        return ErrorCode.None;
    }

    /// <summary>Whether the replica was fetching from this epoch's leader and has all from one offset to another.</summary>
    public bool Holds(int broker, Offset offset) => Find(broker) is { } follower && follower.LogEnd >= offset && follower.LogStart <= offset;

    /// <summary>Where the high watermark is now; never below where it was.</summary>
    /// <param name="current">Where it was.</param>
    /// <param name="leaderEnd">The leader's own log end.</param>
    /// <param name="minInsyncReplicas">Of the topic.</param>
    /// <param name="nowMs">Of the clock that fetches were noted by.</param>
    /// <param name="lagMaxMs">`replica.lag.time.max.ms`.</param>
    /// <param name="registered">The run of a broker that may be in an ISR; none where it is fenced or stopping.</param>
    public Offset HighWatermark(Offset current, Offset leaderEnd, int minInsyncReplicas, long nowMs, long lagMaxMs, Func<int, BrokerEpoch> registered)
    {
        Invariant.That(current <= leaderEnd);
        if (IsUnderMinIsr(minInsyncReplicas)) return current;
        var lowest = leaderEnd;
        foreach (var follower in _followers)
        {
            if (follower.LogEnd >= lowest) continue;
            // one that keeps up and may join is waited for: it could never catch a high watermark that runs ahead with the leader's end
            var keepsUp = follower.IsCaughtUp(leaderEnd, nowMs, lagMaxMs) && MayJoin(follower, registered(follower.Broker));
            if (keepsUp || IsMember(follower.Broker)) lowest = follower.LogEnd;
        }

        return Offset.Max(current, lowest);
    }

    /// <summary>A follower fetched: it is proposed as a member where it has reached the high watermark and this epoch.</summary>
    public IsrProposal? Expand(int broker, BrokerEpoch own, BrokerEpoch registered, Offset highWatermark)
    {
        if (Pending is not null || !_mayPropose || Find(broker) is not { } follower || Array.IndexOf(_isr, broker) >= 0) return null;
        // KIP-704: a leader that was elected uncleanly says that it has recovered before anybody joins it
        if (_recoveryState != Recovered) return Recover(own);
        if (follower.LogEnd < highWatermark || follower.LogEnd < EpochStart || !MayJoin(follower, registered)) return null;
        return Propose([.. _isr, broker], own);
    }

    /// <summary>Members that have lagged for too long are proposed to leave.</summary>
    public IsrProposal? Shrink(BrokerEpoch own, Offset leaderEnd, long nowMs, long lagMaxMs)
    {
        if (Pending is not null || !_mayPropose) return null;
        var kept = Array.FindAll(_isr, broker => broker == _self || (Find(broker)?.IsCaughtUp(leaderEnd, nowMs, lagMaxMs) ?? true));
        return kept.Length == _isr.Length ? null : Propose(kept, own);
    }

    /// <summary>A leader that was elected although it may lack committed records has taken over: it says so, alone in its ISR
    /// (KIP-704).</summary>
    public IsrProposal? Recover(BrokerEpoch own) => _recoveryState == Recovered || Pending is not null || !_mayPropose ? null : Propose(_isr, own);

    /// <summary>The controller has answered. True: the same proposal is to be sent again.</summary>
    public bool Replay(IsrProposal proposal, IsrAnswer answer)
    {
        // metadata were faster, or this is the answer to what they superseded
        if (!ReferenceEquals(Pending, proposal)) return false;
        switch (answer.Error)
        {
            case ErrorCode.None:
                // an older state than ours is no answer to this; metadata bring the newer one
                if (answer.LeaderEpoch != LeaderEpoch || answer.PartitionEpoch < _partitionEpoch) return false;
                Adopt(answer.Isr, answer.PartitionEpoch, answer.LeaderRecoveryState);
                return false;
            case ErrorCode.IneligibleReplica or ErrorCode.OperationNotAttempted:
                // the next fetch of whom it concerned proposes again
                Pending = null;
                return false;
            case ErrorCode.FencedLeaderEpoch or ErrorCode.NewLeaderElected or ErrorCode.InvalidUpdateVersion or ErrorCode.InvalidRequest
                or ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId or ErrorCode.NotLeaderOrFollower:
                // the controller knows of a state that we have not heard of: what we asked for may be part of it, so it stays counted
                _mayPropose = false;
                return false;
            default:
                return true;
        }
    }

    /// <summary>The metadata say what the partition is now, in the same leader epoch.</summary>
    public void Adopt(PartitionRegistration registration, long nowMs)
    {
        Invariant.That(registration.LeaderEpoch == LeaderEpoch && registration.Leader == _self);
        if (registration.PartitionEpoch < _partitionEpoch) return;
        if (registration.PartitionEpoch > _partitionEpoch) Adopt(registration.Isr, registration.PartitionEpoch, registration.LeaderRecoveryState);
        Follow(registration.Replicas, broker => Find(broker) ?? new FollowerState(broker, Array.IndexOf(_isr, broker) >= 0 ? nowMs : FollowerState.NeverMs));
    }

    private void Adopt(int[] isr, int partitionEpoch, sbyte recoveryState)
    {
        (_isr, _partitionEpoch, _recoveryState) = (isr, partitionEpoch, recoveryState);
        Pending = null;
        _mayPropose = true;
    }

    private IsrProposal Propose(int[] isr, BrokerEpoch own)
    {
        Invariant.That(Array.IndexOf(isr, _self) >= 0);
        var epochs = Array.ConvertAll(isr, broker => broker == _self ? own : Find(broker)?.Epoch ?? BrokerEpoch.None);
        return Pending = new IsrProposal(LeaderEpoch, _partitionEpoch, isr, epochs, Recovered);
    }

    /// <summary>In the ISR, or perhaps in it by now.</summary>
    private bool IsMember(int broker) => Array.IndexOf(_isr, broker) >= 0 || (Pending is { } pending && Array.IndexOf(pending.Isr, broker) >= 0);

    /// <summary>Only one that has fetched in this epoch, and a run that the metadata know as active, or the controller would refuse it
    /// (KIP-841, KIP-903).</summary>
    private static bool MayJoin(FollowerState follower, BrokerEpoch registered) =>
        follower.LogEnd >= Offset.Zero && registered != BrokerEpoch.None && (follower.Epoch == BrokerEpoch.None || follower.Epoch == registered);

    private FollowerState? Find(int broker)
    {
        foreach (var follower in _followers)
        {
            if (follower.Broker == broker) return follower;
        }

        return null;
    }

    private void Follow(int[] replicas, Func<int, FollowerState> stateOf)
    {
        var followers = new List<FollowerState>(replicas.Length);
        foreach (var broker in replicas)
        {
            if (broker != _self) followers.Add(stateOf(broker));
        }

        _followers = [.. followers];
    }
}
