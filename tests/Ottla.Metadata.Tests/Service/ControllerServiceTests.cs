using System.Collections.Concurrent;
using Ottla.Metadata.Image;
using Ottla.Metadata.Log;
using Ottla.Metadata.Tests.Log;
using Ottla.Metadata.Service;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Voters;
using Ottla.Runtime.Files;

namespace Ottla.Metadata.Tests.Service;

public sealed class ControllerServiceTests
{
    [Fact]
    public async Task A_new_cluster_begins_with_its_features_and_its_node()
    {
        var disk = Formatted();
        var (service, epoch) = await Start(disk);
        var image = service.Image;
        Assert.Equal((33, 2), (image.Features.Level("metadata.version"), image.Features.Level("share.version")));
        Assert.True(image.Cluster.Broker(Brain.Node) is { Fenced: false } broker && broker.Epoch == epoch);
        Assert.Equal("1", image.Configs.Value(ConfigResource.DefaultBroker, "min.insync.replicas"));
        Assert.NotNull(image.Cluster.Controllers[1].Endpoint("CONTROLLER"));
        await service.Stop();
    }

    [Fact]
    public async Task A_dynamic_quorum_takes_its_voters_into_the_log()
    {
        var disk = new Disk();
        Assert.True(disk.Format(request => request with { HasStaticVoters = false,
        Voters = Ottla.Metadata.Formatting.InitialVoters.Standalone }).IsOk);
        var (service, _) = await Start(disk, VoterSet.Empty);
        Assert.Equal(1, service.Image.Features.KRaftVersion);
        await service.Stop();

        using var log = disk.Open();
        var voter = Assert.Single(log.Load(new SharedLists()).Voters!.Voters);
        Assert.Equal((Brain.Node, false), (voter.Id, voter.DirectoryId.IsZero));
        Assert.Contains("\"data_version\":1", log.ReadQuorumState().ToString());
    }

    [Fact]
    public async Task What_was_answered_is_there_after_a_crash_and_the_next_start_leads_a_new_epoch()
    {
        var disk = Formatted(canCrash: true);
        var (service, _) = await Start(disk);
        var first = service.Epoch;
        await Create(service, "kept", partitions: 3);
        disk.Files.Crash();

        var (again, _) = await Start(disk);
        Assert.Equal(3, again.Image.Topics.Find("kept")!.PartitionCount);
        Assert.Equal(new LeaderEpoch(1), again.Image.Topics.Find("kept")!.Partition(2)!.LeaderEpoch);
        Assert.Equal(first.Value + 1, again.Epoch.Value);
        await again.Stop();
    }

    [Fact]
    public async Task After_a_clean_stop_leader_epochs_stay()
    {
        var disk = Formatted();
        var (service, epoch) = await Start(disk);
        await Create(service, "kept", partitions: 1);
        await service.Stop();

        var (again, _) = await Start(disk, previous: epoch);
        Assert.Equal(new LeaderEpoch(0), again.Image.Topics.Find("kept")!.Partition(0)!.LeaderEpoch);
        await again.Stop();
    }

