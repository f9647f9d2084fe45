using Ottla.Broker.Cluster;
using Ottla.Broker.Replication;
using Ottla.Metadata.Image;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Replication;

/// <summary>Three brokers, each in a rack of its own; this one is 1 and hosts partition 0 of the topic.</summary>
public sealed class PartitionFinderTests : IHostedTopics
{
    private const string Clients = "PLAINTEXT";

    private readonly ReplicaScene _scene = new(new MemoryFileSystem());
    private readonly Partition _partition;
    private readonly PartitionFinder _finder;

    public PartitionFinderTests()
    {
        _partition = _scene.Host("weather", [1, 2, 3]);
        var cluster = new PublishedMetadata("cluster", new BrokerId(1));
        cluster.Publish(Image());
        var unlimited = new ReplicationThrottle(TimeProvider.System, () => long.MaxValue, policy => policy.ThrottledLeaders);
        _finder = new PartitionFinder(this, cluster, unlimited, isRackAware: true);
    }

    [Fact]
    public void What_others_have_is_not_unknown_and_its_leader_is_told()
    {
        Assert.Equal(ErrorCode.NotLeaderOrFollower, _finder.WhyNot("weather", 1));
        var leader = _finder.LeaderOf("weather", Uuid.Zero, byId: false, 1, Clients)!.Value;
        Assert.Equal((3, 5, "host3", "rack3"), (leader.Leader, leader.Epoch.Value, leader.Endpoint!.Host, leader.Rack));
        Assert.Equal(leader, _finder.LeaderOf("", ReplicaScene.Id, byId: true, 1, Clients));
        // on a listener that the leader does not have, and of a partition that nobody leads: who it is, as far as that goes
        Assert.Null(_finder.LeaderOf("weather", Uuid.Zero, byId: false, 1, "INTERNAL")!.Value.Endpoint);
        Assert.Equal(-1, _finder.LeaderOf("weather", Uuid.Zero, byId: false, 2, Clients)!.Value.Leader);
    }

    [Fact]
    public void Nobody_is_sent_to_this_node_or_to_what_does_not_exist()
    {
        Assert.Null(_finder.LeaderOf("weather", Uuid.Zero, byId: false, 0, Clients));
        Assert.Null(_finder.LeaderOf("weather", Uuid.Zero, byId: false, 9, Clients));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, _finder.WhyNot("weather", 9));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, _finder.WhyNot("sports", 0));
        Assert.Equal(ErrorCode.UnknownTopicId, _finder.WhyNot("", new Uuid(9, 9), byId: true, 0));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, _finder.WhyNot("", ReplicaScene.Id, byId: true, 9));
    }

    [Fact]
    public void A_consumer_is_sent_to_the_replica_of_its_rack_if_it_has_the_offset_and_can_be_reached()
    {
        ReplicaScene.Append(_partition, "a", "b");
        ReplicaScene.Fetch(_partition, 3, 2);
        ReplicaScene.Fetch(_partition, 2, 1);
        Assert.Equal(3, Nearest("rack3", 2));
        Assert.Equal(2, Nearest("rack2", 1));
        Assert.Null(Nearest("rack2", 2));
        Assert.Null(Nearest("rack1", 1));
        Assert.Null(Nearest("elsewhere", 1));
        Assert.Null(_finder.PreferredReplica(_partition, "rack3", "INTERNAL", new Offset(1)));
    }

    HostedTopic? IHostedTopics.Find(string topic) => topic == "weather" ? _partition.Topic : null;

    HostedTopic? IHostedTopics.Find(Uuid topicId) => topicId == ReplicaScene.Id ? _partition.Topic : null;

    private int? Nearest(string rack, long offset) => _finder.PreferredReplica(_partition, rack, Clients, new Offset(offset))?.Value;

    private static MetadataImage Image()
    {
        var delta = new MetadataDelta(MetadataImage.Empty, new SharedLists());
        delta.Replay(new FeatureLevelRecord { Name = "metadata.version", FeatureLevel = 30 });
        for (var id = 1; id <= 3; id++)
        {
            delta.Replay(new RegisterBrokerRecord
            {
                BrokerId = id, BrokerEpoch = 100 + id, IncarnationId = new Uuid(7, (ulong)id), Rack = $"rack{id}", Fenced = false,
                EndPoints = [new() { Name = Clients, Host = $"host{id}", Port = 9092 }],
            });
        }

        delta.Replay(new TopicRecord { Name = "weather", TopicId = ReplicaScene.Id });
        foreach (var (number, leader) in new[] { (0, 1), (1, 3), (2, -1) })
        {
            delta.Replay(new PartitionRecord
            {
                TopicId = ReplicaScene.Id, PartitionId = number, Replicas = [1, 2, 3], Isr = [1, 2, 3], Leader = leader, LeaderEpoch = 5, PartitionEpoch = 5,
            });
        }

        return delta.Apply(new OffsetAndEpoch(new Offset(100), new LeaderEpoch(1)), 0);
    }
}
