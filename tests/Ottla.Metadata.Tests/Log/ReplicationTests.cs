using Ottla.Metadata.Image;
using Ottla.Metadata.Log;
using Ottla.Metadata.Records;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Metadata.Tests.Log;

public sealed class ReplicationTests
{
    private readonly Disk _leaderDisk = new();
    private readonly Disk _followerDisk = new();

    public ReplicationTests()
    {
        Assert.True(_leaderDisk.Format().IsOk);
        Assert.True(_followerDisk.Format().IsOk);
    }

    [Fact]
    public void A_follower_takes_the_leaders_batches_as_they_are()
    {
        using var leader = _leaderDisk.Open();
        using var follower = _followerDisk.Open();
        Append(leader, 1, "a", "b");
        Append(leader, 2, "c");
        Assert.Null(follower.AppendAsFollower(Fetch(leader, Offset.Zero)));
        Assert.Equal((leader.LogEndOffset, leader.LatestEpoch), (follower.LogEndOffset, follower.LatestEpoch));
        Assert.Equal(Fetch(leader, Offset.Zero), Fetch(follower, Offset.Zero));
    }

    [Fact]
    public void Half_a_batch_is_left_out_and_the_next_fetch_goes_on_there()
    {
        using var leader = _leaderDisk.Open();
        using var follower = _followerDisk.Open();
        Append(leader, 1, "a");
        Append(leader, 1, "b");
        var all = Fetch(leader, Offset.Zero);
        Assert.Null(follower.AppendAsFollower(all.AsMemory(0, all.Length - 1)));
        Assert.Equal(new Offset(1), follower.LogEndOffset);
        Assert.Null(follower.AppendAsFollower(Fetch(leader, follower.LogEndOffset)));
        Assert.Equal(leader.LogEndOffset, follower.LogEndOffset);
    }

    [Fact]
    public void What_a_bad_leader_sends_is_refused_and_leaves_the_log_as_it_was()
    {
        using var leader = _leaderDisk.Open();
        using var follower = _followerDisk.Open();
        Append(leader, 2, "a");
        Append(leader, 2, "b");
        var all = Fetch(leader, Offset.Zero);
        var later = Fetch(leader, new Offset(1));
        Assert.Contains("offset 1 where the log ends at 0", follower.AppendAsFollower(later));

        var flipped = (byte[])all.Clone();
        flipped[^1] ^= 1;
        Assert.Contains("WrongCrc", follower.AppendAsFollower(flipped));
        Assert.Equal(new Offset(1), follower.LogEndOffset);

        var older = (byte[])later.Clone();
        Ottla.Protocol.Batches.BatchHeader.SetPartitionLeaderEpoch(older, new LeaderEpoch(1));
        Assert.Contains("epoch 1 behind one of epoch 2", follower.AppendAsFollower(older));
        Assert.Equal(new Offset(1), follower.LogEndOffset);
    }

    [Fact]
    public void A_log_that_diverged_and_was_cut_takes_what_the_leader_has()
    {
        using var leader = _leaderDisk.Open();
        using var follower = _followerDisk.Open();
        Append(leader, 1, "a", "b");
        Assert.Null(follower.AppendAsFollower(Fetch(leader, Offset.Zero)));
        Append(follower, 2, "lost");
        Append(leader, 3, "c");

        Assert.NotNull(follower.AppendAsFollower(Fetch(leader, new Offset(2))));
        follower.TruncateTo(new Offset(2));
        Assert.Equal((new Offset(2), new LeaderEpoch(1)), (follower.LogEndOffset, follower.LatestEpoch));
        Assert.Null(follower.AppendAsFollower(Fetch(leader, follower.LogEndOffset)));
        Assert.Equal(Fetch(leader, Offset.Zero), Fetch(follower, Offset.Zero));
    }

    [Fact]
    public void What_was_cut_does_not_come_back_after_a_crash()
    {
        var disk = new Disk(canCrash: true);
        Assert.True(disk.Format().IsOk);
        using (var log = disk.Open())
        {
            Append(log, 1, "a");
            Append(log, 1, "b");
            log.Flush();
            log.TruncateTo(new Offset(1));
            disk.Files.Crash();
        }

        using var again = disk.Open();
        Assert.Equal(new Offset(1), again.LogEndOffset);
    }

    [Fact]
    public void Whoever_is_behind_the_logs_start_gets_the_latest_snapshot_in_pieces()
    {
        var limits = new MetadataLogLimits { RetentionBytes = 1, SegmentBytes = 200, DeleteDelayMs = 0 };
        using var leader = _leaderDisk.Open(limits);
        var image = MetadataImage.Empty;
        for (var turn = 0; turn < 3; turn++)
        {
            Append(leader, 1, $"t{turn}a", $"t{turn}b", $"t{turn}c");
            image = leader.Load(new SharedLists()).Image;
            leader.Flush();
            leader.SnapshotWritten(image.Provenance, leader.WriteSnapshot(image, null), 0);
        }

        Assert.True(leader.LogStartOffset > Offset.Zero);
        using var follower = _followerDisk.Open();
        var latest = image.Provenance;
        Assert.Equal(latest, leader.LatestSnapshot);

        using var source = leader.OpenSnapshot(latest)!;
        using (var half = follower.BeginSnapshot(latest))
        {
            Assert.True(half.Append(new byte[100]));
            Assert.Throws<MalformedMessageException>(() => follower.Install(half));
        }

        Assert.DoesNotContain(_followerDisk.Names(), name => name.EndsWith(".part", StringComparison.Ordinal));
        using var download = follower.BeginSnapshot(latest);
        var piece = new byte[64];
        while (download.Bytes < source.Bytes) Assert.True(download.Append(piece.AsSpan(0, source.Read(download.Bytes, piece))));
        follower.Install(download);
        Assert.Equal((latest.EndOffset, latest.EndOffset, latest.Epoch), (follower.LogStartOffset, follower.LogEndOffset, follower.LatestEpoch));
        Assert.Equal(ImageText.Of(image), ImageText.Of(follower.Load(new SharedLists()).Image));

        Append(leader, 1, "later");
        Assert.Null(follower.AppendAsFollower(Fetch(leader, follower.LogEndOffset)));
        Assert.Equal(leader.LogEndOffset, follower.LogEndOffset);
        Assert.Null(leader.OpenSnapshot(At(1, 1)));
    }

    private static OffsetAndEpoch At(long offset, int epoch) => new(new Offset(offset), new LeaderEpoch(epoch));

    private static void Append(MetadataLog log, int epoch, params string[] topics)
    {
        var records = topics.Select((name, i) => new VersionedRecord(new TopicRecord { Name = name,
        TopicId = new Uuid(5, (ulong)(log.LogEndOffset.Value + i)) })).ToList();
        log.Append(records, new LeaderEpoch(epoch), 1);
    }

    private static byte[] Fetch(MetadataLog log, Offset from)
    {
        var slice = log.Read(from, int.MaxValue);
        using var records = slice.Records!;
        var bytes = new byte[records.Length];
        Assert.Equal(bytes.Length, records.ReadInto(bytes));
        return bytes;
    }
}
