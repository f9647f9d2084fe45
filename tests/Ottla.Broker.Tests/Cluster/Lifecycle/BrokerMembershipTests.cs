using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Broker.Cluster.Controllers;
using Ottla.Broker.Cluster.Lifecycle;
using Ottla.Broker.Tests.Cluster.Controllers;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Cluster.Lifecycle;

/// <summary>The whole way: loop, channel, a controller that unfences who has caught up and lets go who stops.</summary>
public sealed class BrokerMembershipTests
{
    private readonly ActiveController _active = new();
    private readonly List<BrokerHeartbeatRequest> _heartbeats = [];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_broker_joins_and_leaves_with_any_version_of_heartbeats(short version)
    {
        var controllers = Controllers(version);
        using var broker = Broker(controllers, _ => Assert.Fail("it must not end"));
        broker.Start();
        _active.Set(ScriptedControllers.Seat(2));
        await broker.Registered;
        Assert.Equal(100, broker.Epoch.Value);
        broker.Applied(new Offset(101));
        broker.Ready();
        await broker.Unfenced;
        Assert.False(broker.IsFenced);
        await broker.Stop();
        Assert.True(_heartbeats[^1].WantShutDown);
    }

    [Fact]
    public async Task A_broker_that_can_not_join_ends_with_a_message()
    {
        var ended = new TaskCompletionSource<string>();
        var controllers = new ScriptedControllers((_, _, _) => new BrokerRegistrationResponse { ErrorCode = ErrorCode.InconsistentClusterId });
        using var broker = Broker(controllers, ended.SetResult);
        _active.Set(ScriptedControllers.Seat(2));
        broker.Start();
        Assert.Contains("cluster", await ended.Task);
    }

    private ScriptedControllers Controllers(short version) => new((_, header, body) =>
    {
        var reader = new MessageReader(body);
        if (header.ApiKey == ApiKey.BrokerRegistration) return new BrokerRegistrationResponse { BrokerEpoch = 100 };
        var heartbeat = BrokerHeartbeatRequest.Read(ref reader, header.ApiVersion);
        _heartbeats.Add(heartbeat);
        return new BrokerHeartbeatResponse
        {
            IsFenced = heartbeat.WantFence || heartbeat.CurrentMetadataOffset < 100, IsCaughtUp = true, ShouldShutDown = heartbeat.WantShutDown,
        };
    })
    {
        Served = key => key == ApiKey.BrokerHeartbeat ? new VersionRange(0, version) : ApiMessages.Find(key)!.StableVersions,
    };

    private BrokerMembership Broker(ScriptedControllers controllers, Action<string> mustEnd)
    {
        var settings = new LifecycleSettings
        {
            Registration = new BrokerRegistrationRequest { BrokerId = 9, ClusterId = "cluster" }, Directories = [new Uuid(1, 1)], Cordoned = [new Uuid(1, 1)],
        };
        return new BrokerMembership(settings, _active, controllers.Channel(_active, TimeProvider.System), TimeProvider.System, NullLogger.Instance, mustEnd,
            fault => Environment.FailFast(fault.ToString()));
    }
}
