using Ottla.Protocol.Primitives;
using Ottla.Runtime.Loops;

namespace Ottla.Runtime.Tests.Loops;

public sealed class TurnTests
{
    private readonly List<string> _happened = [];
    private readonly Turn _turn = new();

    [Fact]
    public void What_is_left_to_the_end_is_done_before_anybody_goes_on()
    {
        _turn.Begin(isShared: true);
        _ = Await("first");
        _turn.AtEnd(() => _happened.Add("work"));
        _ = Await("second");
        Assert.Empty(_happened);
        _turn.End();
        Assert.Equal(["work", "first", "second"], _happened);
    }

    [Fact]
    public void Whoever_goes_on_at_the_end_can_leave_nothing_behind()
    {
        _turn.Begin(isShared: true);
        _turn.AtEnd(() => _happened.Add(_turn.IfShared is null ? "alone" : "shared"));
        _turn.End();
        Assert.Throws<InvariantException>(() => _turn.AtEnd(() => { }));
        _turn.Begin(isShared: true);
        _turn.End();
        Assert.Equal(["alone"], _happened);
    }

    [Fact]
    public void A_turn_is_shared_only_where_several_are_served_until_its_end_and_on_its_thread()
    {
        Assert.Null(_turn.IfShared);
        _turn.Begin(isShared: false);
        Assert.Null(_turn.IfShared);
        _turn.Begin(isShared: true);
        Assert.Same(_turn, _turn.IfShared);
        var elsewhere = _turn;
        var thread = new Thread(() => elsewhere = _turn.IfShared);
        thread.Start();
        thread.Join();
        Assert.Null(elsewhere);
        _turn.End();
        Assert.Null(_turn.IfShared);
    }

    [Fact]
    public void What_gathers_the_work_of_a_turn_is_there_in_its_next_round()
    {
        _turn.Begin(isShared: true);
        var gathering = _turn.Gathering<List<int>>();
        _turn.End();
        Assert.Same(gathering, _turn.Gathering<List<int>>());
    }

    private async Task Await(string name)
    {
        await _turn.Ended;
        _happened.Add(name);
    }
}
