using Ottla.Broker.Cluster.Suspicions;
using Ottla.Network.Links;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Cluster.Suspicions;

public sealed class SuspicionTests
{
    private static readonly Target Two = new(Duty.Broker, new BrokerId(2), 10, new("two", 9092));
    private static readonly Target TwoAgain = Two with { Epoch = 20 };
    private readonly Suspicion _watch = new();
    private long _now;
    private IReadOnlyList<SuspicionOutput> _outputs = [];

    [Fact]
    public void A_process_that_is_dead_is_found_out_with_one_question()
    {
        Reach(Two);
        Step(new SuspicionInput.Ended(Two));
        Assert.Equal([new SuspicionOutput.Dial(Two)], _outputs);
        Step(new SuspicionInput.NotOpened(Two, LinkFailure.Refused));
        Assert.Equal([new SuspicionOutput.Found(Two, Finding.Refused)], _outputs);
        Assert.Equal([new FoundTarget(new BrokerId(2), new BrokerEpoch(10), Finding.Refused)], _watch.OfBrokers);
    }

    [Fact]
    public void A_refusal_of_a_listener_that_was_never_reached_says_nothing()
    {
        Step(new SuspicionInput.TargetsChanged([Two]));
        Step(new SuspicionInput.NotOpened(Two, LinkFailure.Refused));
        Assert.Empty(_outputs);
        Assert.Empty(_watch.OfBrokers);
    }

    [Fact]
    public void What_was_reached_in_another_epoch_was_another_listener()
    {
        Reach(Two);
        Step(new SuspicionInput.TargetsChanged([TwoAgain]));
        Assert.Equal([new SuspicionOutput.HangUp(Two), new SuspicionOutput.Dial(TwoAgain)], _outputs);
        Step(new SuspicionInput.Ended(Two));
        Step(new SuspicionInput.NotOpened(TwoAgain, LinkFailure.Refused));
        Assert.Empty(_outputs);
    }

    [Theory]
    [InlineData(LinkFailure.TimedOut)]
    [InlineData(LinkFailure.Unreachable)]
    [InlineData(LinkFailure.UnknownName)]
    [InlineData(LinkFailure.Malformed)]
    public void A_frozen_process_or_a_machine_that_is_gone_is_left_to_its_session(LinkFailure unclear)
    {
        Reach(Two);
        Step(new SuspicionInput.Ended(Two));
        Step(new SuspicionInput.NotOpened(Two, unclear));
        Assert.Empty(_outputs);
        Assert.Empty(_watch.OfBrokers);
    }

    [Fact]
    public void An_unclear_answer_takes_a_refusal_back()
    {
        Reach(Two);
        Step(new SuspicionInput.Ended(Two));
        Step(new SuspicionInput.NotOpened(Two, LinkFailure.Refused));
        Pass(250);
        Step(new SuspicionInput.NotOpened(Two, LinkFailure.TimedOut));
        Assert.Equal([new SuspicionOutput.Found(Two, Finding.None)], _outputs);
        Assert.Empty(_watch.OfBrokers);
    }

    [Fact]
    public void A_broker_that_only_closed_an_idle_connection_is_reached_again()
    {
        Reach(Two);
        Step(new SuspicionInput.Ended(Two));
        Step(new SuspicionInput.Opened(Two));
        Assert.Equal([new SuspicionOutput.Found(Two, Finding.Reached)], _outputs);
        Assert.Equal(long.MaxValue, _watch.Deadline);
    }

    [Fact]
    public void A_listener_that_closes_while_its_process_dies_is_asked_again_at_once()
    {
        Reach(Two);
        Step(new SuspicionInput.Ended(Two));
        Step(new SuspicionInput.NotOpened(Two, LinkFailure.Reset));
        Assert.Empty(_outputs);
        Pass(5);
        Assert.Equal([new SuspicionOutput.Dial(Two)], _outputs);
        Step(new SuspicionInput.NotOpened(Two, LinkFailure.Refused));
        Assert.Equal([new SuspicionOutput.Found(Two, Finding.Refused)], _outputs);
    }

    [Fact]
    public void A_broker_that_lets_in_and_closes_each_time_is_asked_less_and_less_often()
    {
        Reach(Two);
        Step(new SuspicionInput.Ended(Two));
        var pauses = new List<long>();
        for (var i = 0; i < 12; i++)
        {
            Step(new SuspicionInput.NotOpened(Two, LinkFailure.EndOfStream));
            pauses.Add(_watch.Deadline - _now);
            Pass((int)pauses[^1]);
        }

        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_000, 5_000], pauses);
        Assert.Empty(_watch.OfBrokers);
    }

    [Fact]
    public void Whoever_refuses_is_asked_again_so_that_its_return_is_seen()
    {
        Reach(Two);
        Step(new SuspicionInput.Ended(Two));
        Step(new SuspicionInput.NotOpened(Two, LinkFailure.Refused));
        Pass(250);
        Assert.Equal([new SuspicionOutput.Dial(Two)], _outputs);
        Step(new SuspicionInput.NotOpened(Two, LinkFailure.Refused));
        Assert.Equal([new SuspicionOutput.Found(Two, Finding.Refused)], _outputs);
        Pass(250);
        Step(new SuspicionInput.Opened(Two));
        Assert.Equal([new SuspicionOutput.Found(Two, Finding.Reached)], _outputs);
    }

    private void Reach(Target target)
    {
        Step(new SuspicionInput.TargetsChanged([target]));
        Assert.Equal([new SuspicionOutput.Dial(target)], _outputs);
        Step(new SuspicionInput.Opened(target));
        Assert.Empty(_outputs);
    }

    private void Step(SuspicionInput input) => _outputs = _watch.Step(input, _now);

    private void Pass(int ms)
    {
        _now += ms;
        Step(new SuspicionInput.TimePassed());
    }
}
