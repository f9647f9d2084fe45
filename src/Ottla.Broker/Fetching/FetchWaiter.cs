namespace Ottla.Broker.Fetching;

/// <summary>A fetch that waits for records: woken by an append to one of its partitions, by its time-out, or by the stop of the
/// node.</summary>
/// <remarks>Thread-safe. The one who waits goes on on the thread pool, never on the thread of the producer that woke it.</remarks>
internal sealed class FetchWaiter : IDisposable
{
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _stop;
    private TaskCompletionSource _signal = New();
    private volatile bool _over;

    public FetchWaiter(TimeProvider time, TimeSpan wait, CancellationToken stopping)
    {
        _timer = time.CreateTimer(static waiter => ((FetchWaiter)waiter!).End(), this, wait, Timeout.InfiniteTimeSpan);
        _stop = stopping.UnsafeRegister(static waiter => ((FetchWaiter)waiter!).End(), this);
    }

    /// <summary>The wait is over, whether or not records came.</summary>
    public bool IsOver => _over;

    /// <summary>An append happened where this one waits.</summary>
    public void Wake() => Volatile.Read(ref _signal).TrySetResult();

    /// <summary>Waits for the next wake or the end. What is appended after the last look of the caller wakes it: call <see cref="Rearm"/>
    /// before looking.</summary>
    public Task Signalled => Volatile.Read(ref _signal).Task;

    public void Rearm()
    {
        // a full barrier: what the caller reads next, and the end of the wait, must not be looked at before the new signal is there to be
        // woken
        if (!_over && _signal.Task.IsCompleted) Interlocked.Exchange(ref _signal, New());
        if (_over) Wake();
    }

    public void Dispose()
    {
        _timer.Dispose();
        _stop.Dispose();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void End()
    {
        _over = true;
        Interlocked.MemoryBarrier();
        Wake();
    }
}
