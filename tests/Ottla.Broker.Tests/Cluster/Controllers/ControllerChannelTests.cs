using Ottla.Broker.Cluster.Controllers;
using Ottla.Network.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using static Ottla.Broker.Tests.Cluster.Controllers.ScriptedControllers;

namespace Ottla.Broker.Tests.Cluster.Controllers;

public sealed class ControllerChannelTests
{
    private const int Patience = 60_000;
    private readonly ActiveController _active = new();

    [Fact]
    public async Task Who_leads_is_asked()
    {
        var controllers = new ScriptedControllers((id, _, _) => Block(id));
        using var channel = controllers.Channel(_active, TimeProvider.System);
        _active.Set(Seat(2));
        Assert.Equal(2, (await Ask(channel)).Response?.ProducerIdStart);
        _active.Set(Seat(3));
        Assert.Equal(3, (await Ask(channel)).Response?.ProducerIdStart);
    }

    [Fact]
    public async Task A_controller_that_leads_no_more_is_left_for_the_one_that_does()
    {
        var controllers = new ScriptedControllers((id, _, _) =>
        {
            if (id == 3) return Block(id);
            _active.Set(Seat(3, epoch: 2));
            return new AllocateProducerIdsResponse { ErrorCode = ErrorCode.NotController };
        });
        using var channel = controllers.Channel(_active, TimeProvider.System);
        _active.Set(Seat(2));
        Assert.Equal(3, (await Ask(channel)).Response?.ProducerIdStart);
        Assert.Equal([2, 3], controllers.Asked);
    }

    [Fact]
    public async Task A_controller_that_is_down_is_left_as_soon_as_another_leads()
    {
        var controllers = new ScriptedControllers((id, _, _) => Block(id)) { Down = { 2 } };
        using var channel = controllers.Channel(_active, TimeProvider.System);
        _active.Set(Seat(2));
        var waiting = Ask(channel);
        Assert.False(waiting.IsCompleted);
        _active.Set(Seat(3, epoch: 2));
        Assert.Equal(3, (await waiting).Response?.ProducerIdStart);
    }

    [Fact]
    public async Task While_nobody_leads_a_request_waits()
    {
        var controllers = new ScriptedControllers((id, _, _) => Block(id));
        using var channel = controllers.Channel(_active, TimeProvider.System);
        var waiting = Ask(channel);
        Assert.False(waiting.IsCompleted);
        _active.Set(Seat(2));
        Assert.Equal(2, (await waiting).Response?.ProducerIdStart);
    }

    [Fact]
    public async Task Errors_that_concern_the_request_are_answers()
    {
        var controllers = new ScriptedControllers((_, _, _) => new AllocateProducerIdsResponse { ErrorCode = ErrorCode.StaleBrokerEpoch });
        using var channel = controllers.Channel(_active, TimeProvider.System);
        _active.Set(Seat(2));
        Assert.Equal(ErrorCode.StaleBrokerEpoch, (await Ask(channel)).Response?.ErrorCode);
    }

    [Fact]
    public async Task A_request_that_nobody_answers_ends_with_its_time_and_says_who_was_asked()
    {
        var controllers = new ScriptedControllers((_, _, _) => null) { Down = { 2 } };
        using var channel = controllers.Channel(_active, TimeProvider.System);
        _active.Set(Seat(2));
        var reply = await Ask(channel, timeoutMs: 50);
        Assert.Equal(ErrorCode.RequestTimedOut, reply.Error);
        Assert.Contains("controller 2 is down", reply.Why);
    }

    [Fact]
    public async Task What_the_controller_does_not_serve_is_not_tried_again()
    {
        var controllers = new ScriptedControllers((id, _, _) => Block(id)) { Served = key => key == ApiKey.AllocateProducerIds ? null : new VersionRange(0, 1) };
        using var channel = controllers.Channel(_active, TimeProvider.System);
        _active.Set(Seat(2));
        Assert.Equal(ErrorCode.UnsupportedVersion, (await Ask(channel)).Error);
    }

    [Fact]
    public async Task The_versions_of_the_controller_that_leads_are_known_once_it_was_asked()
    {
        var controllers = new ScriptedControllers((id, _, _) => Block(id)) { Served = key => key == ApiKey.CreateTopics ? new VersionRange(2, 5) : new VersionRange(0, 0) };
        using var channel = controllers.Channel(_active, TimeProvider.System);
        _active.Set(Seat(2));
        Assert.Null(channel.VersionsOf(ApiKey.CreateTopics));
        await Ask(channel);
        Assert.Equal(new VersionRange(2, 5), channel.VersionsOf(ApiKey.CreateTopics));
        _active.Set(Seat(3, epoch: 2));
        Assert.Null(channel.VersionsOf(ApiKey.CreateTopics));
    }

    [Fact]
    public void An_outage_is_told_after_a_while_and_less_and_less_often_and_once_more_when_it_is_over()
    {
        var outage = new ControllerOutage("heartbeats", [new("one", 9093)]);
        var told = new List<long>();
        for (var now = 0; now < 200_000; now += 100)
        {
            if (outage.Failed(Seat(2), "refused", now) is not { } text) continue;
            told.Add(now);
            Assert.Contains("heartbeats", text);
            Assert.Contains("one:9093", text);
        }

        Assert.Equal([5_000, 15_000, 35_000, 75_000, 135_000, 195_000], told);
        Assert.Contains("200 s", outage.Answered(Seat(2), 200_000));
        Assert.Null(outage.Answered(Seat(2), 200_001));
    }

    private static AllocateProducerIdsResponse Block(int start) => new() { ProducerIdStart = start, ProducerIdLen = 1 };

    private static Task<ControllerReply<AllocateProducerIdsResponse>> Ask(ControllerChannel channel, int timeoutMs = Patience) =>
        channel.Ask(NodeApis.AllocateProducerIds, _ => new AllocateProducerIdsRequest(), a => a.ErrorCode, timeoutMs);
}
