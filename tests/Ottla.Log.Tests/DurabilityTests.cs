using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Log.Tests;

public sealed class DurabilityTests
{
    /// <summary>The flush knows bytes that are gone by the time it ends.</summary>
    [Fact]
    public void A_flush_that_a_truncation_overtook_does_not_raise_the_recovery_point()
    {
        Action? during = null;
        var fixture = new LogFixture(before: call =>
        {
            if (call.Operation != FileOperation.Flush || during is not { } act) return;
            during = null;
            act();
        });
        var log = fixture.Create();
        for (var i = 0; i < 6; i++) log.AppendOne(Batches.Of($"{i}"));
        log.Flush();
        log.AppendOne(Batches.Of("7"));
        during = () =>
        {
            log.TruncateTo(new(2));
            for (var i = 0; i < 6; i++) log.AppendOne(Batches.Of($"again {i}"), epoch: 1);
        };
        log.Flush();
        Assert.Equal(2, log.RecoveryPoint.Value);
        log.Flush();
        Assert.Equal(8, log.RecoveryPoint.Value);
    }

    [Fact]
    public void A_flush_within_a_truncation_does_not_raise_it_either()
    {
        Action? during = null;
        var fixture = new LogFixture(before: call =>
        {
            if (call.Operation != FileOperation.SetLength || during is not { } act) return;
            during = null;
            act();
        });
        var log = fixture.Create();
        for (var i = 0; i < 6; i++) log.AppendOne(Batches.Of($"{i}"));
        during = log.Flush;
        log.TruncateTo(new(2));
        Assert.Null(during);
        Assert.InRange(log.RecoveryPoint.Value, 0, 2);
    }

    public static TheoryData<string, bool> Refusals => new()
    {
        { ".log", true }, { ".log", false }, { "leader-epoch-checkpoint", false }, { "weather-0", true }, { "partition.metadata", true },
    };

    /// <summary>The kernel may have dropped the pages: the next fsync succeeds and says nothing of them.</summary>
    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_a_failed_flush_should_have_made_durable_never_counts_as_such(string file, bool isFull)
    {
        var refuses = false;
        var fixture = new LogFixture(before: call =>
        {
            var flushes = call.Operation is FileOperation.Flush or FileOperation.FlushDirectory or FileOperation.Replace;
            if (refuses && flushes && call.Path.EndsWith(file, StringComparison.Ordinal))
                throw isFull ? DiskFault.Full(call.Path) : DiskFault.Broken(call.Path);
        });
        var log = fixture.Create();
        log.AppendOne(Batches.Of("a"));
        refuses = true;
        var fault = Assert.ThrowsAny<IOException>(log.Flush);
        Assert.False(DiskFault.IsFull(fault));
        Assert.Equal(0, log.RecoveryPoint.Value);
        refuses = false;
        if (fault is FlushFailedException)
        {
            Assert.Throws<FlushFailedException>(log.Flush);
            Assert.Equal(0, log.RecoveryPoint.Value);
        }
        else
        {
            log.Flush();
            Assert.Equal(1, log.RecoveryPoint.Value);
        }
    }

    [Fact]
    public void Batches_of_an_earlier_segment_of_the_same_append_have_no_error()
    {
        var fixture = new LogFixture(before: call =>
        {
            if (call.Operation == FileOperation.Write && call.Path.EndsWith("02.log", StringComparison.Ordinal)) throw DiskFault.Full(call.Path);
        });
        fixture.Settings = fixture.Settings with { SegmentBytes = 200 };
        var log = fixture.Create();
        var pending = Enumerable.Range(0, 4).Select(i => Batches.Pending(Batches.From(1, 0, i, $"{i}"))).ToArray();
        Assert.Throws<IOException>(() => log.Append(pending, new(0)));
        Assert.Equal(
            [ErrorCode.None, ErrorCode.None, ErrorCode.KafkaStorageError, ErrorCode.KafkaStorageError],
            pending.Select(batch => batch.Error));
        Assert.Equal(["0", "1"], log.Values());
        Assert.Equal(1, log.ActiveProducers.Single().LastSequence);
    }

    [Fact]
    public void An_error_never_speaks_of_what_is_in_the_log()
    {
        foreach (var file in (string[])["leader-epoch-checkpoint", ".index", ".log"])
        {
            var refuses = false;
            var fixture = new LogFixture(before: call =>
            {
                var writes = call.Operation is FileOperation.Write or FileOperation.Replace;
                if (refuses && writes && call.Path.EndsWith(file, StringComparison.Ordinal)) throw DiskFault.Full(call.Path);
            });
            fixture.Settings = fixture.Settings with { IndexIntervalBytes = 0 };
            var log = fixture.Create();
            log.AppendOne(Batches.From(1, 0, 0, "a"));
            refuses = true;
            var written = 1;
            try
            {
                for (; written < 1000; written++) log.AppendOne(Batches.From(1, 0, written, $"{written}"), epoch: written);
            }
            catch (IOException)
            {
                refuses = false;
            }

            Assert.False(refuses);
            Assert.Equal((written, written - 1), (log.Values().Length, log.LatestEpoch.Value));
            Assert.False(log.AppendOne(Batches.From(1, 0, written, "again"), epoch: written).IsDuplicate);
            Assert.Equal("again", log.Values()[^1]);
        }
    }

