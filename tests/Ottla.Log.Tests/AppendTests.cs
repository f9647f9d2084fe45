using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Log.Tests;

public sealed class AppendTests
{
    [Fact]
    public void An_empty_partition_has_nothing_on_the_disk_but_its_topic_id()
    {
        var fixture = new LogFixture();
        var log = fixture.Create();
        Assert.Equal(["partition.metadata"], fixture.Files());
        Assert.Equal("version: 0\ntopic_id: ASNFZ4mrze8RIjNEVWZ3iA"u8.ToArray(), fixture.Bytes("partition.metadata"));
        Assert.Equal((Offset.Zero, Offset.Zero, 0L), (log.LogStartOffset, log.LogEndOffset, log.SizeInBytes));
        log.Close();
        Assert.Equal(["partition.metadata"], fixture.Files());
        Assert.Equal(0, fixture.Disk.OpenFiles);
        Assert.Equal(LogFixture.TopicId, fixture.Open(clean: true).TopicId);
    }

    [Fact]
    public void Batches_get_offsets_and_the_leader_epoch_and_keep_their_checksum()
    {
        var fixture = new LogFixture();
        var log = fixture.Create();
        var done = log.Append(7, Batches.Of("a", "b"), Batches.Of("c"), Batches.Of("d", "e", "f"));
        Assert.Equal([0L, 2, 3], done.Select(batch => batch.BaseOffset.Value));
        Assert.All(done, batch => Assert.Equal((ErrorCode.None, -1L, false), (batch.Error, batch.LogAppendTime, batch.IsDuplicate)));
        Assert.Equal(6, log.LogEndOffset.Value);
        Assert.Equal(new LeaderEpoch(7), log.LatestEpoch);
        var headers = Batches.Headers(fixture.Bytes("00000000000000000000.log"));
        Assert.All(headers, header => Assert.Equal(7, header.PartitionLeaderEpoch.Value));
        Assert.Equal(["a", "b", "c", "d", "e", "f"], log.Values());
    }

    [Fact]
    public void The_batches_of_a_turn_are_written_with_one_call()
    {
        var writes = 0;
        var fixture = new LogFixture(before: call => writes += call is { Operation: FileOperation.Write }
            && call.Path.EndsWith(".log", StringComparison.Ordinal) ? 1 : 0);
        var log = fixture.Create();
        log.Append(0, [.. Enumerable.Range(0, 50).Select(i => Batches.Of($"{i}"))]);
        Assert.Equal(1, writes);
        Assert.Equal(50, log.Values().Length);
    }

    [Fact]
    public void The_time_of_the_append_is_answered_where_the_batch_carries_it()
    {
        var log = new LogFixture().Create();
        var batch = Batches.Of(new BatchOptions { LogAppendTimeMs = 42 }, (1, "x"));
        Assert.Equal(42, log.AppendOne(batch).LogAppendTime);
    }

    [Fact]
    public void A_batch_larger_than_a_segment_is_refused_and_the_others_are_not()
    {
        var fixture = new LogFixture();
        fixture.Settings = fixture.Settings with { SegmentBytes = 200 };
        var log = fixture.Create();
        var done = log.Append(0, Batches.Of("a"), Batches.Of(new string('x', 300)), Batches.Of("b"));
        Assert.Equal([ErrorCode.None, ErrorCode.RecordListTooLarge, ErrorCode.None], done.Select(batch => batch.Error));
        Assert.Equal(["a", "b"], log.Values());
    }

    [Fact]
    public void A_segment_rolls_before_the_batch_that_does_not_fit_even_within_a_turn()
    {
        var fixture = new LogFixture();
        var one = Batches.Of(new string('x', 100));
        fixture.Settings = fixture.Settings with { SegmentBytes = one.Length * 2 };
        var log = fixture.Create();
        log.Append(0, one, one, one, one, one);
        Assert.Equal([(new Offset(0), one.Length * 2), (new Offset(2), one.Length * 2), (new Offset(4), one.Length)], log.SegmentSizes);
        Assert.Equal(5, log.Records().Count);
        Assert.Equal(5, log.Records(maxBytes: 1).Count);
    }

    [Fact]
    public void A_segment_rolls_by_the_timestamps_of_its_records()
    {
        var fixture = new LogFixture();
        fixture.Settings = fixture.Settings with { SegmentMs = 1000 };
        var log = fixture.Create();
        log.AppendOne(Batches.At(5000, "first"));
        log.AppendOne(Batches.At(6000, "not yet"));
        log.AppendOne(Batches.At(6001, "rolls"));
        Assert.Equal([0L, 2], log.SegmentSizes.Select(segment => segment.BaseOffset.Value));
    }

