using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Shards;
using Ottla.Broker.Replication;
using Ottla.Broker.Tests.Coordination;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Replication;

/// <summary>`__consumer_offsets` on three replicas, of which this broker leads one, and the coordinator upon it.</summary>
public sealed class OffsetsLogTests
{
    private static readonly int[] All = [1, 2, 3];
    private static readonly LeaderEpoch E0 = new(0);

    private readonly MemoryFileSystem _files = new();
    private readonly ReplicaScene _scene;
    private readonly Partition _partition;
    private readonly OffsetsLog _log;

    public OffsetsLogTests()
    {
        _scene = new ReplicaScene(_files);
        _partition = _scene.Host(GroupCoordinator.OffsetsTopic, All);
        _log = new OffsetsLog(number => number == 0 ? _partition : null, _scene.Time);
    }

    private static OffsetsRecord Record(string group, int offset) => RecordCodec.Write(
        new(new OffsetCommitKey { Group = group, Topic = "orders" }, new OffsetCommitValue { Offset = offset, ExpireTimestamp = -1 }));

    private static async Task<OffsetsAppend> Append(OffsetsLog log, LeaderEpoch epoch, params OffsetsRecord[] records) => await log.Append(0, epoch, records);

    private void Everybody(long has)
    {
        ReplicaScene.Fetch(_partition, 2, has);
        ReplicaScene.Fetch(_partition, 3, has);
    }

    [Fact]
    public async Task Records_are_committed_when_all_replicas_in_sync_have_them()
    {
        var first = await Append(_log, E0, Record("a", 1), Record("b", 2));
        Assert.Equal((ErrorCode.None, Offset.Zero, false), (first.Error, first.Base, first.Committed.IsCompleted));
        Everybody(2);
        Assert.Equal(ErrorCode.None, await first.Committed.WaitAsync(Patience.Long));
    }

    [Fact]
    public async Task An_append_of_another_epoch_changes_nothing()
    {
        _scene.Apply(_partition, All, All, leader: 1, epoch: 2, partitionEpoch: 1);
        Assert.Equal(ErrorCode.FencedLeaderEpoch, (await Append(_log, E0, Record("a", 1))).Error);
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, (await Append(_log, new LeaderEpoch(3), Record("a", 1))).Error);
        Assert.Equal(Offset.Zero, _partition.Log!.LogEndOffset);
        Assert.Equal(ErrorCode.FencedLeaderEpoch, _log.Read(0, E0, Offset.None).Error);
        _scene.Apply(_partition, All, All, leader: 2, epoch: 4, partitionEpoch: 2);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await Append(_log, new LeaderEpoch(4), Record("a", 1))).Error);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, _log.Read(1, E0, Offset.None).Error);
    }

    [Fact]
    public async Task What_is_read_to_the_end_is_committed_when_the_replicas_have_it()
    {
        for (var i = 0; i < 5; i++) await Append(_log, E0, Record("g" + i, i));
        var read = _log.Read(0, E0, Offset.None);
        Assert.Equal((ErrorCode.None, 5, 5L), (read.Error, read.Batches.Count, read.Next.Value));
        Assert.Equal(["g0", "g1", "g2", "g3", "g4"], read.Batches.Select(b => ((OffsetCommitKey)RecordCodec.Read(b.Records[0].Record)!.Value.Key).Group));
        Assert.False(read.Committed!.IsCompleted);
        Everybody(5);
        Assert.Equal(ErrorCode.None, await read.Committed.WaitAsync(Patience.Long));
        Assert.Equal(ErrorCode.None, await _log.Read(0, E0, read.Next).Committed!);
    }

    [Fact]
    public async Task A_damaged_batch_is_not_passed_over()
    {
        await Append(_log, E0, Record("a", 1));
        await Append(_log, E0, Record("b", 2));
        var path = $"/data/{GroupCoordinator.OffsetsTopic}-0/00000000000000000000.log";
        using (var file = _files.Open(path, OpenFor.Writing))
        {
            var at = file.Length - 3;
            var one = new byte[1];
            file.Read(at, one);
            one[0] ^= 0x55;
            file.Write(at, one);
        }
        var refused = Assert.Throws<MalformedMessageException>(() => _log.Read(0, E0, Offset.None));
        Assert.Contains("offset 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_coordinator_answers_when_the_replicas_have_it_and_goes_when_the_leadership_does()
    {
        var topics = new Topics();
        topics.Add("orders", 1);
        topics.Add(GroupCoordinator.OffsetsTopic, 1);
        var coordinator = new GroupCoordinator(new GroupSettings(), _log, topics, _scene.Time, new Random(1), NullLogger.Instance, fault => Assert.Fail(fault.ToString()));
        await coordinator.OnElected(0, E0);
        var commit = CoordinatorScene.Commit(coordinator, "g", 7);
        await Patience.Until(() => _partition.Log!.LogEndOffset.Value == 1);
        Assert.False(commit.IsCompleted);
        Everybody(1);
        Assert.Equal(ErrorCode.None, await commit.WaitAsync(Patience.Long));
        var lost = CoordinatorScene.Commit(coordinator, "g", 8);
        await Patience.Until(() => _partition.Log!.LogEndOffset.Value == 2);
        _scene.Apply(_partition, All, [2, 3], leader: 2, epoch: 1, partitionEpoch: 1);
        coordinator.OnResigned(0);
        Assert.Equal(ErrorCode.NotCoordinator, await lost.WaitAsync(Patience.Long));
        await coordinator.Stop();
    }
}
