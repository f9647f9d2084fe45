using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests;

public sealed class ReadTests
{
    [Fact]
    public void Fetch_inside_a_batch_returns_the_whole_batch()
    {
        var log = new LogFixture().Create();
        log.Append(0, Batches.Of("a"), Batches.Of("b", "c", "d"), Batches.Of("e"));
        var slice = log.Read(new(2), int.MaxValue, new HighWatermark(log.LogEndOffset), true);
        Assert.Equal((new Offset(1), new Offset(5)), (slice.FirstOffset, slice.NextOffset));
        Assert.Equal([1L, 4], Batches.Headers(slice.Bytes()).Select(header => header.BaseOffset.Value));
    }

    [Fact]
    public void The_end_of_the_log_is_empty_and_what_lies_beyond_is_out_of_range()
    {
        var log = new LogFixture().Create();
        Assert.Equal((ErrorCode.None, 0), log.Read(new(0), 100, new HighWatermark(new(0)), true) is var none ? (none.Error, none.Length) : default);
        log.AppendOne(Batches.Of("a"));
        Assert.Equal((ErrorCode.None, 0), log.Read(new(1), 100, new HighWatermark(new(1)), true) is var end ? (end.Error, end.Length) : default);
        Assert.Equal(ErrorCode.OffsetOutOfRange, log.Read(new(2), 100, new HighWatermark(new(1)), true).Error);
        log.DeleteRecords(new(1));
        Assert.Equal(ErrorCode.OffsetOutOfRange, log.Read(new(0), 100, new HighWatermark(new(1)), true).Error);
    }

    [Fact]
    public void Only_whole_batches_come_and_the_first_one_even_where_it_is_too_large()
    {
        var log = new LogFixture().Create();
        var one = Batches.Of(new string('y', 10_000));
        log.Append(0, [.. Enumerable.Repeat(one, 10)]);
        Assert.Equal(one.Length, log.Read(new(0), 100, new HighWatermark(log.LogEndOffset), true).Bytes().Length);
        Assert.Null(log.Read(new(0), 100, new HighWatermark(log.LogEndOffset), false).Records);
        Assert.Equal(3 * one.Length, log.Read(new(0), 35_000, new HighWatermark(log.LogEndOffset), true).Bytes().Length);
        Assert.Equal(3 * one.Length, log.Read(new(4), 3 * one.Length, new HighWatermark(log.LogEndOffset), false).Bytes().Length);
    }

    [Fact]
    public void Nothing_at_or_past_the_bound_is_given()
    {
        var log = new LogFixture().Create();
        log.Append(0, Batches.Of("a"), Batches.Of("b", "c"), Batches.Of("d"));
        var slice = log.Read(new(0), int.MaxValue, new HighWatermark(new(3)), true);
        Assert.Equal(new Offset(3), slice.NextOffset);
        Assert.Equal([0L, 1], Batches.Headers(slice.Bytes()).Select(header => header.BaseOffset.Value));
        Assert.Null(log.Read(new(3), int.MaxValue, new HighWatermark(new(3)), true).Records);
        Assert.Null(log.Read(new(4), int.MaxValue, new HighWatermark(new(3)), true).Records);
    }

    [Fact]
    public void Every_offset_is_found_with_any_index_and_any_number_of_open_files()
    {
        foreach (var interval in (int[])[0, 100, 4096])
        {
            var fixture = new LogFixture(handlesMax: 1);
            fixture.Settings = fixture.Settings with { IndexIntervalBytes = interval, SegmentBytes = 5000 };
            var log = fixture.Create();
            for (var i = 0; i < 300; i++) log.AppendOne(Batches.Of([.. Enumerable.Range(0, 1 + i % 3).Select(k => $"{i}/{k}")]));
            for (var o = 0; o < log.LogEndOffset.Value; o++)
            {
                var header = Batches.Headers(log.Read(new(o), 1, new HighWatermark(log.LogEndOffset), true).Bytes()).Single();
                Assert.True(header.BaseOffset.Value <= o && header.LastOffset.Value >= o);
            }

            Assert.True(fixture.Disk.OpenFiles <= 1);
        }
    }

