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
            [Protocol.Primitives.ErrorCode.None, Protocol.Primitives.ErrorCode.None, Protocol.Primitives.ErrorCode.KafkaStorageError, Protocol.Primitives.ErrorCode.KafkaStorageError],
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
                if (refuses && call.Operation is FileOperation.Write or FileOperation.Replace && call.Path.EndsWith(file, StringComparison.Ordinal)) throw DiskFault.Full(call.Path);
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
}
