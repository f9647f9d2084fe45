namespace Ottla.Runtime.Platform.Polling;

/// <summary>Looks now and then whether the poller's thread keeps up, and calls for help where it does not.</summary>
/// <remarks>
/// It does not when one turn lasts from one look to the next, or when the thread had a processor nearly all of the time. A thread that
/// waits for a processor among others is not helped by more threads.
/// Looks only while there is work. <see cref="TurnBegins"/> and <see cref="TurnEnds"/> belong to the poller's thread, the looks to the
/// timer's.
/// </remarks>
internal sealed class PollerWatch : IDisposable
{
    /// <summary>How long a request may have to wait behind another one's before somebody else takes it.</summary>
    public const int PeriodMs = 5;

    private const long BusyNanoseconds = PeriodMs * 900_000L;

    private readonly Action _call;
    private readonly Timer _timer;
    private int _clock;
    private int _turn;
    private int _turnSeen;
    private long _cpuSeen;
    private volatile bool _isLooking;

    public PollerWatch(Action call)
    {
        _call = call;
        _timer = new Timer(static watch => ((PollerWatch)watch!).Look(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>On the thread that is watched.</summary>
    public void Begin() => _clock = PollCalls.CpuClockOfThisThread();

    public void TurnBegins()
    {
        Volatile.Write(ref _turn, _turn + 1);
        if (!_isLooking) LookOn();
    }

    public void TurnEnds() => Volatile.Write(ref _turn, _turn + 1);

    public void Dispose() => _timer.Dispose();

    private void LookOn()
    {
        _isLooking = true;
        _timer.Change(PeriodMs, PeriodMs);
    }

    private void Look()
    {
        var turn = Volatile.Read(ref _turn);
        var cpu = PollCalls.CpuNanoseconds(_clock);
        var isSame = turn == _turnSeen;
        var isWaiting = (turn & 1) == 0;
        var isBusy = cpu - _cpuSeen >= BusyNanoseconds;
        (_turnSeen, _cpuSeen) = (turn, cpu);
        if (isSame && isWaiting)
        {
            _timer.Change(Timeout.Infinite, Timeout.Infinite);
            _isLooking = false;
            Interlocked.MemoryBarrier();
            // a turn that began meanwhile took it that somebody looks
            if (Volatile.Read(ref _turn) != turn) LookOn();
        }
        else if (isSame || isBusy)
        {
            _call();
        }
    }
}
