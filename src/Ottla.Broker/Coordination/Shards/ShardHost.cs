using Microsoft.Extensions.Logging;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Coordination.Shards;

/// <summary>Runs the brain of one partition for as long as this node leads it in one epoch: load, decide, append, replay, answer.</summary>
/// <remarks>
/// All state belongs to the loop; requests post to it. Steps that wait together share one append (<see cref="AppendBatch"/>); while an
/// append is under way further
/// steps wait, so that each decides on the state that the log holds. Records are replayed once they stand in the local log, answers leave
/// once they are committed; an
/// answer that needs no record waits for those written before it, so that nobody reads what may still be lost.
/// Failure: a refused append refuses the requests behind it and changes nothing; a log that can't be read leaves the shard answering
/// NOT_COORDINATOR.
/// One timer at most is armed, none while no deadline is set.
/// </remarks>
internal sealed partial class ShardHost : IDisposable
{
    private readonly int _partition;
    private readonly LeaderEpoch _epoch;
    private readonly EventLoop _loop;
    private readonly IOffsetsLog _log;
    private readonly GroupShard _shard;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Queue<Step> _waiting = new();
    private readonly Queue<(string? Group, Decision Decision)> _decided = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _timer;
    private State _state = State.Loading;
    private bool _draining;
    private bool _appending;
    private bool _refusing;
    private long? _armedMs;
    private Task<ErrorCode> _lastCommitted = Task.FromResult(ErrorCode.None);

