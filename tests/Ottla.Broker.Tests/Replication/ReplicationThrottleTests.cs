using Ottla.Broker.Replication;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Replication;

public sealed class ReplicationThrottleTests
{
    private static readonly BrokerId Leader = new(1);
    private static readonly BrokerId Member = new(2);
    private static readonly BrokerId Lagging = new(3);

    private readonly ReplicaScene _scene = new(new MemoryFileSystem());
    private readonly Partition _partition;
    private long _rate = 1_000;
    private ThrottledReplicas _listed = ThrottledReplicas.Of(["0:1"]);

    public ReplicationThrottleTests() => _partition = _scene.Host("weather", [1, 2, 3], isr: [1, 2]);

    [Fact]
    public void Who_took_more_than_a_second_s_worth_waits_until_the_rate_has_made_up_for_it()
    {
        var throttle = Throttle();
        Assert.Equal(0, throttle.HeldForMs(_partition, Leader, Lagging));
        throttle.Record(_partition, Leader, 4_000);
        var held = throttle.HeldForMs(_partition, Leader, Lagging);
        Assert.InRange(held, 2_900, 3_100);
        _scene.Time.Advance(TimeSpan.FromMilliseconds(held));
        Assert.Equal(0, throttle.HeldForMs(_partition, Leader, Lagging));
        // a long rest earns one second and no more
        _scene.Time.Advance(TimeSpan.FromHours(1));
        throttle.Record(_partition, Leader, 2_000);
        Assert.NotEqual(0, throttle.HeldForMs(_partition, Leader, Lagging));
    }

    [Fact]
    public void Members_of_the_isr_and_replicas_that_are_not_listed_are_never_held_back()
    {
        var throttle = Throttle();
        throttle.Record(_partition, Leader, 9_000);
        Assert.NotEqual(0, throttle.HeldForMs(_partition, Leader, Lagging));
        Assert.Equal(0, throttle.HeldForMs(_partition, Leader, Member));
        _listed = ThrottledReplicas.Of(["1:1", "0:2"]);
        Assert.Equal(0, throttle.HeldForMs(_partition, Leader, Lagging));
        _listed = ThrottledReplicas.Of(["*"]);
        Assert.NotEqual(0, throttle.HeldForMs(_partition, Leader, Lagging));
    }

    [Fact]
    public void Without_a_rate_nothing_is_counted()
    {
        var throttle = Throttle();
        _rate = long.MaxValue;
        throttle.Record(_partition, Leader, int.MaxValue);
        Assert.Equal(0, throttle.HeldForMs(_partition, Leader, Lagging));
        _rate = 1_000;
        Assert.Equal(0, throttle.HeldForMs(_partition, Leader, Lagging));
    }

    private ReplicationThrottle Throttle() => new(_scene.Time, () => _rate, _ => _listed);
}
