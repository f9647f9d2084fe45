using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Fetching;

/// <summary>The sessions of all clients: at most `max.incremental.fetch.session.cache.slots` (KIP-227).</summary>
/// <remarks>
/// A full cache gives a slot to a new session only if one has not been used for <see cref="EvictAfter"/>, or is smaller and that old; else
/// the client fetches without a session.
/// Thread-safe: one lock, held for a look-up or the taking over of a request's changes.
/// </remarks>
internal sealed class FetchSessions(int slots, TimeProvider time, Random random)
{
    /// <summary>Kafka's `min.incremental.fetch.session.eviction.ms`.</summary>
    private static readonly TimeSpan EvictAfter = TimeSpan.FromMinutes(2);

    private const int FinalEpoch = -1;
    private const int InitialEpoch = 0;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, FetchSession> _sessions = [];

    public int Count
    {
        get
        {
            lock (_gate) return _sessions.Count;
        }
    }

    /// <summary>What a request asks for, in whichever of its forms; an error code where its session is not there or not the one it
    /// thinks.</summary>
    public ErrorCode Begin(FetchRequest request, short version, out FetchPlan plan)
    {
        plan = FetchPlan.None;
        if (request.SessionEpoch is FinalEpoch or InitialEpoch)
        {
            lock (_gate)
            {
                if (request.SessionId != 0) _sessions.Remove(request.SessionId);
                var session = request.SessionEpoch == FinalEpoch ? null : Create(request, version);
                plan = session is null ? FetchPlan.Of(request) : FetchPlan.First(session);
                return ErrorCode.None;
            }
        }

        lock (_gate)
        {
            if (!_sessions.TryGetValue(request.SessionId, out var session)) return ErrorCode.FetchSessionIdNotFound;
            if (session.NextEpoch != request.SessionEpoch) return ErrorCode.InvalidFetchSessionEpoch;
            if (session.UsesTopicIds != UsesTopicIds(version)) return ErrorCode.FetchSessionTopicIdError;
            // an answer on another connection may be putting the session's partitions into a new order
            lock (session)
            {
                session.Use(time.GetTimestamp());
                session.Update(request);
                if (session.Count == 0) _sessions.Remove(session.Id);
                else plan = FetchPlan.Next(session);
                return ErrorCode.None;
            }
        }
    }

    private static bool UsesTopicIds(short version) => version >= 13;

    private FetchSession? Create(FetchRequest request, short version)
    {
        if (request.Topics.Count == 0) return null;
        var now = time.GetTimestamp();
        var isFollower = request.ReplicaId >= 0 || request.ReplicaState.ReplicaId >= 0;
        if (_sessions.Count >= slots && !Evict(request.Topics.Sum(t => t.Partitions.Count), isFollower)) return null;
        int id;
        do id = random.Next(1, int.MaxValue);
        while (_sessions.ContainsKey(id));
        var session = new FetchSession(id, UsesTopicIds(version), now, isFollower);
        session.Update(request);
        _sessions.Add(id, session);
        return session;
    }

    private bool Evict(int sizeOfNew, bool forFollower)
    {
        var oldest = _sessions.Values.MinBy(s => s.LastUsed);
        if (oldest is not null && time.GetElapsedTime(oldest.LastUsed) > EvictAfter) return _sessions.Remove(oldest.Id);
        // a follower takes a consumer's slot, and no consumer a follower's: it has thousands of partitions to name each time without
        if (forFollower && _sessions.Values.Where(s => !s.IsFollower).MinBy(s => s.LastUsed) is { } consumer) return _sessions.Remove(consumer.Id);
        var smallest = _sessions.Values.Where(s => s.IsFollower == forFollower && time.GetElapsedTime(s.Created) > EvictAfter).MinBy(s => s.Count);
        return smallest is not null && smallest.Count < sizeOfNew && _sessions.Remove(smallest.Id);
    }
}
