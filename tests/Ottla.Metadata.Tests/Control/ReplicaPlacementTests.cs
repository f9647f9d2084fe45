using Ottla.Metadata.Control;
using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Tests.Control;

public sealed class ReplicaPlacementTests
{
    [Theory]
    [InlineData("A A B B C C", 3)]
    [InlineData("A A A B", 2)]
    [InlineData("A B B B B C", 3)]
    public void Replicas_of_a_partition_lie_in_racks_of_their_own_and_leaders_are_spread(string racks, int factor)
    {
        var cluster = Cluster(racks.Split(' '));
        var brokers = cluster.Brokers.Count;
        var placed = Place(cluster, partitions: 10 * brokers, factor);
        Assert.All(placed, replicas => Assert.Equal(factor, replicas.Select(id => cluster.Brokers[id].Rack).Distinct().Count()));
        Assert.All(placed.GroupBy(replicas => replicas[0]), led => Assert.Equal(10, led.Count()));
    }

    [Fact]
    public void With_fewer_racks_than_replicas_every_rack_has_one_and_no_broker_two()
    {
        var cluster = Cluster(["A", "A", "A", "B"]);
        Assert.All(Place(cluster, 20, 3), replicas =>
        {
            Assert.Equal(3, replicas.Distinct().Count());
            Assert.Contains(4, replicas);
        });
    }

    [Fact]
    public void The_load_of_a_broker_that_fails_is_taken_over_by_all_others()
    {
        var placed = Place(Cluster(["", "", "", ""]), 24, 2);
        Assert.Equal([2, 3, 4], placed.Where(replicas => replicas[0] == 1).Select(replicas => replicas[1]).Distinct().Order());
    }

    [Fact]
    public void A_fenced_broker_never_comes_first_and_a_cordoned_one_not_at_all()
    {
        var cluster = Cluster(["", "", "", ""]);
        var directory = new Uuid(7, 200);
        cluster = cluster with
        {
            Brokers = cluster.Brokers.SetItem(2, cluster.Brokers[2] with { Fenced = true })
                .SetItem(3, cluster.Brokers[3] with { Directories = [directory], CordonedDirectories = [directory] }),
        };
        Assert.All(Place(cluster, 8, 2), replicas => Assert.Equal([1, 4], replicas.Order()));
        Assert.All(Place(cluster, 8, 3), replicas => Assert.Equal(2, replicas[2]));
        Assert.Contains("only 3 broker(s)", ReplicaPlacement.Place(cluster, 1, 4, new Random(1), out _));
    }

    private static IReadOnlyList<int[]> Place(ClusterImage cluster, int partitions, int factor)
    {
        Assert.Null(ReplicaPlacement.Place(cluster, partitions, factor, new Random(1), out var placed));
        return placed;
    }

    /// <summary>Brokers from 1 on, one in each of these racks.</summary>
    private static ClusterImage Cluster(string[] racks)
    {
        var cluster = ClusterImage.Empty;
        for (var i = 0; i < racks.Length; i++)
        {
            var broker = new BrokerRegistration
            {
                Id = new BrokerId(i + 1), Epoch = new BrokerEpoch(i), IncarnationId = new Uuid(1, (ulong)i), Endpoints = [], Features = [],
                Rack = racks[i].Length == 0 ? null : racks[i],
            };
            cluster = cluster with { Brokers = cluster.Brokers.SetItem(i + 1, broker) };
        }

        return cluster;
    }
}