    [Fact]
    public void A_segment_without_timestamps_rolls_by_its_age()
    {
        var fixture = new LogFixture();
        fixture.Settings = fixture.Settings with { SegmentMs = 1000 };
        var log = fixture.Create();
        log.AppendOne(Batches.At(-1, "a"));
        fixture.Clock.NowMs += 1000;
        log.AppendOne(Batches.At(-1, "b"));
        fixture.Clock.NowMs += 1;
        log.AppendOne(Batches.At(-1, "c"));
        Assert.Equal([0L, 2], log.SegmentSizes.Select(segment => segment.BaseOffset.Value));
    }

    [Fact]
    public void A_segment_rolls_when_its_index_is_full()
    {
        var fixture = new LogFixture();
        fixture.Settings = fixture.Settings with { SegmentIndexBytes = 24, IndexIntervalBytes = 0 };
        var log = fixture.Create();
        for (var i = 0; i < 8; i++) log.AppendOne(Batches.At(-1, "x"));
        Assert.Equal([0L, 4], log.SegmentSizes.Select(segment => segment.BaseOffset.Value));
    }

    [Fact]
    public void A_segment_rolls_before_an_offset_that_its_index_cannot_hold()
    {
        var log = new LogFixture().Create();
        Batches.Append(log, 0, Batches.Of("near"));
        var far = Batches.Of(new BatchOptions { BaseOffset = new(1L + int.MaxValue), PartitionLeaderEpoch = new(0) }, (1, "far"));
        var pending = new[] { Batches.Pending(far) };
        log.AppendAsFollower(pending, new(0));
        Assert.Equal(ErrorCode.None, pending[0].Error);
        Assert.Equal([0L, 1L + int.MaxValue], log.SegmentSizes.Select(segment => segment.BaseOffset.Value));
        Assert.Equal(["near", "far"], log.Values());
    }

    [Fact]
    public void A_write_that_fails_leaves_no_trace_and_the_next_one_succeeds()
    {
        var isFull = false;
        var fixture = new LogFixture(before: call =>
        {
            if (isFull && call.Operation == FileOperation.Write && call.Path.EndsWith(".log", StringComparison.Ordinal)) throw DiskFault.Full(call.Path);
        });
        var log = fixture.Create();
        log.AppendOne(Batches.From(1, 0, 0, "a"));
        isFull = true;
        var fault = Assert.Throws<IOException>(() => log.Append(0, Batches.From(1, 0, 1, "b"), Batches.From(2, 0, 0, "new producer")));
        Assert.True(DiskFault.IsFull(fault));
        Assert.Equal(["a"], log.Values());
        Assert.Single(log.ActiveProducers);
        isFull = false;
        Assert.Equal((ErrorCode.None, false, 1L), log.AppendOne(Batches.From(1, 0, 1, "b")) is var b
            ? (b.Error, b.IsDuplicate, b.BaseOffset.Value) : default);
        log.AppendOne(Batches.From(2, 0, 0, "c"));
        Assert.Equal(["a", "b", "c"], log.Values());
        log.Close();
        Assert.Equal(["a", "b", "c"], fixture.Open(clean: true, recoveryPoint: 3).Values());
    }

    [Fact]
    public void A_write_that_fails_half_way_is_written_over()
    {
        var fixture = new LogFixture();
        var log = fixture.Create();
        log.AppendOne(Batches.Of("a"));
        fixture.Disk.CapacityBytes = fixture.Disk.UsedBytes + 100;
        Assert.Throws<IOException>(() => log.Append(0, Batches.Of("b"), Batches.Of("c"), Batches.Of("d")));
        Assert.Equal(["a"], log.Values());
        fixture.Disk.CapacityBytes = 1 << 20;
        log.AppendOne(Batches.Of("e"));
        Assert.Equal(["a", "e"], log.Values());
        Assert.Equal(2, Batches.Headers(fixture.Bytes("00000000000000000000.log")).Count);
    }

    [Fact]
    public void A_flush_is_due_once_flush_messages_records_are_not_on_the_disk()
    {
        var fixture = new LogFixture();
        fixture.Settings = fixture.Settings with { FlushMessages = 3 };
        var log = fixture.Create();
        log.AppendOne(Batches.Of("a", "b"));
        Assert.False(log.IsFlushDue);
        log.AppendOne(Batches.Of("c"));
        Assert.True(log.IsFlushDue);
        log.Flush();
        Assert.Equal((false, 3L), (log.IsFlushDue, log.RecoveryPoint.Value));
    }

    [Fact]
    public void Flush_ms_flushes_what_is_older()
    {
        var fixture = new LogFixture();
        fixture.Settings = fixture.Settings with { FlushMs = 500 };
        var log = fixture.Create();
        log.AppendOne(Batches.Of("a"));
        Assert.False(log.FlushIfDue());
        fixture.Clock.NowMs += 500;
        Assert.True(log.FlushIfDue());
        Assert.Equal(1, log.RecoveryPoint.Value);
        Assert.False(log.FlushIfDue());
    }
}
