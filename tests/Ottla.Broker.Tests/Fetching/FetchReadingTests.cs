using Ottla.Broker.Cluster;
using Ottla.Broker.Fetching;
using Ottla.Broker.Replication;
using Ottla.Broker.Tests.Replication;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Fetching;

/// <summary>A session of one partition, led by broker 1 and followed by 2.</summary>
public sealed class FetchReadingTests : IHostedTopics
{
    private readonly ReplicaScene _scene = new(new MemoryFileSystem());
    private readonly FetchSessions _sessions;
    private readonly PartitionFinder _finder;
    private readonly Partition _partition;
    private int _session;
    private int _epoch;

    public FetchReadingTests()
    {
        _partition = _scene.Host("weather", [1, 2]);
        _sessions = new FetchSessions(10, _scene.Time, new Random(1));
        var unlimited = new ReplicationThrottle(_scene.Time, () => long.MaxValue, policy => policy.ThrottledLeaders);
        _finder = new PartitionFinder(this, new PublishedMetadata("cluster", new BrokerId(1)), unlimited, isRackAware: false);
    }

    [Fact]
    public void A_consumer_is_told_what_is_new_and_nothing_twice()
    {
        Assert.Equal("0 bytes, high watermark 0", Read(follower: -1));
        Assert.Equal("nothing", Read(follower: -1));
        ReplicaScene.Append(_partition, "a");
        Assert.Equal("nothing", Read(follower: -1));
        ReplicaScene.Fetch(_partition, 2, 1);
        Assert.StartsWith("records, high watermark 1", Read(follower: -1));
        Assert.StartsWith("records, high watermark 1", Read(follower: -1));
        Assert.Equal("nothing", Read(follower: -1, offset: 1));
        Assert.Equal("nothing", Read(follower: -1));
    }

    [Fact]
    public void A_follower_reads_to_the_end_and_what_it_has_is_noted()
    {
        Assert.Equal("0 bytes, high watermark 0", Read(follower: 2));
        ReplicaScene.Append(_partition, "a");
        Assert.StartsWith("records, high watermark 0", Read(follower: 2));
        Assert.Equal(0, _partition.HighWatermark.Value.Value);
        // what it asks for next is what it has; it hears of the high watermark that this makes
        Assert.Equal("0 bytes, high watermark 1", Read(follower: 2, offset: 1));
        Assert.Equal("nothing", Read(follower: 2));
    }

    [Fact]
    public void A_follower_of_which_nothing_is_to_be_told_keeps_up_all_the_same()
    {
        Read(follower: 2);
        for (var i = 0; i < 3; i++)
        {
            _scene.Time.Advance(TimeSpan.FromMilliseconds(ReplicaScene.LagMs * 3 / 4));
            Assert.Equal("nothing", Read(follower: 2));
        }

        ReplicaScene.Append(_partition, "a");
        _partition.CheckIsr();
        Assert.Empty(_scene.Proposals);
    }

    [Fact]
    public void A_new_leader_epoch_is_told_although_no_records_came()
    {
        Read(follower: 2);
        _scene.Apply(_partition, [1, 2], [1, 2], leader: 1, epoch: 1, partitionEpoch: 1);
        Assert.Equal("FencedLeaderEpoch", Read(follower: 2));
    }

    HostedTopic? IHostedTopics.Find(string topic) => _partition.Topic;

    HostedTopic? IHostedTopics.Find(Uuid topicId) => _partition.Topic;

    private string Read(int follower, long? offset = null)
    {
        var request = new FetchRequest { SessionId = _session, SessionEpoch = _epoch, MaxBytes = 1 << 20 };
        if (_session == 0 || offset is not null)
        {
            var partition = new FetchRequest.FetchPartition { FetchOffset = offset ?? 0, PartitionMaxBytes = 1 << 20, CurrentLeaderEpoch = 0 };
            if (follower > 0) partition.HighWatermark = _partition.HighWatermark.Value.Value;
            request.Topics.Add(new() { TopicId = ReplicaScene.Id, Partitions = [partition] });
        }

        Assert.Equal(ErrorCode.None, _sessions.Begin(request, 18, out var plan));
        (_session, _epoch) = (plan.SessionId, _epoch + 1);
        var isolation = follower > 0 ? FetchIsolation.LogEnd : FetchIsolation.HighWatermark;
        var source = new FetchSource(new BrokerId(follower), new BrokerEpoch(follower > 0 ? 100 + follower : -1), isolation, "", "PLAINTEXT", follower < 0);
        using var reading = new FetchReading(plan, source, _finder, byId: true, 1 << 20, 1);
        reading.ReadAll();
        foreach (var (entry, answer) in reading.Complete())
        {
            using var range = answer.Records.Source;
            if (!plan.Keeps(entry, answer)) continue;
            if (answer.ErrorCode != ErrorCode.None) return answer.ErrorCode.ToString();
            return $"{(answer.Records.Length > 0 ? "records" : "0 bytes")}, high watermark {answer.HighWatermark}";
        }

        return "nothing";
    }
}
