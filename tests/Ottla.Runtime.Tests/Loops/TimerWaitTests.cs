using Ottla.Runtime.Loops;

namespace Ottla.Runtime.Tests.Loops;

public sealed class TimerWaitTests
{
    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(4_294_967_295)]
    [InlineData(5)]
    [InlineData(0)]
    [InlineData(long.MinValue)]
    public void Any_number_is_a_wait_that_a_timer_takes(long ms)
    {
        using var timer = TimeProvider.System.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Assert.True(timer.Change(TimerWait.OfMs(ms), Timeout.InfiniteTimeSpan));
        Assert.Equal(Math.Clamp(ms, 0, (long)TimerWait.Longest.TotalMilliseconds), (long)TimerWait.OfMs(ms).TotalMilliseconds);
    }

    [Theory]
    [InlineData(5, 7, 12)]
    [InlineData(5, long.MaxValue, long.MaxValue)]
    [InlineData(long.MaxValue, 1, long.MaxValue)]
    public void A_moment_beyond_time_is_its_end(long nowMs, long ms, long then) => Assert.Equal(then, TimerWait.After(nowMs, ms));
}
