using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>Keeps the bytes of throttled replicas within a rate, on the leader's side or on the follower's (KIP-73).</summary>
/// <remarks>
/// A bucket that fills at the rate and holds a second's worth; an answer may overdraw it, which holds back the next ones for as long. A
/// replica that is in sync is never held back: it must keep up. Thread-safe.
/// </remarks>
/// <param name="time">Fills the bucket.</param>
/// <param name="bytesPerSecond">The rate as of now; the largest number is none.</param>
/// <param name="listed">The list of the topic that counts on this side.</param>
internal sealed class ReplicationThrottle(TimeProvider time, Func<long> bytesPerSecond, Func<TopicPolicy, ThrottledReplicas> listed)
{
    private readonly Lock _gate = new();
    private double _bytes = double.PositiveInfinity;
    private long _filledAt;

    /// <param name="partition">Of which there were so many bytes.</param>
    /// <param name="owner">The broker whose replica the list would name: this node, the leader or the follower.</param>
    /// <param name="bytes">Of records.</param>
    public void Record(Partition partition, BrokerId owner, int bytes)
    {
        if (bytesPerSecond() == long.MaxValue || !IsListed(partition, owner)) return;
        lock (_gate)
        {
            Fill();
            _bytes -= bytes;
        }
    }

    /// <summary>How long a replica is held back: 0 where it is not.</summary>
    /// <param name="partition">Its partition.</param>
    /// <param name="owner">The broker whose replica the list would name.</param>
    /// <param name="follower">The broker that fetches.</param>
    public long HeldForMs(Partition partition, BrokerId owner, BrokerId follower)
    {
        var rate = bytesPerSecond();
        if (rate == long.MaxValue || !IsListed(partition, owner) || IsInSync(partition, follower)) return 0;
        lock (_gate)
        {
            Fill();
            return _bytes > 0 ? 0 : Math.Max(1, (long)Math.Min(int.MaxValue, (1 - _bytes) * 1000 / Math.Max(1, rate)));
        }
    }

    private bool IsListed(Partition partition, BrokerId owner) => listed(partition.Topic.Policy).Contains(partition.Name.Partition, owner.Value);

    /// <summary>The leader knows it first; a follower hears of it from the metadata.</summary>
    private static bool IsInSync(Partition partition, BrokerId follower) =>
        Array.IndexOf(partition.IsLeader ? partition.Isr : partition.Registration?.Isr ?? [], follower.Value) >= 0;

    private void Fill()
    {
        var now = time.GetTimestamp();
        var rate = bytesPerSecond();
        _bytes = Math.Min(rate, _bytes + time.GetElapsedTime(_filledAt, now).TotalSeconds * rate);
        _filledAt = now;
    }
}

/// <summary>Both sides' throttles.</summary>
internal sealed record ReplicationThrottles(ReplicationThrottle Leader, ReplicationThrottle Follower);
