using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests.Retention;

public sealed class RetentionTests
{
    private readonly LogFixture _fixture = new();

    [Fact]
    public void The_oldest_segments_go_while_what_is_left_is_still_large_enough()
    {
        var one = Batches.Of(new string('x', 100)).Length;
        var log = FourSegments(LogSettings.Default with { RetentionMs = -1, RetentionBytes = one * 2 + 1 });
        Assert.Equal(1, log.ApplyRetention(log.LogEndOffset).Segments);
        Assert.Equal(1, log.LogStartOffset.Value);
        Assert.Equal(ErrorCode.OffsetOutOfRange, log.Read(new(0), 1, new HighWatermark(log.LogEndOffset), true).Error);
        Assert.Equal(0, log.ApplyRetention(log.LogEndOffset).Segments);
    }

    [Fact]
    public void Nothing_goes_that_is_not_below_the_high_watermark()
    {
        var log = FourSegments(LogSettings.Default with { RetentionMs = -1, RetentionBytes = 0 });
        Assert.Equal(0, log.DeletableSegments(new(0)));
        Assert.Equal(2, log.DeletableSegments(new(2)));
        Assert.Equal(2, log.ApplyRetention(new(2)).Segments);
        Assert.Equal(2, log.LogStartOffset.Value);
    }

    [Fact]
    public void When_all_is_out_of_time_the_log_ends_empty_and_goes_on_at_its_end()
    {
        var log = FourSegments(LogSettings.Default with { RetentionMs = 1000 });
        _fixture.Clock.NowMs = Batches.Time + 1000;
        Assert.Equal(0, log.ApplyRetention(log.LogEndOffset).Segments);
        _fixture.Clock.NowMs++;
        Assert.Equal(4, log.ApplyRetention(log.LogEndOffset).Segments);
        Assert.Equal((4L, 4L, 0L), (log.LogStartOffset.Value, log.LogEndOffset.Value, log.SizeInBytes));
        Assert.Equal(4, log.AppendOne(Batches.Of("new")).BaseOffset.Value);
        log.Close();
        Assert.Equal([(4L, "new")], _fixture.Open(clean: true, recoveryPoint: 5, logStartOffset: 4).Records());
    }

    [Fact]
    public void The_newest_record_of_a_segment_decides()
    {
        _fixture.Settings = LogSettings.Default with { RetentionMs = 1000, SegmentMs = long.MaxValue };
        var log = _fixture.Create();
        log.Append(0, Batches.At(Batches.Time + 500, "young"), Batches.At(Batches.Time - 5000, "old"));
        log.Roll();
        log.AppendOne(Batches.At(Batches.Time - 9000, "older, but behind"));
        _fixture.Clock.NowMs = Batches.Time + 1500;
        Assert.Equal(0, log.DeletableSegments(log.LogEndOffset));
        _fixture.Clock.NowMs++;
        Assert.Equal(2, log.DeletableSegments(log.LogEndOffset));
    }

    [Fact]
    public void DeleteRecords_moves_the_start_and_segments_below_go_even_without_retention()
    {
        var log = FourSegments(LogSettings.Default with { RetentionMs = -1, Delete = false, Compact = true });
        Assert.Equal(ErrorCode.OffsetOutOfRange, log.DeleteRecords(new(5)));
        Assert.Equal(ErrorCode.None, log.DeleteRecords(new(3)));
        Assert.Equal(3, log.LogStartOffset.Value);
        Assert.Equal(3, log.ApplyRetention(log.LogEndOffset).Segments);
        Assert.Equal(ErrorCode.None, log.DeleteRecords(new(1)));
        Assert.Equal(3, log.LogStartOffset.Value);
        Assert.Equal([3L], log.Records().Select(record => record.Offset));
        Assert.Equal((new LeaderEpoch(0), new Offset(4)), log.EndOffsetFor(new(0)));
    }

    [Fact]
    public void Files_are_renamed_at_once_and_removed_after_the_delay()
    {
        var log = FourSegments(LogSettings.Default with { RetentionMs = -1, RetentionBytes = 0, FileDeleteDelayMs = 500 });
        var early = log.Read(new(0), 1000, new HighWatermark(log.LogEndOffset), true);
        log.ApplyRetention(new(1));
        Assert.Contains("00000000000000000000.log.deleted", _fixture.Files());
        Assert.Contains("00000000000000000000.timeindex.deleted", _fixture.Files());
        Assert.DoesNotContain("00000000000000000000.log", _fixture.Files());
        _fixture.Clock.NowMs += 499;
        Assert.Equal(0, _fixture.Context.Deletions.RunDue());
        _fixture.Clock.NowMs += 1;
        Assert.Equal(3, _fixture.Context.Deletions.RunDue());
        Assert.DoesNotContain(_fixture.Files(), name => name.Contains("deleted", StringComparison.Ordinal));
        Assert.Single(Batches.Headers(early.Bytes()));
    }

    private PartitionLog FourSegments(LogSettings settings)
    {
        _fixture.Settings = settings;
        var log = _fixture.Create();
        for (var i = 0; i < 4; i++)
        {
            if (i > 0) log.Roll();
            log.AppendOne(Batches.Of(new string('x', 100)));
        }

        return log;
    }
}
