using System.Collections.Concurrent;

namespace Ottla.Runtime.Loops;

/// <summary>Runs what is posted to it one after the other, never two at a time: the owner of a brain's state.</summary>
/// <remarks>
/// It holds no thread of its own: while there is work, one turn runs on the thread pool and takes all that waits.
/// A step that throws is a bug; it goes to the fault handler, which ends the process. Order of posting is order of running.
/// The queue's bound stands with those who post: each request in flight posts a bounded number of steps, and requests in flight are
/// bounded.
/// </remarks>
public sealed class EventLoop(string name, Action<Exception> fault) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<Action> _steps = new();
    private int _scheduled;

    public string Name => name;

    /// <summary>Steps that wait.</summary>
    public int Waiting => _steps.Count;

    public void Post(Action step)
    {
        _steps.Enqueue(step);
        if (Interlocked.Exchange(ref _scheduled, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Runs a step on the loop and gives its result to the caller, who goes on outside of the loop.</summary>
    public Task<T> Run<T>(Func<T> step)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => done.SetResult(step()));
        return done.Task;
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            while (true)
            {
                while (_steps.TryDequeue(out var step)) step();
                Volatile.Write(ref _scheduled, 0);
                Interlocked.MemoryBarrier();
                if (_steps.IsEmpty || Interlocked.Exchange(ref _scheduled, 1) == 1) return;
            }
        }
#pragma warning disable CA1031 // the fault handler ends the process; nothing is swallowed
        catch (Exception exception)
#pragma warning restore CA1031
        {
            fault(exception);
        }
    }
}
