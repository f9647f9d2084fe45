using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Ottla.Runtime.Loops;

namespace Ottla.Runtime.Platform.Polling;

/// <summary>What a poller tells of: a connection or a listening socket.</summary>
internal interface IPolled
{
    /// <param name="turn">That of the thread which calls.</param>
    void OnEvents(uint events, Turn turn);
}

/// <summary>Waits for all sockets of a transport and runs what waits for them.</summary>
/// <remarks>
/// Each wait of the system brings a turn: the sockets that have news are served one after the other, then what they left to the turn's end
/// is done together (<see cref="Turn"/>). Nothing that is run may block.
/// One thread serves as long as it keeps up: fewer threads find more sockets ready at a time and leave the processors to others. Where it
/// does not, <see cref="PollerWatch"/> calls helpers, which leave again; they wait for the same sockets, so none has a thread of its own.
/// A descriptor that is closed leaves by itself; an event of a socket that went meanwhile finds nobody.
/// </remarks>
internal sealed class Poller : IDisposable
{
    /// <summary>How many sockets are served before the turn ends: a longer turn saves nothing and lets the first of them wait.</summary>
    private const int EventsMax = 256;

    /// <summary>How long a helper stays: two looks of the watch, so that one that is needed is called again before it leaves.</summary>
    private const int HelpMs = 2 * PollerWatch.PeriodMs;

    private const long WakeUp = 0;

    private readonly Descriptor _epoll = PollCalls.NewEpoll();
    private readonly Descriptor _wakeUp = PollCalls.NewWakeUp();
    private readonly ConcurrentDictionary<long, IPolled> _polled = new();
    private readonly SemaphoreSlim _calls = new(0);
    private readonly PollerWatch _watch;
    private readonly int _helpersMax;
    private int _helpers;
    private int _idleHelpers;
    private long _ids;
    private volatile bool _stopping;

    public Poller(int helpersMax)
    {
        _helpersMax = helpersMax;
        _watch = new PollerWatch(CallHelp);
        PollCalls.Watch(_epoll, _wakeUp, WakeUp, PollCalls.In);
        new Thread(Lead) { IsBackground = true, Name = "poller" }.Start();
    }

    /// <summary>Tells <paramref name="polled"/> of all that happens to the descriptor, from now on: each change once.</summary>
    public long Add(IPolled polled, SafeHandle descriptor)
    {
        var id = Interlocked.Increment(ref _ids);
        _polled[id] = polled;
        try
        {
            PollCalls.Watch(_epoll, descriptor, id, PollCalls.In | PollCalls.Out | PollCalls.PeerClosed | PollCalls.EdgeTriggered);
            return id;
        }
        catch
        {
            Remove(id);
            throw;
        }
    }

    public void Remove(long id) => _polled.TryRemove(id, out _);

    /// <summary>Ends the threads after their turns.</summary>
    public void Dispose()
    {
        _stopping = true;
        _watch.Dispose();
        PollCalls.Write(_wakeUp, 1, sizeof(long));
        _calls.Release(_helpersMax);
        _epoll.Dispose();
        _wakeUp.Dispose();
    }

    private void Lead()
    {
        var events = new byte[EventsMax * PollCalls.EventBytes];
        var turn = new Turn();
        _watch.Begin();
        while (!_stopping)
        {
            var count = Wait(events, Timeout.Infinite);
            _watch.TurnBegins();
            Serve(events, count, turn);
            _watch.TurnEnds();
        }
    }

    private void Help()
    {
        var events = new byte[EventsMax * PollCalls.EventBytes];
        var turn = new Turn();
        while (true)
        {
            var begun = Stopwatch.GetTimestamp();
            while (!_stopping && Stopwatch.GetElapsedTime(begun).TotalMilliseconds < HelpMs) Serve(events, Wait(events, PollerWatch.PeriodMs), turn);
            lock (_calls) _idleHelpers++;
            _calls.Wait();
            if (_stopping) return;
        }
    }

    private void CallHelp()
    {
        lock (_calls)
        {
            if (_idleHelpers > 0)
            {
                _idleHelpers--;
                _calls.Release();
            }
            else if (_helpers < _helpersMax)
            {
                _helpers++;
                new Thread(Help) { IsBackground = true, Name = "poller-helper" }.Start();
            }
        }
    }

    private int Wait(byte[] events, int timeoutMs)
    {
        try
        {
            var count = PollCalls.Wait(_epoll, events, EventsMax, timeoutMs);
            if (count >= 0) return count;
            return Marshal.GetLastPInvokeError() == PollCalls.Interrupted ? 0 : throw PollCalls.Failed("epoll_wait");
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    private void Serve(byte[] events, int count, Turn turn)
    {
        turn.Begin(isShared: count > 1);
        for (var i = 0; i < count; i++)
        {
            var (what, id) = PollCalls.EventAt(events, i);
            if (_polled.TryGetValue(id, out var polled)) polled.OnEvents(what, turn);
        }

        turn.End();
    }
}
