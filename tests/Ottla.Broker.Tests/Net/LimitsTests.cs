using Ottla.Broker.Net;
using Ottla.Broker.Tests.Nodes;

namespace Ottla.Broker.Tests.Net;

public sealed class LimitsTests
{
    [Fact]
    public async Task A_request_that_finds_no_memory_waits_until_some_is_given_back()
    {
        var memory = new RequestMemory(100);
        Assert.True(memory.Enter().AsTask().IsCompleted);
        memory.Take(100);
        var waiting = memory.Enter().AsTask();
        Assert.False(waiting.IsCompleted);
        memory.Release(1);
        await waiting.WaitAsync(Patience.Long);
    }

    [Fact]
    public void What_is_above_the_bound_after_a_release_lets_nobody_in()
    {
        var memory = new RequestMemory(100);
        memory.Take(300);
        var waiting = memory.Enter().AsTask();
        memory.Release(150);
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public async Task Those_who_wait_come_in_their_order_while_there_is_room()
    {
        var memory = new RequestMemory(100);
        memory.Take(100);
        Task[] waiting = [memory.Enter().AsTask(), memory.Enter().AsTask(), memory.Enter().AsTask()];
        memory.Release(100);
        await waiting[0].WaitAsync(Patience.Long);
        Assert.False(waiting[1].IsCompleted);
        // the first is slow; there is room beside it
        memory.Take(60);
        await waiting[1].WaitAsync(Patience.Long);
        memory.Take(60);
        Assert.False(waiting[2].IsCompleted);
        memory.Release(60);
        await waiting[2].WaitAsync(Patience.Long);
    }

    [Fact]
    public void Connections_are_counted_in_all_and_by_host()
    {
        var counts = new ConnectionCounts(max: 3, perHostMax: 2);
        Assert.Null(counts.TryEnter("a"));
        Assert.Null(counts.TryEnter("a"));
        Assert.Contains("max.connections.per.ip", counts.TryEnter("a"));
        Assert.Null(counts.TryEnter("b"));
        Assert.Contains("(max.connections)", counts.TryEnter("c"));
        counts.Leave("a");
        Assert.Null(counts.TryEnter("c"));
        Assert.Contains("(max.connections)", counts.TryEnter("a"));
        counts.Leave("b");
        Assert.Null(counts.TryEnter("a"));
    }
}