    [Fact]
    public async Task Subscribers_hear_everything_in_order_and_before_the_answer()
    {
        var disk = Formatted();
        var service = ControllerService.Open(Options(disk));
        var early = new Listener();
        service.Subscribe(early);
        await service.Start(Self());
        var creations = Enumerable.Range(0, 50).Select(i => Create(service, $"t{i}", partitions: 1)).ToList();
        for (var i = 0; i < creations.Count; i++)
        {
            await creations[i];
            Assert.NotNull(service.Image.Topics.Find($"t{i}"));
            Assert.Contains($"t{i}", early.Heard);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"t{i}"), early.Heard);
        var late = new Listener();
        service.Subscribe(late);
        await Create(service, "last", partitions: 1);
        Assert.Equal(51, late.Heard.Count);
        Assert.Equal("last", late.Heard.Last());
        await service.Stop();
    }

    [Fact]
    public async Task Decisions_that_wait_share_a_flush()
    {
        var flushes = 0;
        using var gate = new ManualResetEventSlim(true);
        var disk = new Disk(before: call =>
        {
            if (call.Operation != FileOperation.Flush || !call.Path.EndsWith(".log", StringComparison.Ordinal)) return;
            Interlocked.Increment(ref flushes);
            gate.Wait();
        });
        disk.Format();
        var (service, _) = await Start(disk);
        flushes = 0;
        gate.Reset();
        var creations = Enumerable.Range(0, 100).Select(i => Create(service, $"t{i}", partitions: 1)).ToList();
        // what this answers was decided behind all of the above
        await service.DescribeLater();
        Assert.DoesNotContain(creations, creation => creation.IsCompleted);
        gate.Set();
        await Task.WhenAll(creations);
        Assert.InRange(flushes, 1, 3);
        await service.Stop();
    }

    [Fact]
    public async Task A_snapshot_is_written_after_so_many_bytes_and_the_next_start_reads_it()
    {
        var disk = Formatted();
        var limits = new MetadataLogLimits { RecordBytesBetweenSnapshotsMax = 1000 };
        var (service, _) = await Start(disk, limits: limits);
        for (var i = 0; i < 30; i++) await Create(service, $"t{i}", partitions: 2);
        await service.Stop();
        Assert.True(disk.Names().Count(name => name.EndsWith(".checkpoint", StringComparison.Ordinal)) >= 2);

        var (again, _) = await Start(disk, limits: limits);
        Assert.Equal(30, again.Image.Topics.Count);
        await again.Stop();
    }

    [Fact]
    public async Task An_hour_after_the_last_snapshot_the_next_one_is_written()
    {
        var disk = Formatted();
        var (service, _) = await Start(disk);
        await Create(service, "a", partitions: 1);
        Assert.Single(disk.Names(), name => name.EndsWith(".checkpoint", StringComparison.Ordinal));
        disk.Clock.Advance(TimeSpan.FromHours(1));
        await Create(service, "b", partitions: 1);
        await service.Stop();
        Assert.Equal(2, disk.Names().Count(name => name.EndsWith(".checkpoint", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_disk_that_fails_ends_the_node_and_answers_nothing()
    {
        var broken = false;
        var disk = new Disk(before: call =>
        {
            if (broken && call.Operation == FileOperation.Flush) throw new IOException("broken");
        });
        disk.Format();
        var fault = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var service = ControllerService.Open(Options(disk) with { Fault = e => fault.TrySetResult(e) });
        await service.Start(Self());
        broken = true;
        var creation = Create(service, "a", partitions: 1);
        Assert.Contains("broken", (await fault.Task).Message);
        Assert.False(creation.IsCompleted);
        Assert.Null(service.Image.Topics.Find("a"));
    }

    [Fact]
    public void A_quorum_of_several_voters_is_refused_and_nothing_is_written()
    {
        var disk = Formatted();
        var before = disk.Names();
        var voters = Disk.StaticVoters with { Voters = [.. Disk.StaticVoters.Voters, new Voter(new BrokerId(2), Uuid.Zero, [])] };
        var refused = Assert.Throws<MalformedMessageException>(() => ControllerService.Open(Options(disk) with { StaticVoters = voters }));
        Assert.Contains("2 voters", refused.Message);
        Assert.DoesNotContain("quorum-state", disk.Names());
        Assert.Subset(disk.Names().ToHashSet(), before.ToHashSet());
    }

    [Theory]
    [InlineData("metadata.version", 34)]
    [InlineData("share.version", 9)]
    [InlineData("weather.version", 1)]
    public void A_cluster_at_a_level_that_is_not_known_is_refused(string feature, short level)
    {
        var disk = Formatted();
        using (var log = disk.Open())
        {
            log.Append(
                [new(new FeatureLevelRecord { Name = "metadata.version", FeatureLevel = 33 }), new(new FeatureLevelRecord { Name = feature,
                FeatureLevel = level })], new(1), 1);
            log.Flush();
        }

        var refused = Assert.Throws<MalformedMessageException>(() => ControllerService.Open(Options(disk)));
        Assert.Contains($"level {level} of {feature}", refused.Message);
    }

    [Fact]
    public async Task The_quorum_is_described()
    {
        var disk = Formatted();
        var (service, _) = await Start(disk);
        var response = await service.DescribeQuorum(new()
        {
            Topics = [new() { TopicName = "__cluster_metadata", Partitions = [new()] }, new() { TopicName = "x", Partitions = [new()] }],
        });
        var partition = response.Topics[0].Partitions[0];
        Assert.Equal((1, 1, service.Image.Provenance.EndOffset.Value), (partition.LeaderId, partition.LeaderEpoch, partition.HighWatermark));
        Assert.Equal(1, Assert.Single(partition.CurrentVoters).ReplicaId);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, response.Topics[1].Partitions[0].ErrorCode);
        Assert.Equal("CONTROLLER", response.Nodes[0].Listeners[0].Name);
        await service.Stop();
    }

    private static Disk Formatted(bool canCrash = false)
    {
        var disk = new Disk(canCrash);
        Assert.True(disk.Format().IsOk);
        return disk;
    }

    private static ControllerServiceOptions Options(Disk disk) => new()
    {
        Context = disk.Context,
        MetadataLogDir = Disk.Directory,
        Settings = Brain.Settings,
        StaticVoters = Disk.StaticVoters,
        Random = new Random(1),
        Fault = e => Environment.FailFast("a loop failed", e),
    };

    private static SelfRegistration Self(BrokerEpoch? previous = null) => new()
    {
        NodeId = Brain.Node,
        ClusterId = Brain.Settings.ClusterId,
        IncarnationId = new Uuid(3, 3),
        BrokerEndpoints = [new NodeEndpoint("PLAINTEXT", "localhost", 9092, 0)],
        ControllerEndpoints = [new NodeEndpoint("CONTROLLER", "localhost", 9093, 0)],
        Directories = [Brain.Directory],
        PreviousEpoch = previous ?? BrokerEpoch.None,
    };

    private static async Task<(ControllerService Service, BrokerEpoch Epoch)> Start(
        Disk disk, VoterSet? voters = null, BrokerEpoch? previous = null, MetadataLogLimits? limits = null)
    {
        var service = ControllerService.Open(Options(disk) with { StaticVoters = voters ?? Disk.StaticVoters,
        Limits = limits ?? new MetadataLogLimits() });
        var response = await service.Start(Self(previous));
        Assert.Equal(ErrorCode.None, response.Response!.ErrorCode);
        return (service, new BrokerEpoch(response.Response.BrokerEpoch));
    }

    private static async Task Create(ControllerService service, string name, int partitions)
    {
        var request = new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }] };
        var response = await service.Run(controller => controller.Topics.CreateTopics(request), Asker.Self("a test"));
        Assert.Equal(ErrorCode.None, response.Response!.Topics[0].ErrorCode);
    }

    private sealed class Listener : IMetadataSubscriber
    {
        private MetadataImage _last = MetadataImage.Empty;

        public ConcurrentQueue<string> Heard { get; } = [];

        public void Publish(MetadataImage old, MetadataImage image, MetadataDelta delta)
        {
            Assert.Same(_last, old);
            _last = image;
            foreach (var topic in delta.Topics.Changed) Heard.Enqueue(topic.Name);
        }
    }
}

internal static class Probes
{
    /// <summary>Returns once everything that was asked of the service before has been decided.</summary>
    public static async Task DescribeLater(this ControllerService service)
    {
        var decided = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = service.Run(controller =>
        {
            decided.SetResult();
            return controller.Reassignments.ListPartitionReassignments(new());
        }, Asker.Self("a test"));
        await decided.Task;
    }
}
