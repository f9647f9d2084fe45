namespace Ottla.Runtime.Platform.Polling;

/// <summary>Looks now and then whether the poller's thread keeps up, and calls for help where it does not.</summary>
/// <remarks>
/// It does not when one turn lasts from one look to the next, or when the thread had a processor nearly all of the time. A thread that
/// waits for a processor among others is not helped by more threads.
/// Looks only while there is work, on a thread of its own: the thread pool's would look for more work after each look, which costs more
/// than the look. <see cref="TurnBegins"/> and <see cref="TurnEnds"/> belong to the poller's thread.
/// </remarks>
internal sealed class PollerWatch : IDisposable
{
    /// <summary>How long a request may have to wait behind another one's before somebody else takes it.</summary>
    public const int PeriodMs = 5;

    private const long BusyNanoseconds = PeriodMs * 900_000L;

    private readonly Action _call;
    private readonly AutoResetEvent _begun = new(false);
    private int _clock;
    private int _turn;
    private int _turnSeen;
    private long _cpuSeen;
    private volatile bool _isLooking;
    private volatile bool _stopping;

    public PollerWatch(Action call) => _call = call;

    /// <summary>On the thread that is watched.</summary>
    public void Begin()
    {
        _clock = PollCalls.CpuClockOfThisThread();
        new Thread(Run) { IsBackground = true, Name = "poller-watch" }.Start();
    }

    public void TurnBegins()
    {
        Volatile.Write(ref _turn, _turn + 1);
        if (_isLooking) return;
        _isLooking = true;
        _begun.Set();
    }

    public void TurnEnds() => Volatile.Write(ref _turn, _turn + 1);

    public void Dispose()
    {
        _stopping = true;
        _begun.Set();
    }

    private void Run()
    {
        while (!_stopping)
        {
            _begun.WaitOne();
            do
            {
                Thread.Sleep(PeriodMs);
            }
            while (!_stopping && Look());
        }
    }

    /// <summary>False where nothing happened since the last look.</summary>
    private bool Look()
    {
        var turn = Volatile.Read(ref _turn);
        var cpu = PollCalls.CpuNanoseconds(_clock);
        var isSame = turn == _turnSeen;
        var isBusy = cpu - _cpuSeen >= BusyNanoseconds;
        (_turnSeen, _cpuSeen) = (turn, cpu);
        if (isSame && (turn & 1) == 0)
        {
            _isLooking = false;
            Interlocked.MemoryBarrier();
            // a turn that began meanwhile took it that somebody looks
            return _isLooking = Volatile.Read(ref _turn) != turn;
        }

        if (isSame || isBusy) _call();
        return true;
    }
}
