using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication.Following;

/// <summary>The brain of one fetcher: what it asks its leader for next, and what an answer means for each log.</summary>
/// <remarks>
/// Pure: time and where the logs stand are told to it, orders come out of it, and what became of them goes back in (<see cref="Replay"/>).
/// Owned by its fetcher, under one lock.
/// It speaks in a fetch session (KIP-227): after the first request only what changed is named, so a round costs what moved and not what
/// there is. Where a log must be cut an answer says so (KIP-595: the epoch of our last record goes with each request), and
/// OffsetForLeaderEpoch is never asked.
/// Failure: an error concerns its partition alone, which waits and tries again; an answer that makes no sense is an error like others. A
/// leader that gives nonsense for ever costs a request now and then.
/// </remarks>
internal sealed class FollowerBrain(BrokerId self, Func<BrokerEpoch> selfEpoch, FollowerLimits limits)
{
    private const int FirstEpoch = 0;

    private readonly Dictionary<FollowKey, FollowedPartition> _followed = [];
    private readonly List<FollowedPartition> _changed = [];
    private readonly HashSet<FollowKey> _forgotten = [];
    private readonly List<FollowedPartition> _lost = [];
    private readonly List<FollowedPartition> _waiting = [];
    private int _sessionId;
    private int _sessionEpoch = FirstEpoch;

    public int Count => _followed.Count;

    /// <summary>Something is followed of which the leader has not been told, and could be now.</summary>
    public bool HasNews =>
        _changed.Exists(static partition => partition is { IsGone: false, IsInSession: false, State: FollowState.Fetching, NotBeforeMs: 0 });

    /// <summary>How long a throttle keeps a partition back; 0 where none does. It is left out meanwhile.</summary>
    public Func<FollowKey, long>? ThrottledForMs { get; init; }

    public FollowedPartition? Find(FollowKey key) => _followed.GetValueOrDefault(key);

    /// <summary>The partition follows this leader from now on, or in a new epoch.</summary>
    public void Follow(FollowKey key, LeaderEpoch epoch, in FollowerPosition position)
    {
        // another ISR in the same epoch is no reason to ask anew
        if (_followed.TryGetValue(key, out var partition) && partition.Epoch == epoch && partition.State == FollowState.Fetching) return;
        if (partition is null) _followed.Add(key, partition = new(key));
        partition.Follow(epoch, position);
        Change(partition);
    }

    public void Unfollow(FollowKey key)
    {
        if (!_followed.Remove(key, out var partition)) return;
        if (partition.IsInSession) _forgotten.Add(key);
        partition.IsGone = true;
    }

    /// <summary>The next fetch; null where there is nothing to ask for before <see cref="NextDueMs"/>.</summary>
    public FetchRequest? NextFetch(long nowMs)
    {
        TakeDue(nowMs);
        var isFirst = _sessionEpoch == FirstEpoch;
        var request = new FetchRequest
        {
            MaxWaitMs = limits.WaitMaxMs,
            MinBytes = limits.BytesMin,
            MaxBytes = limits.ResponseBytesMax,
            SessionId = _sessionId,
            SessionEpoch = _sessionEpoch,
        };
        request.ReplicaState.ReplicaId = self.Value;
        request.ReplicaState.ReplicaEpoch = selfEpoch().Value;
        var topics = new Dictionary<Uuid, FetchRequest.FetchTopic>();
        if (isFirst)
        {
            foreach (var partition in _followed.Values) Name(partition, request, topics, nowMs);
        }
        else
        {
            foreach (var partition in _changed)
            {
                if (!partition.IsGone) Name(partition, request, topics, nowMs);
            }
        }

        foreach (var partition in _changed) partition.IsChanged = false;
        _changed.Clear();
        if (isFirst) _forgotten.Clear();
        if (isFirst ? request.Topics.Count == 0 : !HasAnyInSession()) return null;
        Forget(request);
        return request;
    }

    /// <summary>When the first of those that wait is due; the largest number where none is.</summary>
    public long NextDueMs
    {
        get
        {
            var due = long.MaxValue;
            foreach (var partition in _waiting)
            {
                if (!partition.IsGone) due = Math.Min(due, partition.NotBeforeMs);
            }

            return due;
        }
    }

