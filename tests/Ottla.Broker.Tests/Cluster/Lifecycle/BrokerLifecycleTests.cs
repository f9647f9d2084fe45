using Ottla.Broker.Cluster.Lifecycle;
using Ottla.Broker.Cluster.Suspicions;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Cluster.Lifecycle;

public sealed class BrokerLifecycleTests
{
    private static readonly Uuid Disk = new(1, 1);
    private static readonly Uuid OtherDisk = new(2, 2);
    private readonly BrokerLifecycle _broker;
    private long _now;

    public BrokerLifecycleTests() => _broker = New();

    [Fact]
    public void A_broker_registers_with_all_that_it_is_and_the_epoch_of_its_last_clean_stop()
    {
        var broker = New(s => s with { EpochAtCleanStop = new BrokerEpoch(17) });
        var request = Assert.IsType<LifecycleOutput.Register>(Assert.Single(broker.Step(new LifecycleInput.Started(), 0))).Request;
        Assert.Equal((2, 17, "rack"), (request.BrokerId, request.PreviousBrokerEpoch, request.Rack));
        Assert.Equal([Disk, OtherDisk], request.LogDirs);
    }

    [Fact]
    public void It_asks_to_be_unfenced_once_it_can_serve_and_has_its_own_registration_and_not_before()
    {
        Register(epoch: 100);
        Assert.True(Sent().WantFence);
        Answer(fenced: true);
        Step(new LifecycleInput.Applied(new Offset(101)));
        Assert.Empty(_outputs);
        Step(new LifecycleInput.Ready());
        var heartbeat = Sent();
        Assert.Equal((false, 100), (heartbeat.WantFence, heartbeat.CurrentMetadataOffset));
        Answer(fenced: false);
        Assert.Equal(new LifecycleOutput.FencingChanged(false), Assert.Single(_outputs));
    }

    [Fact]
    public void Its_own_registration_is_the_last_record_that_it_lacks()
    {
        Register(epoch: 100);
        Answer(fenced: true);
        Step(new LifecycleInput.Ready());
        Assert.True(Sent().WantFence);
        Answer(fenced: true);
        Step(new LifecycleInput.Applied(new Offset(100)));
        Assert.Empty(_outputs);
        Step(new LifecycleInput.Applied(new Offset(101)));
        Assert.False(Sent().WantFence);
    }

    [Fact]
    public void A_heartbeat_goes_out_each_interval_and_one_at_a_time()
    {
        Serve();
        Pass(1_999);
        Assert.Empty(_outputs);
        Pass(1);
        Assert.False(Sent().WantShutDown);
        Pass(5_000);
        Assert.Empty(_outputs);
        Answer(fenced: false);
        Assert.Equal(_now + 2_000, _broker.Deadline);
    }

    [Fact]
    public void What_changes_while_a_heartbeat_is_under_way_goes_with_one_that_follows_at_once()
    {
        Serve();
        Pass(2_000);
        Step(new LifecycleInput.DirectoryFailed(Disk));
        Assert.IsType<LifecycleOutput.Heartbeat>(_before[0]);
        Assert.Empty(_outputs);
        Answer(fenced: false);
        Assert.Equal([Disk], Sent().OfflineLogDirs);
    }

    [Fact]
    public void A_heartbeat_that_fails_is_sent_again_after_a_pause_that_doubles_up_to_half_a_session()
    {
        Serve();
        Pass(2_000);
        var pauses = new List<long>();
        for (var i = 0; i < 8; i++)
        {
            Step(new LifecycleInput.Unanswered("nobody"));
            pauses.Add(_broker.Deadline - _now);
            Pass((int)pauses[^1]);
            Sent();
        }

        Assert.Equal([100, 200, 400, 800, 1_600, 3_200, 4_500, 4_500], pauses);
    }

    [Fact]
    public void A_new_controller_hears_of_the_broker_at_once_whatever_failed_before()
    {
        Serve();
        Pass(2_000);
        for (var i = 0; i < 5; i++)
        {
            Step(new LifecycleInput.Unanswered("nobody"));
            Pass((int)(_broker.Deadline - _now));
        }

        Step(new LifecycleInput.Unanswered("nobody"));
        Assert.Empty(_outputs);
        Step(new LifecycleInput.ControllerChanged());
        Sent();
    }

