using Ottla.Protocol.Primitives;
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
    public void Whoever_goes_on_at_the_end_can_leave_nothing_behind()
    {
        OnAThreadOfItsOwn(turn =>
        {
            turn.Begin(isShared: true);
            turn.AtEnd(() => _happened.Add(Turn.Shared is null ? "alone" : "shared"));
            turn.End();
            Assert.Throws<InvariantException>(() => turn.AtEnd(() => { }));
            turn.Begin(isShared: true);
            turn.End();
        });
        Assert.Equal(["alone"], _happened);
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
