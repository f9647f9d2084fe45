namespace Ottla.Network.Tests;

/// <summary>A clock that stands until a test moves it; timers run inside of <see cref="Advance"/>.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private long _nowMs;

    public override long TimestampFrequency => 1_000;

    public int TimersSet
    {
        get
        {
            lock (_timers) return _timers.Count(t => t.DueAt is not null);
        }
    }

    public override long GetTimestamp() => Interlocked.Read(ref _nowMs);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        lock (_timers) _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(int ms)
    {
        var now = Interlocked.Add(ref _nowMs, ms);
        ManualTimer[] due;
        lock (_timers) due = [.. _timers.Where(t => t.DueAt <= now).OrderBy(t => t.DueAt)];
        foreach (var timer in due) timer.Run();
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public long? DueAt { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            DueAt = dueTime == Timeout.InfiniteTimeSpan ? null : time.GetTimestamp() + (long)Math.Ceiling(dueTime.TotalMilliseconds);
            return true;
        }

        public void Run()
        {
            DueAt = null;
            callback(state);
        }

        public void Dispose()
        {
            lock (time._timers) time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
