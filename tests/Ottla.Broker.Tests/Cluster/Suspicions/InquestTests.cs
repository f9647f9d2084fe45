using Ottla.Broker.Cluster.Suspicions;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Cluster.Suspicions;

/// <summary>Node 1 leads; brokers 1, 2 and 3 are unfenced, each with its id as its epoch.</summary>
public sealed class InquestTests
{
    private readonly Inquest _inquest = new(new BrokerId(1));
    private readonly CancellationTokenSource _lineOf3;
    private long _now;

    public InquestTests()
    {
        _inquest.Brokers([Key(1), Key(2), Key(3)]);
        _inquest.Preside(true);
        Hear(1);
        _lineOf3 = Hear(3);
    }

    [Fact]
    public void A_broker_is_dead_when_its_heartbeats_line_ended_and_two_nodes_were_refused()
    {
        var line = Hear(2);
        line.Cancel();
        Refuse(2);
        Hear(3, Refused(2));
        Assert.Empty(Due());
        _now += Inquest.GraceMs;
        Assert.Equal([Key(2)], Due());
    }

    [Fact]
    public void One_witness_is_not_enough_where_others_watch()
    {
        Refuse(2);
        Wait();
        Assert.Empty(Due());
    }

    [Fact]
    public void A_broker_that_another_node_reaches_is_cut_off_from_one_node_alone()
    {
        _inquest.Brokers([Key(1), Key(2), Key(3), Key(4)]);
        Refuse(2);
        Hear(3, Refused(2));
        Hear(4, new FoundTarget(new BrokerId(2), new BrokerEpoch(2), Finding.Reached));
        Wait();
        Assert.Empty(Due());
    }

    [Fact]
    public void The_controllers_own_refusal_is_needed()
    {
        Hear(3, Refused(2));
        Wait();
        Assert.Empty(Due());
    }

    [Fact]
    public void A_broker_whose_heartbeats_line_is_open_lives_whatever_became_of_its_listener()
    {
        Hear(2);
        Refuse(2);
        Hear(3, Refused(2));
        Wait();
        Assert.Empty(Due());
    }

    [Fact]
    public void A_heartbeat_after_the_refusal_is_a_sign_of_life_until_it_is_refused_again()
    {
        Refuse(2);
        Hear(3, Refused(2));
        Hear(2).Cancel();
        Wait();
        Assert.Empty(Due());
        Refuse(2);
        Wait();
        Assert.Equal([Key(2)], Due());
    }

    [Fact]
    public void Where_nobody_else_watches_the_controller_alone_decides()
    {
        _inquest.Brokers([Key(1), Key(2)]);
        Refuse(2);
        Wait();
        Assert.Equal([Key(2)], Due());
    }

    [Fact]
    public void A_broker_that_watches_nobody_is_no_witness_that_would_be_waited_for()
    {
        _inquest.Heard(new BrokerId(3), new BrokerEpoch(3), null, CancellationToken.None);
        Refuse(2);
        Wait();
        Assert.Equal([Key(2)], Due());
    }

    [Fact]
    public void The_dead_are_not_waited_for_as_witnesses_of_each_other()
    {
        _lineOf3.Cancel();
        Refuse(2);
        Refuse(3);
        Wait();
        Assert.Equal([Key(2), Key(3)], Due());
    }

    [Fact]
    public void A_new_leader_waits_for_the_brokers_that_have_not_spoken_to_it_yet()
    {
        _inquest.Preside(false);
        _inquest.Preside(true);
        Refuse(2);
        Wait();
        Assert.Empty(Due());
        Hear(3, Refused(2));
        Assert.Equal([Key(2)], Due());
    }

    [Fact]
    public void What_concerns_another_epoch_concerns_another_run()
    {
        _inquest.Found(new BrokerId(2), new BrokerEpoch(1), Finding.Refused, _now);
        Hear(3, new FoundTarget(new BrokerId(2), new BrokerEpoch(1), Finding.Refused));
        Wait();
        Assert.Empty(Due());
        Refuse(2);
        _inquest.Brokers([Key(1), (new BrokerId(2), new BrokerEpoch(22)), Key(3)]);
        Hear(3, Refused(2));
        Wait();
        Assert.Empty(Due());
    }

    [Fact]
    public void A_node_never_judges_its_own_broker()
    {
        Refuse(1);
        Hear(3, Refused(1));
        Wait();
        Assert.Empty(Due());
    }

    [Fact]
    public void Only_the_leader_judges()
    {
        Refuse(2);
        Hear(3, Refused(2));
        _inquest.Preside(false);
        Wait();
        Assert.Empty(Due());
    }

    [Fact]
    public void A_verdict_that_was_not_obeyed_is_given_again()
    {
        Refuse(2);
        Hear(3, Refused(2));
        Wait();
        Assert.Equal([Key(2)], Due());
        Assert.Empty(Due());
        _now = _inquest.Deadline;
        Assert.Equal([Key(2)], Due());
    }

    private static (BrokerId, BrokerEpoch) Key(int id) => (new BrokerId(id), new BrokerEpoch(id));

    private static FoundTarget Refused(int id) => new(new BrokerId(id), new BrokerEpoch(id), Finding.Refused);

    private void Refuse(int id) => _inquest.Found(new BrokerId(id), new BrokerEpoch(id), Finding.Refused, _now);

    private CancellationTokenSource Hear(int id, params FoundTarget[] findings)
    {
        var line = new CancellationTokenSource();
        _inquest.Heard(new BrokerId(id), new BrokerEpoch(id), findings, line.Token);
        return line;
    }

    private void Wait() => _now += Inquest.GraceMs;

    private IReadOnlyList<(BrokerId, BrokerEpoch)> Due() => _inquest.Due(_now);
}
