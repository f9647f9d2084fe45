using Ottla.Client.Clusters;
using Ottla.Client.Consuming;
using Ottla.Client.Producing;
using Ottla.Network;
using Ottla.Network.Tests;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Client.Tests.Clusters;

/// <summary>A broker that leads no more names the new leader (KIP-951). The clock stands: whoever waited for a backoff would wait for
/// ever.</summary>
public sealed class NewLeaderTests
{
    private static readonly TopicPartition Partition = new("t", 0);
    private static readonly ClientOptions Options = new() { BootstrapServers = [new("scripted", 1)] };
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(ErrorCode.NotLeaderOrFollower)]
    [InlineData(ErrorCode.FencedLeaderEpoch)]
    public async Task A_batch_goes_to_the_leader_that_the_answer_names_at_once(ErrorCode error)
    {
        var cluster = new ScriptedCluster((broker, _) => Produced(broker == 2
            ? new() { BaseOffset = 7 }
            : new() { ErrorCode = error, CurrentLeader = new() { LeaderId = 2, LeaderEpoch = 6 } }));
        await using var producer = new Producer(Options, new ProducerOptions { LingerMs = 0, Idempotent = false }, Platform(cluster));
        var delivery = await producer.Send(new ProducerRecord("t") { Value = "v"u8.ToArray() }, TestContext.Current.CancellationToken);
        Assert.Equal(7, delivery.Offset.Value);
        Assert.Equal(1, cluster.MetadataRequests);
    }

    [Fact]
    public async Task A_fetch_goes_to_the_leader_that_the_answer_names_at_once()
    {
        var cluster = new ScriptedCluster((broker, _) => Fetched(broker == 2
            ? new() { HighWatermark = 1, Records = new Records(Batch("v")) }
            : new() { ErrorCode = ErrorCode.NotLeaderOrFollower, Records = new Records(Array.Empty<byte>()), CurrentLeader = new() { LeaderId = 2, LeaderEpoch = 6 } }));
        await using var consumer = new Consumer(Options, new ConsumerOptions(), Platform(cluster));
        consumer.Assign(new Dictionary<TopicPartition, StartAt?> { [Partition] = StartAt.At(Offset.Zero) });
        _time.Advance(1_000);
        var records = await consumer.Poll(60_000, TestContext.Current.CancellationToken);
        Assert.Equal("v"u8, Assert.Single(records).Value!.Value.Span);
        Assert.Equal(1, cluster.MetadataRequests);
    }

    [Theory]
    [InlineData(6, 2, true, 2)]
    [InlineData(5, 2, true, 1)]
    [InlineData(4, 2, true, 1)]
    [InlineData(6, 2, false, 1)]
    [InlineData(6, -1, false, 1)]
    public void A_leader_is_believed_whose_epoch_is_newer_and_whose_address_is_known(int epoch, int leader, bool hasAddress, int believed)
    {
        var after = Known(5).With(Partition, new NewLeader(leader, new LeaderEpoch(epoch), hasAddress ? new BrokerNode(leader, "scripted", leader, null) : null));
        Assert.Equal(believed, after.Partition(Partition)!.Leader);
        Assert.Equal(believed == 2, after.Brokers.ContainsKey(2));
    }

    [Theory]
    [InlineData(6, 2)]
    [InlineData(7, 1)]
    public void Metadata_of_a_broker_that_has_not_heard_of_the_election_change_nothing_of_it(int epochOfAnswer, int leader)
    {
        var known = Known(5).With(Partition, new NewLeader(2, new LeaderEpoch(7), new BrokerNode(2, "scripted", 2, null)));
        var merged = MetadataAnswer.Merge(known, Answer(epochOfAnswer, ScriptedCluster.TopicId), keepOthers: true);
        Assert.Equal(leader, merged.Partition(Partition)!.Leader);
    }

    [Fact]
    public void A_topic_that_was_made_anew_begins_with_the_epochs_that_it_has()
    {
        var merged = MetadataAnswer.Merge(Known(5), Answer(0, new Uuid(8, 8)), keepOthers: true);
        Assert.Equal(0, merged.Partition(Partition)!.LeaderEpoch.Value);
    }

    private static ClusterMetadata Known(int epoch) => MetadataAnswer.Merge(ClusterMetadata.Empty, Answer(epoch, ScriptedCluster.TopicId), keepOthers: true);

    private static MetadataResponse Answer(int epoch, Uuid topicId) => new()
    {
        Brokers = [new() { NodeId = 1, Host = "scripted", Port = 1 }],
        Topics = [new() { Name = "t", TopicId = topicId, Partitions = [new() { PartitionIndex = 0, LeaderId = 1, LeaderEpoch = epoch }] }],
    };

    private static ProduceResponse Produced(ProduceResponse.PartitionProduceResponse partition) => new()
    {
        Responses = [new() { Name = "t", PartitionResponses = [partition] }],
        NodeEndpoints = partition.ErrorCode == ErrorCode.None ? [] : [new() { NodeId = 2, Host = "scripted", Port = 2 }],
    };

    private static FetchResponse Fetched(FetchResponse.PartitionData partition) => new()
    {
        Responses = [new() { TopicId = ScriptedCluster.TopicId, Partitions = [partition] }],
        NodeEndpoints = partition.ErrorCode == ErrorCode.None ? [] : [new() { NodeId = 2, Host = "scripted", Port = 2 }],
    };

    private static byte[] Batch(string value)
    {
        using var builder = new BatchBuilder(new BatchOptions(), 100);
        builder.Append(0, default, System.Text.Encoding.UTF8.GetBytes(value), []);
        Assert.True(builder.TryBuild(out var bytes));
        return bytes.ToArray();
    }

    private NetworkPlatform Platform(ScriptedCluster cluster) => new(cluster, _time, new Random(1));
}
