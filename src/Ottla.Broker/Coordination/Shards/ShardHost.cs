using Microsoft.Extensions.Logging;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Coordination.Shards;

/// <summary>Runs the brain of one partition for as long as this node leads it in one epoch: load, decide, append, replay, answer.</summary>
/// <remarks>
/// All state belongs to the loop; requests post to it. Steps that wait together share one append (<see cref="AppendBatch"/>); while an
/// append is under way further steps wait, so that each decides on the state that the log holds. A step decides and its records are written
/// to bytes before anything is appended: what fails there is answered with UNKNOWN_SERVER_ERROR and changes nothing. Records are replayed
/// once they stand in the local log, answers leave once they are committed; an answer that needs no record waits for those written before
/// it, so that nobody reads what may still be lost. Failure: a refused append refuses the requests behind it and changes nothing. Records
/// that were appended and will not be committed have changed the state already: it is thrown away, whoever waits is told NOT_COORDINATOR,
/// and the log is read anew; so a shard has lives, and what a former life had under way is not heard any more. A log that can't be read
/// leaves the shard answering NOT_COORDINATOR. Only appending and replaying may end the process: what they leave half done can't be undone.
/// Loading stands in a file of its own. One timer at most is armed, none while no deadline is set.
/// </remarks>
internal sealed partial class ShardHost
{
    private readonly int _partition;
    private readonly LeaderEpoch _epoch;
    private readonly EventLoop _loop;
    private readonly IOffsetsLog _log;
    private readonly Func<GroupShard> _make;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly StepFaults _faults;
    private readonly long _commitTimeoutMs;
    private readonly Queue<Step> _waiting = new();
    private readonly Queue<Step> _followers = new();
    private readonly Queue<EncodedDecision> _encoded = new();
    private readonly Uncommitted _uncommitted = new();
    private readonly ITimer _timer;
    private GroupShard _shard;
    private State _state = State.Loading;
    private int _life;
    private AppendBatch? _underWay;
    private bool _draining;
    private bool _refusing;
    private long? _armedMs;
    private Task<ErrorCode> _lastCommitted = Task.FromResult(ErrorCode.None);

