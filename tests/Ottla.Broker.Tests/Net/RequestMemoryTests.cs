using Ottla.Broker.Net;
using Ottla.Broker.Tests.Coordination;
using Ottla.Broker.Tests.Nodes;

namespace Ottla.Broker.Tests.Net;

public sealed class RequestMemoryTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_request_that_finds_no_memory_waits_until_some_is_given_back()
    {
        using var memory = Memory.Of(100);
        Assert.True(memory.Enter().IsCompleted);
        memory.Take(100);
        var waiting = memory.Enter();
        Assert.False(waiting.IsCompleted);
        memory.Release(1);
        await waiting.WaitAsync(Patience.Long);
    }

    [Fact]
    public void What_is_above_the_bound_after_a_release_lets_nobody_in()
    {
        using var memory = Memory.Of(100);
        memory.Take(300);
        var waiting = memory.Enter();
        memory.Release(150);
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public async Task Those_who_wait_come_in_their_order_while_there_is_room()
    {
        using var memory = Memory.Of(100);
        memory.Take(100);
        Task[] waiting = [memory.Enter(), memory.Enter(), memory.Enter()];
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
    public void The_slowest_upload_is_given_up_while_somebody_waits()
    {
        using var memory = Memory.Of(100, _time);
        var (stalled, steady) = (Begun(memory, 10), Begun(memory, 10));
        memory.Take(100);
        var waiting = memory.Enter();
        steady.Received += 300_000;
        _time.Advance(Second);
        Assert.Equal((true, false), (stalled.IsGivenUp, steady.IsGivenUp));
        memory.End(stalled);
        memory.Release(60);
        Assert.True(waiting.IsCompleted);
        _time.Advance(Second);
        Assert.Equal(0, _time.Armed);
        _time.Advance(10 * Second);
        Assert.False(steady.IsGivenUp);
    }

    [Fact]
    public void An_upload_that_will_soon_be_done_is_waited_for()
    {
        using var memory = Memory.Of(100, _time);
        var upload = Begun(memory, 10);
        memory.Take(100);
        var waiting = memory.Enter();
        for (var i = 0; i < 4; i++)
        {
            upload.Received += 200_000;
            _time.Advance(Second);
        }

        Assert.False(upload.IsGivenUp || waiting.IsCompleted);
    }

    [Fact]
    public void An_upload_may_be_as_slow_as_it_likes_while_nobody_waits()
    {
        using var memory = Memory.Of(100, _time);
        var upload = Begun(memory, 10);
        memory.Take(100);
        for (var i = 0; i < 100; i++) _time.Advance(Second);
        Assert.False(upload.IsGivenUp);
    }

    [Fact]
    public void Those_who_wait_themselves_are_not_given_up()
    {
        using var memory = Memory.Of(100, _time);
        memory.Take(100);
        var upload = new Upload();
        var waiting = memory.Begin(upload).AsTask();
        for (var i = 0; i < 5; i++) _time.Advance(Second);
        Assert.False(upload.IsGivenUp || waiting.IsCompleted);
    }

    [Fact]
    public void One_request_at_a_time_holds_more_than_a_share_and_is_given_up_for_the_next_when_it_stalls()
    {
        using var memory = Memory.Of(100, _time);
        var (first, second, small) = (Begun(memory, 10), Begun(memory, 10), Begun(memory, 10));
        Assert.True(memory.BeAlone(first).AsTask().IsCompleted);
        var waiting = memory.BeAlone(second).AsTask();
        Assert.False(waiting.IsCompleted);
        _time.Advance(Second);
        Assert.Equal((true, false, false), (first.IsGivenUp, second.IsGivenUp, small.IsGivenUp));
        memory.End(first);
        memory.LeaveAlone(first);
        Assert.True(waiting.IsCompleted);
        memory.LeaveAlone(second);
    }

    private static Upload Begun(RequestMemory memory, long received)
    {
        var upload = new Upload { Received = received };
        Assert.True(memory.Begin(upload).AsTask().IsCompleted);
        return upload;
    }
}
