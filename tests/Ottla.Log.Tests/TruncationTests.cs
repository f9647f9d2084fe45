using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests;

public sealed class TruncationTests
{
    [Fact]
    public void Batches_that_reach_the_offset_go_and_the_next_record_gets_it()
    {
        var fixture = new LogFixture();
        var log = fixture.Create();
        log.Append(0, Batches.Of("a", "b"), Batches.Of("c", "d", "e"), Batches.Of("f"));
        log.Flush();
        Assert.True(log.TruncateTo(new(3)));
        Assert.Equal((3L, 3L), (log.LogEndOffset.Value, log.RecoveryPoint.Value));
        Assert.Equal([(0L, "a"), (1, "b")], log.Records());
        Assert.Equal(3, log.AppendOne(Batches.Of("new")).BaseOffset.Value);
        Assert.Equal([(0L, "a"), (1, "b"), (3, "new")], log.Records());
        Assert.False(log.TruncateTo(new(4)));
    }

    [Fact]
    public void Segments_behind_the_offset_go_with_their_snapshots_and_epochs()
    {
        var fixture = new LogFixture();
        var log = fixture.Create();
        for (var i = 0; i < 4; i++)
        {
            log.AppendOne(Batches.From(1, 0, i, $"{i}"), epoch: i);
            log.Roll();
        }

        Assert.True(log.TruncateTo(new(2)));
        Assert.Equal([0L, 1, 2], log.SegmentSizes.Select(segment => segment.BaseOffset.Value));
        Assert.Equal(1, log.LatestEpoch.Value);
        Assert.Equal(1, Assert.Single(log.ActiveProducers).LastSequence);
        Assert.DoesNotContain("00000000000000000003.snapshot", fixture.Files());
        Assert.Contains("00000000000000000003.log.deleted", fixture.Files());
        fixture.Clock.NowMs += 60_000;
        fixture.Context.Deletions.RunDue();
        Assert.DoesNotContain(fixture.Files(), name => name.EndsWith(".deleted", StringComparison.Ordinal));
        Assert.True(log.AppendOne(Batches.From(1, 0, 1, "1")).IsDuplicate);
        Assert.Equal(2, log.AppendOne(Batches.From(1, 0, 2, "other")).BaseOffset.Value);
    }

    [Fact]
    public void Below_the_first_segment_everything_goes()
    {
        var fixture = new LogFixture();
        var log = fixture.Create();
        log.AppendOne(Batches.Of("a"));
        log.TruncateFullyAndStartAt(new(100));
        Assert.Equal((100L, 100L, 0L), (log.LogStartOffset.Value, log.LogEndOffset.Value, log.SizeInBytes));
        Assert.Contains("00000000000000000100.log", fixture.Files());
        log.AppendOne(Batches.Of("b"));
        Assert.True(log.TruncateTo(new(50)));
        Assert.Equal((50L, 50L), (log.LogStartOffset.Value, log.LogEndOffset.Value));
        Assert.Equal(LeaderEpoch.None, log.LatestEpoch);
        Assert.Equal(50, fixture.Open(clean: false).LogEndOffset.Value);
    }

    [Fact]
    public void A_reader_never_gets_bytes_from_before_the_truncation()
    {
        var log = new LogFixture().Create();
        log.Append(0, Batches.Of("aaaaaaaaaaaaaaaaaaaa"), Batches.Of("b"), Batches.Of("c"));
        log.Records(maxBytes: 1);
        log.TruncateTo(new(0));
        log.Append(1, Batches.Of("x"), Batches.Of("yyyyyyyyyyyyyyy"), Batches.Of("z"));
        for (var i = 0; i < 3; i++)
        {
            var header = Batches.Headers(log.Read(new(i), 1, new HighWatermark(log.LogEndOffset), true).Bytes()).Single();
            Assert.Equal((i, 1), (header.BaseOffset.Value, header.PartitionLeaderEpoch.Value));
        }
    }
}
