using Ottla.Runtime.Loops;

namespace Ottla.Runtime.Tests.Loops;

public sealed class EventLoopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Steps_posted_from_many_threads_run_one_at_a_time_and_none_is_lost()
    {
        var loop = new EventLoop("counter", fault => Assert.Fail(fault.Message));
        var (count, inside) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                loop.Post(() =>
                {
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    count++;
                    Interlocked.Decrement(ref inside);
                });
            }
        })));
        Assert.Equal(8_000, await loop.Run(() => count).WaitAsync(Patience));
    }

    [Fact]
    public void A_stepped_scheduler_runs_one_step_at_a_time_and_nothing_by_itself()
    {
        var happened = new List<string>();
        var scheduler = new SteppedScheduler();
        var (one, two) = (new EventLoop("one", Fail, scheduler), new EventLoop("two", Fail, scheduler));
        one.Post(() => happened.Add("a"));
        one.Post(() => happened.Add("b"));
        two.Post(() => two.Post(() => happened.Add("d")));
        Assert.Empty(happened);
        Assert.Equal("one", scheduler.RunOne());
        Assert.Equal(["a"], happened);
        Assert.Equal("two", scheduler.RunOne());
        scheduler.RunAll();
        Assert.Equal(["a", "b", "d"], happened);
        Assert.Null(scheduler.RunOne());
        one.Post(() => happened.Add("e"));
        Assert.Equal("one", scheduler.RunOne());
    }

    [Fact]
    public void The_same_seed_gives_the_same_order_and_another_seed_another()
    {
        Assert.Equal(OrderOf(1), OrderOf(1));
        Assert.Contains(Enumerable.Range(2, 20), seed => !OrderOf(seed).SequenceEqual(OrderOf(1)));
    }

    [Fact]
    public void A_step_that_throws_goes_to_the_fault_handler()
    {
        var faults = new List<Exception>();
        var scheduler = new SteppedScheduler();
        new EventLoop("faulty", faults.Add, scheduler).Post(() => throw new InvalidOperationException("a bug"));
        scheduler.RunAll();
        Assert.Equal("a bug", Assert.Single(faults).Message);
    }

    [Fact]
    public void A_fault_is_told_with_its_causes_in_one_line()
    {
        var fault = new AggregateException(new InvalidOperationException("outer\nline", new IOException("cause")), new NotSupportedException("second"));
        Assert.Equal("outer line (InvalidOperationException) | cause (IOException) | second (NotSupportedException)", FaultText.Of(fault));
    }

    private static List<string> OrderOf(int seed)
    {
        var order = new List<string>();
        var scheduler = new SteppedScheduler(new Random(seed));
        foreach (var name in new[] { "a", "b", "c" })
        {
            var loop = new EventLoop(name, Fail, scheduler);
            for (var i = 0; i < 4; i++) loop.Post(() => order.Add(name));
        }

        scheduler.RunAll();
        return order;
    }

    private static void Fail(Exception fault) => Assert.Fail(fault.Message);
}