    /// <summary>Those whose leader has to be asked where its log begins and ends.</summary>
    public List<(FollowKey Key, LeaderEpoch Epoch)> Lost(long nowMs)
    {
        var lost = new List<(FollowKey, LeaderEpoch)>();
        _lost.RemoveAll(partition => partition.IsGone || partition.State != FollowState.Lost);
        foreach (var partition in _lost)
        {
            if (partition.NotBeforeMs <= nowMs) lost.Add((partition.Key, partition.Epoch));
        }

        return lost;
    }

    /// <summary>No answer came: whatever the leader knows of the session, the next request begins another in its place.</summary>
    public void Broke() => _sessionEpoch = FirstEpoch;

    /// <summary>What the leader's answer means.</summary>
    public List<FollowerOrder> Read(FetchResponse response, long nowMs)
    {
        var orders = new List<FollowerOrder>();
        if (response.ErrorCode != ErrorCode.None)
        {
            // an unknown session, another epoch of it, or a leader that can't serve at all: all is named anew
            if (response.ErrorCode == ErrorCode.FetchSessionIdNotFound) _sessionId = 0;
            _sessionEpoch = FirstEpoch;
            return orders;
        }

        _sessionId = response.SessionId;
        _sessionEpoch = response.SessionId == 0 ? FirstEpoch : _sessionEpoch == int.MaxValue ? 1 : _sessionEpoch + 1;
        foreach (var topic in response.Responses)
        {
            foreach (var data in topic.Partitions)
            {
                var key = new FollowKey(topic.TopicId, data.PartitionIndex);
                if (_followed.GetValueOrDefault(key) is not { State: FollowState.Fetching } partition) continue;
                // followed in another epoch by now, or asked for something else since
                if (partition.Asked != (partition.Epoch, partition.Position.LogEnd)) continue;
                if (OrderOf(partition, data, nowMs) is { } order) orders.Add(order);
            }
        }

        return orders;
    }

    /// <summary>What the leader said of where its log begins and ends.</summary>
    public FollowerOrder? ReadOffsets(FollowKey key, LeaderEpoch epoch, ErrorCode error, Offset leaderStart, Offset leaderEnd, long nowMs)
    {
        if (_followed.GetValueOrDefault(key) is not { State: FollowState.Lost } partition || partition.Epoch != epoch) return null;
        if (error == ErrorCode.FencedLeaderEpoch) partition.Stop();
        if (error != ErrorCode.None || leaderStart < Offset.Zero || leaderEnd < leaderStart)
        {
            Fail(partition, error, nowMs);
            return null;
        }

        var position = partition.Position;
        // its log is shorter: it was elected without having all that we have
        if (leaderEnd < position.LogEnd) return new(key, epoch, FollowerAction.TruncateTo, leaderEnd);
        // what we lack is deleted there
        if (leaderStart > position.LogEnd) return new(key, epoch, FollowerAction.StartAnew, leaderStart);
        // it can't place the epoch of our last record: what is committed is in its log for sure, all else is given up
        return new(key, epoch, FollowerAction.TruncateTo, position.HighWatermark);
    }

    /// <summary>What became of an order.</summary>
    public void Replay(in FollowerOrder order, in FollowerOutcome outcome, long nowMs)
    {
        if (_followed.GetValueOrDefault(order.Key) is not { } partition || partition.Epoch != order.Epoch) return;
        var before = partition.Position;
        partition.MoveTo(outcome.Position);
        switch (outcome.Error)
        {
            case ErrorCode.None when order.Action == FollowerAction.Append:
                partition.Succeed();
                // the high watermark alone needs no telling: the leader knows what it answered
                if (outcome.Position != before with { HighWatermark = outcome.Position.HighWatermark }) Change(partition);
                break;
            case ErrorCode.None:
                partition.Find();
                // a truncation that changed nothing leads to the same answer again
                if (outcome.Position == before) Fail(partition, ErrorCode.None, nowMs);
                Change(partition);
                break;
            case ErrorCode.KafkaStorageError or ErrorCode.NotLeaderOrFollower:
                partition.Stop();
                Change(partition);
                break;
            default:
                Fail(partition, outcome.Error, nowMs);
                break;
        }
    }