    /// <summary>They were in memory alone when the records were flushed, and recovery looks at no segment before that of its point.</summary>
    [Fact]
    public void Recovery_passes_no_segment_over_whose_indexes_are_not_on_the_disk()
    {
        var flushed = new HashSet<string>(StringComparer.Ordinal);
        var fixture = new LogFixture(before: call =>
        {
            if (call.Operation == FileOperation.Flush) flushed.Add(Path.GetFileName(call.Path));
        });
        fixture.Settings = fixture.Settings with { IndexIntervalBytes = 0 };
        var log = fixture.Create();
        for (var i = 0; i < 5; i++) log.AppendOne(Batches.At(1000 + i, "x"));
        log.Flush();
        Assert.Equal(5, log.RecoveryPoint.Value);
        Assert.DoesNotContain("00000000000000000000.timeindex", flushed);
        log.Roll();
        Assert.InRange(log.RecoveryPoint.Value, 0, 4);
        log.Flush(log.ActiveSegmentBaseOffset);
        Assert.Superset(new HashSet<string>(StringComparer.Ordinal) { "00000000000000000000.index", "00000000000000000000.timeindex" }, flushed);
        Assert.Equal(5, log.RecoveryPoint.Value);
        log.AppendOne(Batches.At(2000, "y"));
        log.Flush();
        Assert.Equal(6, log.RecoveryPoint.Value);
    }

    /// <summary>Whichever fsync fails, and whatever the crash behind it takes: what the recovery point speaks of is there.</summary>
    [Fact]
    public void Each_fsync_fails_once()
    {
        var fails = 0;
        while (WithFailing(fails, isFull: true) > fails & WithFailing(fails, isFull: false) > fails) fails++;
        Assert.InRange(fails, 15, 200);
    }

    /// <summary>Answers how many there were.</summary>
    private static int WithFailing(int fails, bool isFull)
    {
        var count = 0;
        var fixture = new LogFixture(canCrash: true, before: call =>
        {
            if (call.Operation is not (FileOperation.Flush or FileOperation.FlushDirectory or FileOperation.FlushVolume) || count++ != fails) return;
            throw isFull ? DiskFault.Full(call.Path) : DiskFault.Broken(call.Path);
        });
        fixture.Settings = fixture.Settings with { SegmentBytes = 300, IndexIntervalBytes = 0 };
        var log = fixture.Create();
        var values = new List<string>();
        var safe = 0L;
        void Append(int epoch, string value)
        {
            log.AppendOne(Batches.From(1, 0, values.Count, value), epoch);
            values.Add(value);
        }

        try
        {
            for (var round = 0; round < 3; round++)
            {
                for (var i = 0; i < 7; i++) Append(2 * round, $"{round}/{i}");
                log.Flush(log.ActiveSegmentBaseOffset);
                safe = log.RecoveryPoint.Value;
                Append(2 * round + 1, "more");
                log.Flush();
                safe = log.RecoveryPoint.Value;
                Assert.Equal(values.Count, safe);
                safe = Math.Min(safe, values.Count - 2);
                log.TruncateTo(new(values.Count - 2));
                values.RemoveRange(values.Count - 2, 2);
            }

            log.Close();
            safe = values.Count;
        }
        catch (IOException fault)
        {
            Assert.IsType<FlushFailedException>(fault);
            Assert.InRange(log.RecoveryPoint.Value, 0, Math.Max(safe, 0));
            if (!log.IsClosed && log.UnflushedMessages > 0 && log.RecoveryPoint.Value == safe) Assert.ThrowsAny<IOException>(log.Flush);
            Assert.InRange(log.RecoveryPoint.Value, 0, Math.Max(safe, 0));
        }

        for (var seed = 0; seed < 3; seed++)
        {
            fixture.Disk.Crash(seed == 0 ? null : new Random(seed));
            var again = fixture.Open(clean: false, safe);
            Assert.InRange(again.LogEndOffset.Value, safe, values.Count + 2);
            var both = Math.Min(values.Count, again.Values().Length);
            Assert.Equal(values.Take(both), again.Values().Take(both));
        }

        return count;
    }
}