    [Theory]
    [InlineData(ErrorCode.StaleBrokerEpoch)]
    [InlineData(ErrorCode.BrokerIdNotRegistered)]
    public void A_broker_whose_epoch_is_not_known_any_more_registers_anew_and_says_that_it_lost_nothing(ErrorCode error)
    {
        Serve();
        Pass(2_000);
        Step(new LifecycleInput.HeartbeatAnswered(error, true, false));
        Assert.Contains(new LifecycleOutput.FencingChanged(true), _outputs);
        Assert.Equal(100, Assert.Single(_outputs.OfType<LifecycleOutput.Register>()).Request.PreviousBrokerEpoch);
        Step(new LifecycleInput.Registered(ErrorCode.None, new BrokerEpoch(200)));
        Assert.Equal((200, true), (Sent().BrokerEpoch, Sent().WantFence));
    }

    [Fact]
    public void A_broker_whose_id_another_has_tries_on_and_tells_why()
    {
        Step(new LifecycleInput.Started());
        var notices = new List<string>();
        while (_now < 20_000)
        {
            Step(new LifecycleInput.Registered(ErrorCode.DuplicateBrokerRegistration, BrokerEpoch.None));
            notices.AddRange(_outputs.OfType<LifecycleOutput.Notice>().Select(n => n.Text));
            Assert.Empty(_outputs.OfType<LifecycleOutput.MustEnd>());
            Pass((int)(_broker.Deadline - _now));
        }

        Assert.Contains("node.id=2", Assert.Single(notices));
        Step(new LifecycleInput.Registered(ErrorCode.None, new BrokerEpoch(5)));
        Assert.Contains(_outputs.OfType<LifecycleOutput.Notice>(), n => n.Text.Contains("is registered"));
    }

    [Theory]
    [InlineData(ErrorCode.InconsistentClusterId, "cluster")]
    [InlineData(ErrorCode.UnsupportedVersion, "metadata.version")]
    [InlineData(ErrorCode.InvalidRegistration, "meta.properties")]
    public void What_no_time_mends_ends_the_broker_with_a_reason(ErrorCode error, string word)
    {
        Step(new LifecycleInput.Started());
        Step(new LifecycleInput.Registered(error, BrokerEpoch.None));
        Assert.Contains(word, Assert.IsType<LifecycleOutput.MustEnd>(Assert.Single(_outputs)).Why);
        Assert.Equal(long.MaxValue, _broker.Deadline);
    }

    [Fact]
    public void A_quorum_that_is_not_reached_for_an_hour_ends_nothing()
    {
        Step(new LifecycleInput.Started());
        while (_now < 3_600_000)
        {
            Step(new LifecycleInput.Unanswered("nobody leads"));
            Assert.Empty(_outputs.OfType<LifecycleOutput.MustEnd>());
            Pass((int)(_broker.Deadline - _now));
        }
    }

    [Fact]
    public void A_failed_directory_that_no_controller_hears_of_in_time_ends_the_broker()
    {
        Serve();
        Step(new LifecycleInput.DirectoryFailed(Disk));
        Sent();
        while (_now < 30_000 - 1)
        {
            Step(new LifecycleInput.Unanswered("nobody"));
            Assert.Empty(_outputs.OfType<LifecycleOutput.MustEnd>());
            Pass((int)Math.Min(_broker.Deadline - _now, 30_000 - 1 - _now));
        }

        Pass(2);
        Assert.Contains("log.dir.failure.timeout.ms", Assert.Single(_outputs.OfType<LifecycleOutput.MustEnd>()).Why);
    }

    [Fact]
    public void A_failed_directory_that_was_told_ends_nothing()
    {
        Serve();
        Step(new LifecycleInput.DirectoryFailed(Disk));
        Answer(fenced: false);
        for (var i = 0; i < 40; i++)
        {
            Pass(2_000);
            Assert.Equal([Disk], Sent().OfflineLogDirs);
            Answer(fenced: false);
        }
    }

