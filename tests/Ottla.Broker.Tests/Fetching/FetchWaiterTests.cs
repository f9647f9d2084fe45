using Ottla.Broker.Fetching;
using Ottla.Broker.Tests.Coordination;
using Ottla.Broker.Tests.Nodes;

namespace Ottla.Broker.Tests.Fetching;

public sealed class FetchWaiterTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task An_append_wakes_who_waits_and_it_can_wait_again()
    {
        using var waiter = new FetchWaiter(_time, TimeSpan.FromSeconds(1), CancellationToken.None);
        var waiters = new FetchWaiters();
        waiters.WakeAll();
        waiters.Add(waiter);
        Assert.False(waiter.Signalled.IsCompleted);
        waiters.WakeAll();
        await waiter.Signalled.WaitAsync(Patience.Long);
        waiter.Rearm();
        Assert.False(waiter.Signalled.IsCompleted);
        Assert.False(waiter.IsOver);
        waiters.Remove(waiter);
        waiters.WakeAll();
        Assert.False(waiter.Signalled.IsCompleted);
    }

    [Fact]
    public async Task Its_time_ends_the_wait_for_good()
    {
        using var waiter = new FetchWaiter(_time, TimeSpan.FromSeconds(1), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(waiter.IsOver);
        await waiter.Signalled.WaitAsync(Patience.Long);
        waiter.Rearm();
        await waiter.Signalled.WaitAsync(Patience.Long);
    }

    [Fact]
    public async Task The_stop_of_the_node_ends_the_wait_even_before_it_begins()
    {
        using var stopping = new CancellationTokenSource();
        using var waiter = new FetchWaiter(_time, TimeSpan.FromSeconds(1), stopping.Token);
        await stopping.CancelAsync();
        Assert.True(waiter.IsOver);
        using var late = new FetchWaiter(_time, TimeSpan.FromSeconds(1), stopping.Token);
        Assert.True(late.IsOver);
        await late.Signalled.WaitAsync(Patience.Long);
    }

    [Fact]
    public async Task No_wake_is_lost_between_looking_and_waiting()
    {
        var appended = 0;
        using var waiter = new FetchWaiter(_time, TimeSpan.FromSeconds(1), CancellationToken.None);
        var waiters = new FetchWaiters();
        waiters.Add(waiter);
        const int Appends = 20_000;
        var writer = Task.Run(
            () =>
            {
                for (var i = 0; i < Appends; i++)
                {
                    Interlocked.Increment(ref appended);
                    waiters.WakeAll();
                }
            },
            TestContext.Current.CancellationToken);
        var seen = 0;
        while (seen < Appends)
        {
            waiter.Rearm();
            var now = Volatile.Read(ref appended);
            if (now == seen) await waiter.Signalled.WaitAsync(Patience.Long, TestContext.Current.CancellationToken);
            seen = now;
        }

        await writer;
    }
}
