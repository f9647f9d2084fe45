using Microsoft.Extensions.Logging;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Coordination.Shards;

/// <content>Reads the log: one read is one step of the loop, so requests are answered with COORDINATOR_LOAD_IN_PROGRESS meanwhile, and
/// resigning ends it.</content>
internal sealed partial class ShardHost
{
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Action<string, GroupShard, Decision>> _whenLoaded = [];
    private Offset _next;
    private long _recordsRead;
    private long _loadingSinceMs;

    /// <summary>Replays the log; until that is done requests get COORDINATOR_LOAD_IN_PROGRESS. The task ends when the shard serves, failed
    /// or was told to stop.</summary>
    public Task Load()
    {
        _loop.Post(BeginLoading);
        return _loaded.Task;
    }

    private void BeginLoading()
    {
        if (_state != State.Loading) return;
        (_next, _recordsRead, _loadingSinceMs) = (Offset.None, 0, NowMs);
        ReadOn();
    }

    private void ReadOn()
    {
        if (_state != State.Loading) return;
        OffsetsRead read;
        try
        {
            read = _log.Read(_partition, _epoch, _next);
            foreach (var batch in read.Batches) Replay(batch);
        }
#pragma warning disable CA1031 // whatever is wrong with one partition's log must not end the process; the shard stays unavailable and says why
        catch (Exception exception) when (exception is not InvariantException)
#pragma warning restore CA1031
        {
            LoadFailed(exception is IOException or MalformedMessageException ? exception.Message : exception.ToString());
            return;
        }
        // who leads it now, or in which epoch, is on its way here
        if (read.Error is ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch) Unserved();
        else if (read.Error != ErrorCode.None) LoadFailed($"the partition answers {read.Error.ProtocolName()}");
        else if (read.Committed is { } committed) Loaded(committed);
        else GoOn(read.Next);
    }

    private void GoOn(Offset next)
    {
        Invariant.That(_next == Offset.None || next > _next);
        _next = next;
        _loop.Post(ReadOn);
    }

    private void Replay(OffsetsBatch batch)
    {
        if (batch.Marker is { } commit) _shard.ReplayEndTransaction(batch.Producer, commit);
        foreach (var (offset, record) in batch.Records)
        {
            _recordsRead++;
            if (RecordCodec.Read(record) is { } decoded) _shard.Replay(offset, batch.Producer, decoded);
        }
    }

    /// <summary>The state is what the log says to its end. What of that is not committed yet nobody hears of before it is.</summary>
    private void Loaded(Task<ErrorCode> committed)
    {
        _state = State.Active;
        if (_recordsRead > 0) LogLoaded(_logger, _partition, _shard.Groups.Count, _shard.Offsets.Store.Count, _recordsRead, NowMs - _loadingSinceMs);
        Watch(committed);
        foreach (var group in _shard.Groups.Keys) _followers.Enqueue(new Step(group, decision => _shard.Loaded(group, decision)));
        _followers.Enqueue(new Step("", decision => _shard.ScheduleExpiry(decision)));
        foreach (var step in _whenLoaded) EnqueueForEachGroup((group, decision) => step(group, _shard, decision));
        _whenLoaded.Clear();
        Drain();
        _loaded.TrySetResult();
    }

    private void LoadFailed(string reason)
    {
        LogLoadFailed(_logger, _partition, reason);
        Unserved();
    }

    private void Unserved()
    {
        Fail();
        _loaded.TrySetResult();
    }

    [LoggerMessage(4001, LogLevel.Information,
        "__consumer_offsets-{Partition}: loaded {Groups} groups and {Offsets} offsets from {Records} records in {TookMs} ms.")]
    private static partial void LogLoaded(ILogger logger, int partition, int groups, int offsets, long records, long tookMs);

    [LoggerMessage(4002, LogLevel.Error,
        "__consumer_offsets-{Partition} can't be replayed: {Reason}. Its groups are not served by this node until it is elected again or restarted; "
        + "nothing was changed.")]
    private static partial void LogLoadFailed(ILogger logger, int partition, string reason);
}
