using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>Those who wait until a partition's high watermark (or low watermark) has passed an offset, in the order of their
/// records.</summary>
/// <remarks>
/// Thread-safe; a partition at which nobody waits holds no queue. Those who are let go go on on the thread pool, never on the thread that
/// moved the watermark.
/// Bound: who waits is a request, and a connection has one at work; a client whose requests wait on many connections at a partition that
/// stands still is told REQUEST_TIMED_OUT at once beyond <see cref="WaitingMax"/>, which is what it would hear later.
/// </remarks>
internal sealed class OffsetWaits
{
    /// <summary>Some 15 MB of waiting requests: more connections than a node has descriptors for.</summary>
    public const int WaitingMax = 100_000;

    public static readonly Task<ErrorCode> Passed = Task.FromResult(ErrorCode.None);

    private static readonly Task<ErrorCode> _tooMany = Task.FromResult(ErrorCode.RequestTimedOut);

    private readonly Lock _gate = new();
    private Queue<Wait>? _waiting;

    public bool IsEmpty => Volatile.Read(ref _waiting) is null;

    /// <summary>Waits until everything below the offset has passed. The caller looks at the watermark afterwards and calls
    /// <see cref="Pass"/>: it may have moved before the wait was there to be seen.</summary>
    public Task<ErrorCode> Add(Offset upTo)
    {
        lock (_gate)
        {
            var waiting = _waiting ??= new();
            if (waiting.Count >= WaitingMax) return _tooMany;
            var done = new TaskCompletionSource<ErrorCode>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Enqueue(new(upTo, done));
            return done.Task;
        }
    }

    /// <summary>The watermark is there: lets go who waited for no more, with what it comes to.</summary>
    public void Pass(Offset watermark, ErrorCode outcome)
    {
        if (IsEmpty) return;
        lock (_gate)
        {
            while (_waiting is { } waiting && waiting.TryPeek(out var first) && first.UpTo <= watermark)
            {
                waiting.Dequeue();
                first.Done.TrySetResult(outcome);
                if (waiting.Count == 0) _waiting = null;
            }
        }
    }

    /// <summary>Nobody need wait any more.</summary>
    public void End(ErrorCode error)
    {
        if (IsEmpty) return;
        lock (_gate)
        {
            foreach (var wait in _waiting ?? []) wait.Done.TrySetResult(error);
            _waiting = null;
        }
    }

    private readonly record struct Wait(Offset UpTo, TaskCompletionSource<ErrorCode> Done);
}
