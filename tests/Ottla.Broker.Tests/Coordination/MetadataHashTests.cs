using Ottla.Broker.Cluster;
using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Consumer;
using Ottla.Metadata.Image;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Coordination;

public sealed class MetadataHashTests
{
    [Theory]
    [InlineData(4, 0xdca012f95811b6b9)]
    [InlineData(8, 0xdec6a9a43575982e)]
    [InlineData(9, 0xcbe393399f17ffbd)]
    [InlineData(16, 0x7e484c18d74895d0)]
    [InlineData(17, 0x208bde5ee2bed407)]
    [InlineData(45, 0xfef1383ea53f9386)]
    [InlineData(128, 0xf92b70eaa21a6288)]
    [InlineData(129, 0xf8f76713f2bb60fa)]
    [InlineData(200, 0x12fdb864685f344d)]
    [InlineData(240, 0xccc7375172c41f03)]
    [InlineData(241, 0x0b3b630948ce4a00)]
    [InlineData(256, 0xec85b75bafe6ca74)]
    [InlineData(1024, 0x23bc880ebf0d29c6)]
    [InlineData(1025, 0xc09fdfbc398c7d82)]
    [InlineData(5000, 0x559fff92c2b7f8ee)]
    public void Xxh3_is_what_others_compute(int length, ulong expected) =>
        Assert.Equal(expected, Xxh3.Hash([.. Enumerable.Range(0, length).Select(i => (byte)(i * 31 + 7))]));

    /// <summary>The group consumer-dynamic of golden-groups.txt.</summary>
    [Fact]
    public void A_groups_hash_is_the_one_that_Kafka_stored()
    {
        Assert.True(Uuid.TryParse("lNu4XQllQrO6I4H6_qFTSw", out var id));
        var topics = new One(new TopicInfo(id, "orders", 2));
        Assert.Equal(-8327991219604818311, MetadataHash.Of(["orders", "not there"], topics));
        Assert.Equal(0, MetadataHash.Of(["not there"], topics));
    }

    /// <summary>Of a group that subscribed on a broker of the rack r1.</summary>
    [Fact]
    public void Racks_of_replicas_count_as_Kafka_counts_them()
    {
        var delta = new MetadataDelta(MetadataImage.Empty, new SharedLists());
        delta.Replay(new RegisterBrokerRecord { BrokerId = 1, Rack = "r1" });
        foreach (var (name, text, partitions) in new[] { ("orders", "IVAi5_r5RLWxwOiKWhFjOw", 3), ("weather", "v3_3cqzlQ6yu3x3nYdLZ8Q", 1) })
        {
            Assert.True(Uuid.TryParse(text, out var id));
            delta.Replay(new TopicRecord { Name = name, TopicId = id });
            for (var i = 0; i < partitions; i++) delta.Replay(new PartitionRecord { TopicId = id, PartitionId = i, Replicas = [1], Isr = [1], Leader = 1 });
        }

        var cluster = new PublishedMetadata("tests", new BrokerId(1));
        cluster.Publish(delta.Apply(OffsetAndEpoch.Start, 0));
        Assert.Equal(3065341807110385831, MetadataHash.Of(["orders", "weather", "absent"], new TopicCatalog(cluster)));
    }

    private sealed class One(TopicInfo only) : ITopicCatalog
    {
        public IEnumerable<string> Names => [only.Name];

        public long Version => 1;

        public bool TryGet(string name, out TopicInfo topic)
        {
            topic = only;
            return name == only.Name;
        }

        public bool TryGet(Uuid id, out TopicInfo topic)
        {
            topic = only;
            return id == only.Id;
        }
    }
}
