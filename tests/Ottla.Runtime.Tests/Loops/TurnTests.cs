using Ottla.Runtime.Loops;

namespace Ottla.Runtime.Tests.Loops;

public sealed class TurnTests
{
    private readonly List<string> _happened = [];

    [Fact]
    public void What_is_left_to_the_end_is_done_before_anybody_goes_on()
    {
        OnAThreadOfItsOwn(turn =>
        {
            turn.Begin(isShared: true);
            _ = Await(turn, "first");
            turn.AtEnd(() => _happened.Add("work"));
            _ = Await(turn, "second");
            Assert.Empty(_happened);
            turn.End();
        });
        Assert.Equal(["work", "first", "second"], _happened);
    }

    [Fact]
    public void What_the_end_itself_leaves_waits_for_the_next_turn()
    {
        OnAThreadOfItsOwn(turn =>
        {
            turn.Begin(isShared: true);
            turn.AtEnd(() =>
            {
                _happened.Add("work");
                turn.AtEnd(() => _happened.Add("later work"));
                _ = Await(turn, "later");
            });
            turn.End();
            Assert.Equal(["work"], _happened);
            Assert.True(turn.HasWork);
            turn.Begin(isShared: false);
            turn.End();
            Assert.False(turn.HasWork);
        });
        Assert.Equal(["work", "later work", "later"], _happened);
    }

    [Fact]
    public void A_turn_is_shared_only_where_several_are_served_until_its_end_and_on_its_thread()
    {
        Assert.Null(Turn.Shared);
        OnAThreadOfItsOwn(turn =>
        {
            turn.Begin(isShared: false);
            Assert.Null(Turn.Shared);
            turn.Begin(isShared: true);
            Assert.Same(turn, Turn.Shared);
            turn.End();
            Assert.Null(Turn.Shared);
        });
        Assert.Null(Turn.Shared);
    }

    private static void OnAThreadOfItsOwn(Action<Turn> run)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() => run(Turn.OfThisThread())));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    private async Task Await(Turn turn, string name)
    {
        await turn.Ended;
        _happened.Add(name);
    }
}