    [Fact]
    public void A_broker_that_stops_asks_until_the_controller_lets_it_go()
    {
        Serve();
        Step(new LifecycleInput.StopWanted());
        Assert.True(Sent().WantShutDown);
        Answer(fenced: false);
        Assert.Empty(_outputs);
        Pass(20);
        Assert.True(Sent().WantShutDown);
        Step(new LifecycleInput.HeartbeatAnswered(ErrorCode.None, false, ShouldShutDown: true));
        Assert.IsType<LifecycleOutput.MayStop>(Assert.Single(_outputs));
    }

    [Fact]
    public void A_broker_that_stops_without_a_controller_waits_no_longer_than_a_session()
    {
        Serve();
        Step(new LifecycleInput.StopWanted());
        while (_now < 9_000)
        {
            Assert.Empty(_outputs.OfType<LifecycleOutput.MayStop>());
            Step(new LifecycleInput.Unanswered("nobody"));
            Pass((int)Math.Min(_broker.Deadline - _now, 9_000 - _now));
        }

        Assert.Single(_outputs.OfType<LifecycleOutput.MayStop>());
    }

    [Fact]
    public void That_it_has_heard_of_another_that_stops_is_told_at_once()
    {
        Serve();
        Step(new LifecycleInput.Applied(new Offset(150)));
        Assert.Empty(_outputs);
        Step(new LifecycleInput.Applied(new Offset(160), IsAwaited: true));
        Assert.Equal(159, Sent().CurrentMetadataOffset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_broker_that_is_not_registered_or_not_to_ask_stops_at_once(bool isMember)
    {
        var broker = New(s => s with { AsksBeforeStopping = !isMember });
        broker.Step(new LifecycleInput.Started(), 0);
        if (isMember) broker.Step(new LifecycleInput.Registered(ErrorCode.None, new BrokerEpoch(1)), 0);
        Assert.IsType<LifecycleOutput.MayStop>(Assert.Single(broker.Step(new LifecycleInput.StopWanted(), 0)));
    }

    [Fact]
    public void What_it_finds_out_about_others_goes_out_at_once_and_with_each_heartbeat()
    {
        Serve();
        var findings = Findings.Write([new(new BrokerId(3), new BrokerEpoch(9), Finding.Refused)]);
        Step(new LifecycleInput.FindingsChanged(findings));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(new FoundTarget(new BrokerId(3), new BrokerEpoch(9), Finding.Refused), Assert.Single(Findings.Read(Sent().UnknownTags)!));
            Answer(fenced: false);
            Pass(2_000);
        }
    }

    private IReadOnlyList<LifecycleOutput> _outputs = [];
    private IReadOnlyList<LifecycleOutput> _before = [];

    private static BrokerLifecycle New(Func<LifecycleSettings, LifecycleSettings>? change = null)
    {
        var settings = new LifecycleSettings
        {
            Registration = new BrokerRegistrationRequest { BrokerId = 2, ClusterId = "cluster", Rack = "rack" }, Directories = [Disk, OtherDisk],
        };
        return new BrokerLifecycle(change is null ? settings : change(settings));
    }

    private void Step(LifecycleInput input)
    {
        _before = _outputs;
        _outputs = _broker.Step(input, _now);
    }

    private void Pass(int ms)
    {
        _now += ms;
        Step(new LifecycleInput.TimePassed());
    }

    private void Register(long epoch)
    {
        Step(new LifecycleInput.Started());
        Step(new LifecycleInput.Registered(ErrorCode.None, new BrokerEpoch(epoch)));
    }

    private void Answer(bool fenced) => Step(new LifecycleInput.HeartbeatAnswered(ErrorCode.None, fenced, false));

    /// <summary>The heartbeat among the last outputs.</summary>
    private BrokerHeartbeatRequest Sent() => Assert.Single(_outputs.OfType<LifecycleOutput.Heartbeat>()).Request;

    /// <summary>Registered with epoch 100, caught up and unfenced at time 0.</summary>
    private void Serve()
    {
        Register(epoch: 100);
        Step(new LifecycleInput.Applied(new Offset(101)));
        Step(new LifecycleInput.Ready());
        Answer(fenced: true);
        Answer(fenced: false);
        Assert.False(_broker.IsFenced);
    }
}
