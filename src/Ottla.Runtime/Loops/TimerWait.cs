namespace Ottla.Runtime.Loops;

/// <summary>How long a timer is set for: people write the largest number for "never", and a timer takes 49 days.</summary>
/// <remarks>Whoever is woken before the time looks at the clock and waits again; every owner of a timer does that anyway.</remarks>
public static class TimerWait
{
    /// <summary>Below what the framework's timers take.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    /// <summary>So long, and neither less than nothing nor more than <see cref="Longest"/>.</summary>
    public static TimeSpan OfMs(long ms) => ms >= Longest.TotalMilliseconds ? Longest : TimeSpan.FromMilliseconds(Math.Max(0, ms));

    /// <summary>A moment so many ms after another; the end of time where there is no such moment.</summary>
    public static long After(long nowMs, long ms) => ms > long.MaxValue - nowMs ? long.MaxValue : nowMs + ms;
}