    public ShardHost(int partition, LeaderEpoch epoch, EventLoop loop, IOffsetsLog log, GroupShard shard, TimeProvider time, ILogger logger)
    {
        (_partition, _epoch, _loop, _log, _shard, _time, _logger) = (partition, epoch, loop, log, shard, time, logger);
        _timer = time.CreateTimer(static host => ((ShardHost)host!).WakeUp(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private enum State
    {
        Loading,
        Active,
        Failed,
        Resigned,
    }

    /// <param name="Group">The group that the step is about; null when it is about all of them.</param>
    private readonly record struct Step(string? Group, Action<Decision> Run, Reply? Reply);

    public LeaderEpoch Epoch => _epoch;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Replays the log; until that is done requests get COORDINATOR_LOAD_IN_PROGRESS. The task ends when the shard serves, failed
    /// or was told to stop.</summary>
    public Task Load()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Post(() => _ = Replay(done));
        return done.Task;
    }

    /// <summary>Runs a step of the brain and gives its answer, once that may leave.</summary>
    /// <param name="group">The group that the step is about; null when it is about all of them.</param>
    public Task<T> Submit<T>(string? group, Func<ErrorCode, T> refusal, Action<GroupShard, Reply<T>, Decision> step) where T : class
    {
        var reply = new Reply<T>(refusal);
        _loop.Post(() =>
        {
            if (_state != State.Active)
            {
                reply.Refuse(_state == State.Loading ? ErrorCode.CoordinatorLoadInProgress : ErrorCode.NotCoordinator);
                return;
            }
            _waiting.Enqueue(new Step(group, decision => step(_shard, reply, decision), reply));
            DrainSoon();
        });
        return reply.Task;
    }

    /// <summary>Runs a step on each group that there is.</summary>
    public void ForEachGroup(Action<string, GroupShard, Decision> step) => _loop.Post(() =>
    {
        if (_state == State.Active) EnqueueForEachGroup((group, decision) => step(group, _shard, decision));
    });

    /// <summary>This node does not lead the partition any more. Nothing is answered but NOT_COORDINATOR from now on.</summary>
    public void Resign() => _loop.Post(() =>
    {
        if (_state == State.Resigned) return;
        _state = State.Resigned;
        _stop.Cancel();
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        while (_waiting.TryDequeue(out var step)) step.Reply?.Refuse(ErrorCode.NotCoordinator);
        while (_decided.TryDequeue(out var decided)) Refuse(decided.Decision, ErrorCode.NotCoordinator);
        _shard.Resign();
    });

    public void Dispose()
    {
        _timer.Dispose();
        _stop.Dispose();
    }

    private async Task Replay(TaskCompletionSource done)
    {
        var startedMs = NowMs;
        var records = 0L;
        try
        {
            await foreach (var batch in _log.ReadAll(_partition, _epoch, _stop.Token).ConfigureAwait(false))
            {
                if (batch.Marker is { } commit) _shard.ReplayEndTransaction(batch.Producer, commit);
                foreach (var (offset, record) in batch.Records)
                {
                    records++;
                    if (RecordCodec.Read(record) is { } decoded) _shard.Replay(offset, batch.Producer, decoded);
                }
            }
            _loop.Post(() => Loaded(records, NowMs - startedMs, done));
        }
        catch (OperationCanceledException)
        {
            done.SetResult();
        }
#pragma warning disable CA1031 // whatever is wrong with one partition's log must not end the process; the shard stays unavailable and says why
        catch (Exception exception) when (exception is not InvariantException)
#pragma warning restore CA1031
        {
            LogLoadFailed(_logger, _partition, exception.Message);
            _loop.Post(() =>
            {
                if (_state == State.Loading) _state = State.Failed;
                done.SetResult();
            });
        }
    }

    private void Loaded(long records, long tookMs, TaskCompletionSource done)
    {
        if (_state == State.Loading)
        {
            _state = State.Active;
            if (records > 0) LogLoaded(_logger, _partition, _shard.Groups.Count, _shard.Offsets.Store.Count, records, tookMs);
            var decision = new Decision(NowMs);
            _shard.Loaded(decision);
            _decided.Enqueue((null, decision));
            Drain();
        }
        done.SetResult();
    }

    private void WakeUp() => _loop.Post(() =>
    {
        _armedMs = null;
        if (_state != State.Active) return;
        foreach (var key in _shard.Deadlines.Take(NowMs))
        {
            if (key != GroupShard.ExpiryKey)
            {
                _waiting.Enqueue(new Step(key.Group, decision => _shard.Fire(key, decision), null));
                continue;
            }
            EnqueueForEachGroup(_shard.Offsets.Expire);
            _waiting.Enqueue(new Step("", _shard.ScheduleExpiry, null));
        }
        Drain();
    });

    private void EnqueueForEachGroup(Action<string, Decision> step)
    {
        foreach (var group in _shard.Groups.Keys) _waiting.Enqueue(new Step(group, decision => step(group, decision), null));
        DrainSoon();
    }

    /// <summary>After what has been posted already, so that it goes into the same append.</summary>
    private void DrainSoon()
    {
        if (_draining || _appending) return;
        _draining = true;
        _loop.Post(Drain);
    }

    private void Drain()
    {
        _draining = false;
        while (!_appending && _state == State.Active && (_waiting.Count > 0 || _decided.Count > 0))
        {
            var batch = Collect();
            if (batch.IsEmpty) continue;
            var append = _log.Append(_partition, _epoch, batch.Records);
            if (append.IsCompletedSuccessfully) Appended(batch, append.Result);
            else _ = Await(append, batch);
        }
        ArmTimer();
    }

    private AppendBatch Collect()
    {
        var batch = new AppendBatch();
        while (_decided.TryPeek(out var decided) && !batch.Concerns(decided.Group) && !batch.IsFull)
        {
            _decided.Dequeue();
            Take(batch, decided.Group, decided.Decision);
        }
        if (_decided.Count > 0) return batch;
        while (_waiting.TryPeek(out var step) && !batch.Concerns(step.Group) && !batch.IsFull)
        {
            _waiting.Dequeue();
            var decision = new Decision(NowMs);
            step.Run(decision);
            Take(batch, step.Group, decision);
        }
        return batch;
    }

    private void Take(AppendBatch batch, string? group, Decision decision)
    {
        if (decision.Records.Count > 0)
        {
            batch.Add(group, decision);
            return;
        }
        Invariant.That(decision.Followers.Count == 0);
        AnswerWhenCommitted(decision, _lastCommitted);
    }

    private async Task Await(ValueTask<OffsetsAppend> append, AppendBatch batch)
    {
        _appending = true;
        try
        {
            var result = await append.ConfigureAwait(false);
            _loop.Post(() =>
            {
                _appending = false;
                Appended(batch, result);
                Drain();
            });
        }
#pragma warning disable CA1031 // an append answers with an error; one that throws is a bug, and the loop's fault handler ends the process
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _loop.Post(() => throw new InvalidOperationException($"Append to __consumer_offsets-{_partition} threw.", exception));
        }
    }

    private void Appended(AppendBatch batch, OffsetsAppend result)
    {
        var error = _state == State.Active ? AppendErrors.ForGroups(result.Error) : ErrorCode.NotCoordinator;
        if (error == ErrorCode.None)
        {
            var offset = result.Base;
            foreach (var (record, replay) in batch.Decisions.SelectMany(static d => d.Decision.Records))
            {
                if (replay) _shard.Replay(offset, ProducerId.None, record);
                offset += 1;
            }
            _lastCommitted = result.Committed;
            _refusing = false;
        }
        else if (!_refusing)
        {
            _refusing = true;
            LogAppendRefused(_logger, _partition, batch.Records.Count, result.Error);
        }
        foreach (var (group, decision) in batch.Decisions)
        {
            if (error == ErrorCode.None) AnswerWhenCommitted(decision, result.Committed);
            else Refuse(decision, error);
            foreach (var follower in decision.Followers)
            {
                var next = new Decision(NowMs);
                follower(error, next);
                if (_state == State.Active) _decided.Enqueue((group, next));
                else Refuse(next, ErrorCode.NotCoordinator);
            }
        }
    }

    private static void AnswerWhenCommitted(Decision decision, Task<ErrorCode> committed)
    {
        if (decision.Answers.Count == 0) return;
        if (committed.IsCompletedSuccessfully) Answer(decision, committed.Result);
        else _ = Later(decision, committed);

        static async Task Later(Decision decision, Task<ErrorCode> committed) => Answer(decision, await committed.ConfigureAwait(false));
    }

    private static void Answer(Decision decision, ErrorCode committed)
    {
        if (committed != ErrorCode.None)
        {
            Refuse(decision, AppendErrors.ForGroups(committed));
            return;
        }
        foreach (var (reply, response) in decision.Answers) reply.Send(response);
    }

    private static void Refuse(Decision decision, ErrorCode error)
    {
        foreach (var (reply, _) in decision.Answers) reply.Refuse(error);
    }

    private void ArmTimer()
    {
        if (_state != State.Active || _shard.Deadlines.Next is not { } dueMs || (_armedMs is { } armed && armed <= dueMs)) return;
        _armedMs = dueMs;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(dueMs - NowMs, 0)), Timeout.InfiniteTimeSpan);
    }

    [LoggerMessage(4001, LogLevel.Information,
        "__consumer_offsets-{Partition}: loaded {Groups} groups and {Offsets} offsets from {Records} records in {TookMs} ms.")]
    private static partial void LogLoaded(ILogger logger, int partition, int groups, int offsets, long records, long tookMs);

    [LoggerMessage(4002, LogLevel.Error,
        "__consumer_offsets-{Partition} can't be replayed: {Reason} Its groups are not served by this node until it is elected again or restarted; nothing was changed.")]
    private static partial void LogLoadFailed(ILogger logger, int partition, string reason);

    [LoggerMessage(4003, LogLevel.Warning,
        "__consumer_offsets-{Partition} refused {Records} records ({Error}); the groups stay as they were and their members are told to try again.")]
    private static partial void LogAppendRefused(ILogger logger, int partition, int records, ErrorCode error);
}