    [Fact]
    public void Offsets_that_compaction_removed_are_skipped()
    {
        var log = new LogFixture().Create();
        byte[] At(long offset) => Batches.Of(new BatchOptions { BaseOffset = new(offset), PartitionLeaderEpoch = new(0) }, (1,
            $"{offset}"));
        log.AppendAsFollower([Batches.Pending(At(2)), Batches.Pending(At(10))], new(0));
        log.Roll();
        log.AppendAsFollower([Batches.Pending(At(50))], new(0));
        Assert.Equal(new Offset(10), log.Read(new(3), 1, new HighWatermark(log.LogEndOffset), true) is var slice ? slice.FirstOffset : default);
        slice.Records!.Dispose();
        Assert.Equal([(2L, "2"), (10, "10"), (50, "50")], log.Records());
        Assert.Null(log.Read(new(11), 1, new HighWatermark(new(40)), true).Records);
    }

    [Fact]
    public void A_consumer_that_reads_in_order_needs_neither_index_nor_scan()
    {
        var reads = 0;
        var fixture = new LogFixture(before: call => reads += call.Operation == Ottla.Runtime.Files.FileOperation.Read ? 1 : 0);
        var log = fixture.Create();
        log.AppendOne(Batches.Of("a"));
        log.Read(new(0), 1 << 20, new HighWatermark(log.LogEndOffset), true).Records!.Dispose();
        reads = 0;
        for (var i = 1; i < 20; i++)
        {
            log.AppendOne(Batches.Of("x"));
            var slice = log.Read(new(i), 1 << 20, new HighWatermark(log.LogEndOffset), true);
            Assert.Equal(i + 1, slice.NextOffset.Value);
            slice.Records!.Dispose();
        }

        Assert.Equal(0, reads);
    }

    [Fact]
    public void A_slice_stays_readable_while_its_segment_is_deleted_and_its_directory_moves()
    {
        var fixture = new LogFixture(handlesMax: 1);
        fixture.Settings = fixture.Settings with { RetentionBytes = 0 };
        var log = fixture.Create();
        log.AppendOne(Batches.Of("a"));
        var slice = log.Read(new(0), 1 << 20, new HighWatermark(log.LogEndOffset), true);
        log.ApplyRetention(log.LogEndOffset);
        log.RenameTo("/data/weather-0.gone");
        Assert.Single(Batches.Headers(slice.Bytes()));
        Assert.True(fixture.Disk.DirectoryExists("/data/weather-0.gone"));
        Assert.False(fixture.Disk.DirectoryExists(LogFixture.Directory));
        log.AppendOne(Batches.Of("b"));
        Assert.Equal([(1L, "b")], log.Records());
    }

    [Fact]
    public void The_first_record_at_or_after_a_time_is_found()
    {
        var fixture = new LogFixture();
        fixture.Settings = fixture.Settings with { IndexIntervalBytes = 0, SegmentBytes = 250 };
        var log = fixture.Create();
        foreach (var time in (long[])[5000, 9000, 7000, 12_000, 11_000]) log.AppendOne(Batches.At(time, "x"));
        log.AppendOne(Batches.Of(new BatchOptions { Compression = CompressionType.Gzip }, (13_000, "a"), (15_000, "b"), (14_000, "c")));
        long? At(long time) => log.OffsetForTimestamp(time)?.Offset.Value;
        Assert.Equal([0L, 0, 1, 1, 3, 3, 5, 6, 6, null], new long?[] { At(1), At(5000), At(5001), At(9000), At(9001), At(12_000),
            At(12_001), At(13_001), At(15_000), At(15_001) });
        Assert.Equal(new TimestampedOffset(15_000, new(6), new(0)), log.MaxTimestampOffset());
        log.DeleteRecords(new(4));
        Assert.Equal(4, At(1));
    }

    [Fact]
    public void The_newest_record_is_known_again_after_a_restart()
    {
        foreach (var clean in (bool[])[true, false])
        {
            var fixture = new LogFixture();
            var log = fixture.Create();
            Assert.Null(log.MaxTimestampOffset());
            foreach (var time in (long[])[5000, 9000, 7000]) log.AppendOne(Batches.At(time, "x"));
            log.Close(clean);
            var again = fixture.Open(clean, recoveryPoint: clean ? 3 : 0);
            Assert.Equal(new TimestampedOffset(9000, new(1), new(0)), again.MaxTimestampOffset());
            Assert.Equal(1, again.OffsetForTimestamp(8000)!.Value.Offset.Value);
        }
    }
}
