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
        using var waiter = new FetchWaiter(1, _time, TimeSpan.FromSeconds(1), CancellationToken.None);
        var waiters = new FetchWaiters();
        waiters.Wake(FetchSignal.HighWatermark);
        waiters.Add(waiter, 0, FetchSignal.HighWatermark);
        Assert.False(waiter.Signalled.IsCompleted);
        waiters.Wake(FetchSignal.HighWatermark);
        await waiter.Signalled.WaitAsync(Patience.Long);
        waiter.TakeWoken();
        Assert.False(waiter.Signalled.IsCompleted);
        Assert.False(waiter.IsOver);
        waiters.Remove(waiter, 0);
        waiters.Wake(FetchSignal.HighWatermark);
        Assert.False(waiter.Signalled.IsCompleted);
    }

    [Fact]
    public void It_learns_where_it_was_woken_and_only_by_what_it_waits_for()
    {
        using var waiter = new FetchWaiter(3, _time, TimeSpan.FromSeconds(1), CancellationToken.None);
        var (first, third) = (new FetchWaiters(), new FetchWaiters());
        first.Add(waiter, 0, FetchSignal.HighWatermark);
        third.Add(waiter, 2, FetchSignal.Both);
        first.Wake(FetchSignal.LogEnd);
        Assert.Empty(waiter.TakeWoken());
        Assert.False(waiter.Signalled.IsCompleted);
        third.Wake(FetchSignal.LogEnd);
        third.Wake(FetchSignal.LogEnd);
        first.Wake(FetchSignal.Both);
        Assert.Equal([2, 0], waiter.TakeWoken());
        Assert.Empty(waiter.TakeWoken());
    }

    [Fact]
    public void What_it_remembers_is_never_longer_than_its_partitions()
    {
        using var waiter = new FetchWaiter(2, _time, TimeSpan.FromSeconds(1), CancellationToken.None);
        foreach (var index in (int[])[0, 1, 0, 1, 0]) waiter.Wake(index);
        Assert.Equal([0, 1], waiter.TakeWoken());
        Assert.Empty(waiter.TakeWoken());
    }

    [Fact]
    public async Task Its_time_ends_the_wait_for_good()
    {
        using var waiter = new FetchWaiter(1, _time, TimeSpan.FromSeconds(1), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(waiter.IsOver);
        await waiter.Signalled.WaitAsync(Patience.Long);
        waiter.TakeWoken();
        await waiter.Signalled.WaitAsync(Patience.Long);
    }

    [Fact]
    public async Task The_stop_of_the_node_ends_the_wait_even_before_it_begins()
    {
        using var stopping = new CancellationTokenSource();
        using var waiter = new FetchWaiter(1, _time, TimeSpan.FromSeconds(1), stopping.Token);
        await stopping.CancelAsync();
        Assert.True(waiter.IsOver);
        using var late = new FetchWaiter(1, _time, TimeSpan.FromSeconds(1), stopping.Token);
        Assert.True(late.IsOver);
        await late.Signalled.WaitAsync(Patience.Long);
    }

    [Fact]
    public async Task No_wake_is_lost_between_looking_and_waiting()
    {
        var appended = 0;
        using var waiter = new FetchWaiter(1, _time, TimeSpan.FromSeconds(1), CancellationToken.None);
        var waiters = new FetchWaiters();
        waiters.Add(waiter, 0, FetchSignal.HighWatermark);
        const int Appends = 20_000;
        var writer = Task.Run(
            () =>
            {
                for (var i = 0; i < Appends; i++)
                {
                    Interlocked.Increment(ref appended);
                    waiters.Wake(FetchSignal.HighWatermark);
                }
            },
            TestContext.Current.CancellationToken);
        var seen = 0;
        while (seen < Appends)
        {
            waiter.TakeWoken();
            var now = Volatile.Read(ref appended);
            if (now == seen) await waiter.Signalled.WaitAsync(Patience.Long, TestContext.Current.CancellationToken);
            seen = now;
        }

        await writer;
    }
}
