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

    [Fact]
    public async Task A_broker_registers_when_the_retry_timer_rings_too_early()
    {
        var tries = 0;
        var controllers = new ScriptedControllers((_, _, _) => Interlocked.Increment(ref tries) == 1
            ? new BrokerRegistrationResponse { ErrorCode = ErrorCode.DuplicateBrokerRegistration } : new BrokerRegistrationResponse { BrokerEpoch = 100 });
        using var broker = Broker(controllers, _ => Assert.Fail("it must not end"), new EarlyTime());
        broker.Start();
        _active.Set(ScriptedControllers.Seat(2));
        await broker.Registered.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(100, broker.Epoch.Value);
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

    private BrokerMembership Broker(ScriptedControllers controllers, Action<string> mustEnd, TimeProvider? time = null)
    {
        var settings = new LifecycleSettings
        {
            Registration = new BrokerRegistrationRequest { BrokerId = 9, ClusterId = "cluster" }, Directories = [new Uuid(1, 1)], Cordoned = [new Uuid(1, 1)],
        };
        return new BrokerMembership(settings, _active, controllers.Channel(_active, TimeProvider.System), time ?? TimeProvider.System, NullLogger.Instance, mustEnd,
            fault => Environment.FailFast(fault.ToString()));
    }

    /// <summary>Its timers ring half a tenth of a second before their time, as coarse ones do by less.</summary>
    private sealed class EarlyTime : TimeProvider
    {
        private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(50);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new EarlyTimer(System.CreateTimer(callback, state, Sooner(dueTime), period));

        private static TimeSpan Sooner(TimeSpan due) => due > Early ? due - Early : due;

        private sealed class EarlyTimer(ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Sooner(dueTime), period);

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
