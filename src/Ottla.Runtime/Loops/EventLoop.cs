using System.Collections.Concurrent;
using Ottla.Runtime.Platform;

namespace Ottla.Runtime.Loops;

/// <summary>Runs what is posted to it one after the other, never two at a time: the owner of a brain's state.</summary>
/// <remarks>
/// It holds no thread of its own: while there is work, its scheduler gives it turns; the thread pool's takes all that waits in one turn, a
/// simulator's goes step by step (<see cref="SteppedScheduler"/>).
/// A step that throws is a bug; it goes to the fault handler, which ends the process. Order of posting is order of running.
/// The queue's bound stands with those who post: each request in flight posts a bounded number of steps, and requests in flight are
/// bounded.
/// </remarks>
public sealed class EventLoop(string name, Action<Exception> fault, ILoopScheduler? scheduler = null) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<Action> _steps = new();
    private readonly ILoopScheduler _scheduler = scheduler ?? PoolScheduler.Shared;
    private int _scheduled;

    public string Name => name;

    /// <summary>Steps that wait.</summary>
    public int Waiting => _steps.Count;

    public void Post(Action step)
    {
        _steps.Enqueue(step);
        if (Interlocked.Exchange(ref _scheduled, 1) == 0) _scheduler.Schedule(this);
    }

    /// <summary>Runs a step on the loop and gives its result to the caller, who goes on outside of the loop.</summary>
    public Task<T> Run<T>(Func<T> step)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => done.SetResult(step()));
        return done.Task;
    }

    /// <summary>For the scheduler, between <see cref="ILoopScheduler.Schedule"/> and the end: runs the oldest step.</summary>
    /// <returns>Whether more wait; where not, the loop asks for its next turn itself.</returns>
    public bool RunOne()
    {
        try
        {
            if (_steps.TryDequeue(out var step)) step();
        }
#pragma warning disable CA1031 // the fault handler ends the process; nothing is swallowed
        catch (Exception exception)
#pragma warning restore CA1031
        {
            fault(exception);
            return false;
        }

        if (!_steps.IsEmpty) return true;
        Volatile.Write(ref _scheduled, 0);
        Interlocked.MemoryBarrier();
        return !_steps.IsEmpty && Interlocked.Exchange(ref _scheduled, 1) == 0;
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (RunOne())
        {
            // until nothing waits
        }
    }
}