    private FollowerOrder? OrderOf(FollowedPartition partition, FetchResponse.PartitionData data, long nowMs)
    {
        switch (data.ErrorCode)
        {
            case ErrorCode.None:
                break;
            case ErrorCode.OffsetOutOfRange:
                partition.Lose();
                _lost.Add(partition);
                Change(partition);
                return null;
            case ErrorCode.FencedLeaderEpoch:
                partition.Stop();
                Change(partition);
                return null;
            default:
                Fail(partition, data.ErrorCode, nowMs);
                return null;
        }

        if (data.DivergingEpoch.Epoch >= 0)
        {
            return new(partition.Key, partition.Epoch, FollowerAction.TruncateToEpoch, new(Math.Max(0, data.DivergingEpoch.EndOffset)),
                new(data.DivergingEpoch.Epoch));
        }

        return new(partition.Key, partition.Epoch, FollowerAction.Append, Records: data.Records.Memory, HighWatermark: new(data.HighWatermark),
            LogStart: new(data.LogStartOffset));
    }

    /// <summary>Errors that the leader's next look at the metadata mends are tried again soon, all others at the usual pace.</summary>
    private void Fail(FollowedPartition partition, ErrorCode error, long nowMs)
    {
        var passes = error is ErrorCode.UnknownLeaderEpoch or ErrorCode.NotLeaderOrFollower or ErrorCode.UnknownTopicId or ErrorCode.UnknownTopicOrPartition
            or ErrorCode.LeaderNotAvailable or ErrorCode.ReplicaNotAvailable;
        partition.Fail(nowMs, passes ? limits.FirstBackoffMs : limits.BackoffMs, limits.BackoffMs);
        Change(partition);
    }

    private void Name(FollowedPartition partition, FetchRequest request, Dictionary<Uuid, FetchRequest.FetchTopic> topics, long nowMs)
    {
        if (partition.State == FollowState.Fetching && ThrottledForMs?.Invoke(partition.Key) is > 0 and var held) partition.Pause(nowMs + held);
        if (!partition.MayFetch(nowMs))
        {
            if (partition.State != FollowState.Stopped && partition.NotBeforeMs > nowMs && !partition.IsWaiting)
            {
                partition.IsWaiting = true;
                _waiting.Add(partition);
            }

            // it is left out meanwhile, or the leader would send it all the same
            if (partition.IsInSession && _sessionEpoch != FirstEpoch) _forgotten.Add(partition.Key);
            partition.IsInSession = false;
            return;
        }

        if (!topics.TryGetValue(partition.Key.TopicId, out var topic))
        {
            topics.Add(partition.Key.TopicId, topic = new() { TopicId = partition.Key.TopicId });
            request.Topics.Add(topic);
        }

        var position = partition.Position;
        topic.Partitions.Add(new()
        {
            Partition = partition.Key.Partition,
            CurrentLeaderEpoch = partition.Epoch.Value,
            FetchOffset = position.LogEnd.Value,
            LastFetchedEpoch = position.LastEpoch.Value,
            LogStartOffset = position.LogStart.Value,
            PartitionMaxBytes = limits.PartitionBytesMax,
            HighWatermark = position.HighWatermark.Value,
        });
        partition.Asked = (partition.Epoch, position.LogEnd);
        partition.IsInSession = true;
        // unfollowed and followed again since the last request
        _forgotten.Remove(partition.Key);
    }

    private void Forget(FetchRequest request)
    {
        foreach (var group in _forgotten.GroupBy(key => key.TopicId))
            request.ForgottenTopicsData.Add(new() { TopicId = group.Key, Partitions = [.. group.Select(key => key.Partition)] });
        _forgotten.Clear();
    }

    private void TakeDue(long nowMs)
    {
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            var partition = _waiting[i];
            if (!partition.IsGone && partition.NotBeforeMs > nowMs) continue;
            partition.IsWaiting = false;
            _waiting.RemoveAt(i);
            if (!partition.IsGone) Change(partition);
        }
    }

    private bool HasAnyInSession()
    {
        foreach (var partition in _followed.Values)
        {
            if (partition.IsInSession) return true;
        }

        return false;
    }

    private void Change(FollowedPartition partition)
    {
        if (partition.IsChanged) return;
        partition.IsChanged = true;
        _changed.Add(partition);
    }
}
