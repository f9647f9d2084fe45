namespace Ottla.Broker.Fetching;

/// <summary>A fetch that waits for records: woken by what happens at one of its partitions, by its time-out, or by the stop of the
/// node.</summary>
/// <remarks>Thread-safe. The one who waits goes on on the thread pool, never on the thread of the producer that woke it, and learns which
/// of its partitions woke it (<see cref="TakeWoken"/>), so that it looks at those alone.</remarks>
internal sealed class FetchWaiter : IDisposable
{
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _stop;
    private readonly Lock _gate = new();
    private List<int> _woken = [];
    private List<int> _taken = [];
    private readonly int _partitions;
    private TaskCompletionSource _signal = New();
    private bool _areAllWoken;
    private volatile bool _over;

    public FetchWaiter(int partitions, TimeProvider time, TimeSpan wait, CancellationToken stopping)
    {
        _partitions = partitions;
        _timer = time.CreateTimer(static waiter => ((FetchWaiter)waiter!).End(), this, wait, Timeout.InfiniteTimeSpan);
        _stop = stopping.UnsafeRegister(static waiter => ((FetchWaiter)waiter!).End(), this);
    }

    /// <summary>The wait is over, whether or not records came.</summary>
    public bool IsOver => _over;

    /// <summary>Something happened at one of the partitions where this one waits. What is remembered until somebody looks is never longer
    /// than there are partitions: beyond, all of them count as woken.</summary>
    public void Wake(int index)
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            if (_woken.Count == _partitions) _areAllWoken = true;
            else if (_woken.Count == 0 || _woken[^1] != index) _woken.Add(index);
            signal = _signal;
        }

        signal.TrySetResult();
    }

    /// <summary>Completes with the next wake, or the end.</summary>
    public Task Signalled
    {
        get
        {
            lock (_gate) return _signal.Task;
        }
    }

    /// <summary>The partitions that were woken since the last call, some of them more than once; good until the next call. What happens
    /// after it completes <see cref="Signalled"/> anew: look at them after the call, then wait.</summary>
    public List<int> TakeWoken()
    {
        lock (_gate)
        {
            (_woken, _taken) = (_taken, _woken);
            _woken.Clear();
            if (_areAllWoken)
            {
                _taken.Clear();
                for (var i = 0; i < _partitions; i++) _taken.Add(i);
                _areAllWoken = false;
            }

            if (!_over && _signal.Task.IsCompleted) _signal = New();
            return _taken;
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _stop.Dispose();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void End()
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            _over = true;
            signal = _signal;
        }

        signal.TrySetResult();
    }
}
