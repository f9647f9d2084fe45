using Ottla.Broker.Coordination.Shards;

namespace Ottla.Broker.Tests.Coordination;

public sealed class DeadlinesTests
{
    private static readonly DeadlineKey A = new(DeadlineKind.ClassicSession, "g", "a");
    private static readonly DeadlineKey B = new(DeadlineKind.ClassicSession, "g", "b");

    private readonly Deadlines _deadlines = new();

    [Fact]
    public void Each_is_taken_once_when_it_is_due()
    {
        _deadlines.Set(A, 10);
        _deadlines.Set(B, 20);
        Assert.Empty(_deadlines.Take(9));
        Assert.Equal([A], _deadlines.Take(10));
        Assert.Equal([B], _deadlines.Take(100));
        Assert.Null(_deadlines.Next);
    }

    [Fact]
    public void One_that_was_moved_back_or_forward_is_due_at_its_new_time_only()
    {
        _deadlines.Set(A, 10);
        _deadlines.Set(A, 30);
        Assert.Empty(_deadlines.Take(29));
        _deadlines.Set(A, 29);
        Assert.Equal([A], _deadlines.Take(29));
        Assert.Empty(_deadlines.Take(1_000));
    }

    [Fact]
    public void One_that_was_cancelled_never_is()
    {
        _deadlines.Set(A, 10);
        _deadlines.Cancel(A);
        Assert.Empty(_deadlines.Take(10));
        _deadlines.Set(A, 20);
        _deadlines.Cancel(A);
        _deadlines.Set(A, 20);
        Assert.Equal([A], _deadlines.Take(20));
        Assert.Empty(_deadlines.Take(20));
    }

    [Fact]
    public void Those_that_were_cancelled_do_not_pile_up()
    {
        _deadlines.Set(A, 5);
        for (var i = 0; i < 10_000; i++)
        {
            var key = B with { Member = "m" + i };
            _deadlines.Set(key, 1_000_000 + i);
            _deadlines.Cancel(key);
            Assert.InRange(_deadlines.Queued, 1, 64);
        }
        _deadlines.Set(B, 7);
        _deadlines.Set(B, 9);
        Assert.Equal([A], _deadlines.Take(8));
        Assert.Equal([B], _deadlines.Take(9));
    }
}
