using System.Text;
using Ottla.Client.Clusters;
using Ottla.Client.Producing;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Tests.Producing;

public sealed class PartitionerTests
{
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void Keys_hash_as_in_every_client_of_Kafka(string key, int hash) =>
        Assert.Equal(hash, (int)Murmur2.Hash(Encoding.UTF8.GetBytes(key)));

    [Fact]
    public void A_key_always_has_the_same_partition_and_a_named_partition_wins()
    {
        var partitioner = new Partitioner(100, new Random(1));
        var topic = Topic(leaders: [1, 1, 1, 1]);
        var keyed = new ProducerRecord("t") { Key = Encoding.UTF8.GetBytes("foobar") };
        Assert.Equal((-790332482 & int.MaxValue) % 4, partitioner.Choose(keyed, topic));
        Assert.Equal(partitioner.Choose(keyed, topic), partitioner.Choose(keyed, topic));
        Assert.Equal(3, partitioner.Choose(keyed with { Partition = 3 }, topic));
    }

    [Fact]
    public void Records_without_key_stay_with_a_partition_for_a_batch_and_then_move_on()
    {
        var record = new ProducerRecord("t") { Value = new byte[100] };
        var partitioner = new Partitioner(record.SizeBytes * 3, new Random(1));
        var chosen = Enumerable.Range(0, 9).Select(_ => partitioner.Choose(record, Topic(leaders: [1, 1, 1]))).ToList();
        foreach (var batch in chosen.Chunk(3)) Assert.Single(batch.Distinct());
        Assert.NotEqual(chosen[0], chosen[3]);
        Assert.NotEqual(chosen[3], chosen[6]);
    }

    [Fact]
    public void Records_without_key_avoid_partitions_without_a_leader()
    {
        var partitioner = new Partitioner(1, new Random(1));
        var chosen = Enumerable.Range(0, 50).Select(_ => partitioner.Choose(new ProducerRecord("t"), Topic(leaders: [-1, 1, -1, 2])));
        Assert.Equal([1, 3], chosen.Distinct().Order());
    }

    private static TopicMetadata Topic(int[] leaders) => new(
        "t", Uuid.Zero, ErrorCode.None, false,
            [.. leaders.Select((leader, i) => new PartitionMetadata(i, ErrorCode.None, leader, new(0), [1], [1], []))]);
}
