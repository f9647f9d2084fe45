using Ottla.Broker.Replication;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Replication;

public sealed class ShortfallTests
{
    [Fact]
    public void It_counts_what_is_led_here_and_names_who_is_missing()
    {
        var scene = new ReplicaScene(new MemoryFileSystem(), minInsyncReplicas: 2);
        var found = new Shortfall();
        foreach (var (name, replicas, isr, leader) in new (string, int[], int[], int)[]
                 {
                     ("whole", [1, 2], [1, 2], 1), ("alone", [1], [1], 1), ("elsewhere", [1, 2, 3], [2], 2), ("lacking", [1, 2, 3], [1, 2], 1), ("worst", [1, 2, 3], [1], 1),
                 })
        {
            found.Add(scene.Host(name, replicas, isr, leader));
        }

        Assert.Equal((3, 2, 1, "node 2, node 3", "worst-0"), (found.Led, found.UnderReplicated, found.UnderMinIsr, found.Missing, found.Example));
        Assert.False(found.IsAs(new Shortfall()));
        Assert.True(found.IsAs(found));
    }
}