    public ShardHost(
        int partition, LeaderEpoch epoch, EventLoop loop, IOffsetsLog log, Func<GroupShard> make, GroupSettings settings, TimeProvider time, ILogger logger,
        StepFaults faults)
    {
        (_partition, _epoch, _loop, _log, _make, _time, _logger, _faults) = (partition, epoch, loop, log, make, time, logger, faults);
        _commitTimeoutMs = settings.OffsetsCommitTimeoutMs;
        _shard = make();
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
    /// <param name="Reply">Of the request whose step it is; null for what fell due, or follows on something else.</param>
    /// <param name="Caller">Whose request it is.</param>
    private readonly record struct Step(string? Group, Action<Decision> Run, Reply? Reply = null, GroupRequestContext? Caller = null);

    public LeaderEpoch Epoch => _epoch;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Runs a step of the brain and gives its answer, once that may leave.</summary>
    /// <param name="group">The group that the step is about; null when it is about all of them.</param>
    public Task<T> Submit<T>(string? group, GroupRequestContext caller, Func<ErrorCode, T> refusal, Action<GroupShard, Reply<T>, Decision> step) where T : class
    {
        var reply = new Reply<T>(refusal);
        _loop.Post(() =>
        {
            if (_state != State.Active)
            {
                reply.Refuse(_state == State.Loading ? ErrorCode.CoordinatorLoadInProgress : ErrorCode.NotCoordinator);
                return;
            }
            _waiting.Enqueue(new Step(group, decision => step(_shard, reply, decision), reply, caller));
            DrainSoon();
        });
        return reply.Task;
    }

    /// <summary>Runs a step on each group that there is; on a shard that loads, on each that there will be.</summary>
    public void ForEachGroup(Action<string, GroupShard, Decision> step) => _loop.Post(() =>
    {
        if (_state == State.Active) EnqueueForEachGroup((group, decision) => step(group, _shard, decision));
        else if (_state == State.Loading) _whenLoaded.Add(step);
    });

    /// <summary>This node does not lead the partition any more, or stops. Nothing is answered but NOT_COORDINATOR from now on; the task
    /// ends when all who waited have been told.</summary>
    public Task Resign() => _loop.Run(() =>
    {
        if (_state == State.Resigned) return true;
        _state = State.Resigned;
        LetGo();
        _timer.Dispose();
        _loaded.TrySetResult();
        return true;
    });

    /// <summary>Ends a life: whoever waits for the shard is told that it does not coordinate, and looks for who does.</summary>
    private void LetGo()
    {
        _life++;
        while (_waiting.TryDequeue(out var step)) step.Reply?.Refuse(ErrorCode.NotCoordinator);
        _followers.Clear();
        foreach (var part in _underWay?.Parts ?? []) part.Decision.Refuse(ErrorCode.NotCoordinator);
        while (_encoded.TryDequeue(out var part)) part.Decision.Refuse(ErrorCode.NotCoordinator);
        _uncommitted.RefuseAll(ErrorCode.NotCoordinator);
        _shard.Resign();
        _whenLoaded.Clear();
    }

    private void WakeUp() => _loop.Post(() =>
    {
        _armedMs = null;
        if (_state != State.Active) return;
        _uncommitted.GiveUp(NowMs);
        foreach (var key in _shard.Deadlines.Take(NowMs))
        {
            if (key != GroupShard.ExpiryKey)
            {
                _waiting.Enqueue(new Step(key.Group, decision => _shard.Fire(key, decision)));
                continue;
            }
            EnqueueForEachGroup((group, decision) => _shard.Offsets.Expire(group, decision));
            _waiting.Enqueue(new Step("", decision => _shard.ScheduleExpiry(decision)));
        }
        Drain();
    });

    private void EnqueueForEachGroup(Action<string, Decision> step)
    {
        foreach (var group in _shard.Groups.Keys) _waiting.Enqueue(new Step(group, decision => step(group, decision)));
        DrainSoon();
    }

    /// <summary>After what has been posted already, so that it goes into the same append.</summary>
    private void DrainSoon()
    {
        if (_draining || _underWay is not null) return;
        _draining = true;
        _loop.Post(Drain);
    }

    private void Drain()
    {
        _draining = false;
        while (_underWay is null && _state == State.Active && (_waiting.Count > 0 || _followers.Count > 0 || _encoded.Count > 0))
        {
            var batch = Collect();
            if (batch.IsEmpty) continue;
            _underWay = batch;
            var append = _log.Append(_partition, _epoch, batch.Records);
            if (append.IsCompletedSuccessfully) Appended(batch, append.Result);
            else _ = Await(append, batch);
        }
        ArmTimer();
    }

    /// <summary>What goes into the next append: first what was left over, then what follows on the last, then new steps.</summary>
    private AppendBatch Collect()
    {
        var bytesMax = Math.Min(Limits.BytesPerAppendMax, _log.BatchBytesMax(_partition) - Limits.BatchFrameBytes);
        var batch = new AppendBatch(bytesMax, _life);
        while (true)
        {
            while (_encoded.TryPeek(out var part))
            {
                if (!batch.TryAdd(part)) return batch;
                _encoded.Dequeue();
            }
            var steps = _followers.Count > 0 ? _followers : _waiting;
            if (!steps.TryPeek(out var step) || batch.Concerns(step.Group) || batch.IsFull) return batch;
            steps.Dequeue();
            Decide(step, bytesMax);
        }
    }

    /// <summary>Runs a step. Its records are bytes afterwards, or it is refused and nothing has changed; without records it is
    /// answered.</summary>
    private void Decide(Step step, long bytesMax)
    {
        var decision = new Decision(NowMs);
        try
        {
            step.Run(decision);
        }
#pragma warning disable CA1031 // whatever a request brings about while it is decided on must harm nobody else
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _faults.Report(_partition, step.Group, step.Caller, fault);
            step.Reply?.Refuse(ErrorCode.UnknownServerError);
            decision.Refuse(ErrorCode.UnknownServerError);
            if (step.Group is { } group) _shard.Abandon(group);
            return;
        }
        if (decision.Records.Count == 0)
        {
            Invariant.That(decision.Followers.Count == 0);
            AnswerWhenCommitted(decision, _lastCommitted);
            return;
        }
        try
        {
            EncodedDecision.Encode(step.Group, decision, bytesMax, _encoded);
        }
#pragma warning disable CA1031 // likewise: what can't be written is refused, as an append might be
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _faults.Report(_partition, step.Group, step.Caller, fault);
            Refuse(step.Group, decision, ErrorCode.UnknownServerError);
        }
    }

    private async Task Await(ValueTask<OffsetsAppend> append, AppendBatch batch)
    {
        try
        {
            var result = await append.ConfigureAwait(false);
            _loop.Post(() =>
            {
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
        Invariant.That(ReferenceEquals(_underWay, batch));
        _underWay = null;
        if (batch.Life != _life)
        {
            // a former life's: its records, if they stand in the log, are read with the rest of it
            BeginLoading();
            return;
        }
        if (result.Error != ErrorCode.None)
        {
            Refused(batch, result.Error);
            return;
        }
        _refusing = false;
        var offset = result.Base;
        foreach (var part in batch.Parts)
        {
            part.Replay(_shard, offset);
            offset += part.Records.Count;
        }
        Watch(result.Committed);
        foreach (var part in batch.Parts.Where(static p => p.IsLast))
        {
            AnswerWhenCommitted(part.Decision, result.Committed);
            Follow(part.Group, part.Decision, ErrorCode.None);
        }
    }

    private void Refused(AppendBatch batch, ErrorCode error)
    {
        if (!_refusing) LogAppendRefused(_logger, _partition, batch.Records.Count, error);
        _refusing = true;
        foreach (var part in batch.Parts)
        {
            // what is left of a decision of several parts goes with this one
            while (!part.IsLast && _encoded.TryPeek(out var rest) && ReferenceEquals(rest.Decision, part.Decision)) _encoded.Dequeue();
            Refuse(part.Group, part.Decision, AppendErrors.ForGroups(error));
        }
        // the coordinator is told so, too, and then comes back in another epoch or not at all
        if (error is ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch) Fail();
    }

    private void Refuse(string? group, Decision decision, ErrorCode error)
    {
        decision.Refuse(error);
        Follow(group, decision, error);
    }

    private void Follow(string? group, Decision decision, ErrorCode error)
    {
        foreach (var follower in decision.Followers) _followers.Enqueue(new Step(group, next => follower(error, next)));
    }

    private void AnswerWhenCommitted(Decision decision, Task<ErrorCode> committed)
    {
        if (decision.Answers.Count == 0) return;
        if (Uncommitted.IsCommitted(committed)) decision.Send();
        else _uncommitted.Add(decision, committed, decision.NowMs + _commitTimeoutMs);
    }

    /// <summary>What is read from now on may speak of these records: it waits for them.</summary>
    private void Watch(Task<ErrorCode> committed)
    {
        _lastCommitted = committed;
        if (!Uncommitted.IsCommitted(committed)) _ = Later(committed, _life);

        async Task Later(Task<ErrorCode> awaited, int life)
        {
            await ((Task)awaited).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _loop.Post(() => Settle(awaited, life));
        }
    }

    private void Settle(Task<ErrorCode> committed, int life)
    {
        if (life != _life) return;
        if (Uncommitted.IsCommitted(committed))
        {
            _uncommitted.Settle();
            return;
        }
        LogNotCommitted(_logger, _partition, committed.IsCompletedSuccessfully ? committed.Result : ErrorCode.UnknownServerError);
        LetGo();
        _shard = _make();
        _state = State.Loading;
        if (_underWay is null) BeginLoading();
    }

    private void Fail()
    {
        _state = State.Failed;
        LetGo();
    }

    private void ArmTimer()
    {
        if (_state != State.Active) return;
        var dueMs = Math.Min(_shard.Deadlines.Next ?? long.MaxValue, _uncommitted.Next ?? long.MaxValue);
        if (dueMs == long.MaxValue || (_armedMs is { } armed && armed <= dueMs)) return;
        _armedMs = dueMs;
        _timer.Change(TimerWait.OfMs(dueMs - NowMs), Timeout.InfiniteTimeSpan);
    }

    [LoggerMessage(4003, LogLevel.Warning,
        "__consumer_offsets-{Partition} refused {Records} records ({Error}); the groups stay as they were and their members are told to try again.")]
    private static partial void LogAppendRefused(ILogger logger, int partition, int records, ErrorCode error);

    [LoggerMessage(4005, LogLevel.Warning,
        "__consumer_offsets-{Partition}: whether records in the log are committed can't be known any more ({Error}). The requests behind them are told "
        + "NOT_COORDINATOR, and the groups are loaded anew.")]
    private static partial void LogNotCommitted(ILogger logger, int partition, ErrorCode error);
}
