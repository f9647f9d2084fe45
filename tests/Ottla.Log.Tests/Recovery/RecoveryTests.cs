using Ottla.Log.Segments;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests.Recovery;

public sealed class RecoveryTests
{
    private const string FirstLog = "00000000000000000000.log";
    private const string FirstIndex = "00000000000000000000.index";
    private const string FirstTimeIndex = "00000000000000000000.timeindex";

    private readonly LogFixture _fixture = new();

    [Fact]
    public void A_torn_tail_is_cut_and_every_record_before_it_is_kept()
    {
        var whole = Batches.Of("torn");
        for (var kept = 1; kept < whole.Length; kept++)
        {
            var fixture = new LogFixture();
            fixture.Create().Append(0, Batches.Of("a"), Batches.Of("b"));
            fixture.AppendGarbage(FirstLog, whole[..kept]);
            var log = fixture.Open(clean: false);
            Assert.Equal(new LogRecovery(1, fixture.Bytes(FirstLog).Length + kept, kept), log.Recovery);
            Assert.Equal(["a", "b"], log.Values());
            log.AppendOne(Batches.Of("c"));
            Assert.Equal(["a", "b", "c"], log.Values());
        }
    }

    [Fact]
    public void A_batch_with_a_wrong_checksum_ends_the_log()
    {
        _fixture.Create().Append(0, Batches.Of("a"), Batches.Of("b"), Batches.Of("c"));
        var bytes = _fixture.Bytes(FirstLog);
        bytes[bytes.Length - Batches.Of("c").Length - 1] ^= 1;
        _fixture.Overwrite(FirstLog, bytes);
        var log = _fixture.Open(clean: false);
        Assert.Equal(["a"], log.Values());
        Assert.Equal(1, log.LogEndOffset.Value);
        Assert.Equal(Batches.Of("b").Length + Batches.Of("c").Length, log.Recovery.BytesCut);
    }

    [Fact]
    public void Offsets_that_go_back_end_the_log()
    {
        _fixture.Create().Append(0, Batches.Of("a"), Batches.Of("b"));
        _fixture.AppendGarbage(FirstLog, Batches.Of(new BatchOptions { BaseOffset = new(1), PartitionLeaderEpoch = new(0) }, (1, "again")));
        Assert.Equal(["a", "b"], _fixture.Open(clean: false).Values());
    }

    [Fact]
    public void What_lies_before_the_recovery_point_is_not_read_again()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.Of("a"));
        log.Roll();
        log.AppendOne(Batches.Of("b"));
        log.Flush();
        var again = _fixture.Open(clean: false, recoveryPoint: 2);
        Assert.Equal(1, again.Recovery.SegmentsRecovered);
        Assert.Equal(Batches.Of("b").Length, again.Recovery.BytesRecovered);
        Assert.Equal(2, again.RecoveryPoint.Value);
    }

    [Fact]
    public void Segments_behind_a_broken_batch_are_removed()
    {
        var log = _fixture.Create();
        for (var i = 0; i < 3; i++)
        {
            log.AppendOne(Batches.Of($"{i}"));
            log.Roll();
        }

        var bytes = _fixture.Bytes("00000000000000000001.log");
        bytes[^1] ^= 1;
        _fixture.Overwrite("00000000000000000001.log", bytes);
        var again = _fixture.Open(clean: false);
        Assert.Equal(["0"], again.Values());
        Assert.Equal([0L, 1], again.SegmentSizes.Select(segment => segment.BaseOffset.Value));
        Assert.Equal(1, again.AppendOne(Batches.Of("new")).BaseOffset.Value);
        Assert.Equal(["0", "new"], again.Values());
    }

    [Fact]
    public void After_a_clean_stop_no_file_but_the_small_ones_is_opened()
    {
        var opened = new List<string>();
        var fixture = new LogFixture(before: call =>
        {
            if (call.Operation == Ottla.Runtime.Files.FileOperation.Open) opened.Add(Path.GetExtension(call.Path));
        });
        var log = fixture.Create();
        log.Append(4, Batches.Of("a"), Batches.Of("b"));
        log.Close();
        opened.Clear();
        var again = fixture.Open(clean: true, recoveryPoint: 2, activeBytes: log.ActiveSegmentBytes);
        Assert.Equal(2, again.LogEndOffset.Value);
        Assert.Equal([".metadata", ".snapshot"], opened.Order(StringComparer.Ordinal));
        again.Close();
        Assert.Equal(2, opened.Count);
        Assert.Equal(["a", "b"], again.Values());
    }

    [Fact]
    public void A_clean_end_without_a_snapshot_is_found_by_walking()
    {
        _fixture.Settings = _fixture.Settings with { IndexIntervalBytes = 0 };
        var log = _fixture.Create();
        for (var i = 0; i < 20; i++) log.AppendOne(Batches.Of($"{i}"));
        log.Close();
        _fixture.Disk.DeleteFile($"{LogFixture.Directory}/00000000000000000020.snapshot");
        Assert.Equal(20, _fixture.Open(clean: true, recoveryPoint: 20).LogEndOffset.Value);
        Assert.Equal(20, _fixture.Open(clean: true).LogEndOffset.Value);
    }

    [Fact]
    public void A_clean_stop_cuts_the_indexes_to_their_entries()
    {
        _fixture.Settings = _fixture.Settings with { IndexIntervalBytes = 0 };
        var log = _fixture.Create();
        for (var i = 0; i < 3; i++) log.AppendOne(Batches.At(1000 + i, "x"));
        log.Close();
        Assert.Equal(2 * OffsetIndex.EntryBytes, _fixture.Bytes(FirstIndex).Length);
        Assert.Equal(2 * TimeIndex.EntryBytes, _fixture.Bytes(FirstTimeIndex).Length);
    }

    [Fact]
    public void Preallocated_indexes_of_a_killed_Kafka_are_read_without_their_zeros()
    {
        _fixture.Settings = _fixture.Settings with { IndexIntervalBytes = 0, SegmentBytes = 400 };
        var log = _fixture.Create();
        for (var i = 0; i < 12; i++) log.AppendOne(Batches.At(1000 + i, "x"));
        log.Close();
        foreach (var name in (string[])[FirstIndex, FirstTimeIndex]) _fixture.AppendGarbage(name, new byte[4095]);
        var again = _fixture.Open(clean: true, recoveryPoint: 12);
        for (var i = 0; i < 12; i++) Assert.Equal(i, again.OffsetForTimestamp(1000 + i)!.Value.Offset.Value);
        Assert.Equal(12, again.Records(maxBytes: 1).Count);
    }

    [Theory]
    [InlineData(FirstIndex)]
    [InlineData(FirstTimeIndex)]
    public void An_index_that_is_lost_or_does_not_fit_is_built_anew(string name)
    {
        foreach (var damage in (byte[]?[])[null, [1, 2, 3], [0x7f, 0, 0, 0, 0, 0, 0, 1, 0x7f, 0, 0, 0, 0, 0, 0, 1, 0x80, 0, 0, 0, 0, 0, 0, 1]])
        {
            var fixture = new LogFixture();
            fixture.Settings = fixture.Settings with { SegmentBytes = 30_000 };
            var log = fixture.Create();
            for (var i = 0; i < 40; i++) log.AppendOne(Batches.At(1000 + i, new string('x', 1000)));
            log.Close();
            var before = fixture.Bytes(name);
            if (damage is null) fixture.Disk.DeleteFile($"{LogFixture.Directory}/{name}");
            else fixture.Overwrite(name, damage);
            var again = fixture.Open(clean: true, recoveryPoint: 40);
            Assert.Equal(5, again.OffsetForTimestamp(1005)!.Value.Offset.Value);
            Assert.Equal(17, again.Read(new(17), 1, new HighWatermark(new(40)), true) is var slice ? slice.FirstOffset.Value : 0);
            slice.Records!.Dispose();
            Assert.Equal(before, fixture.Bytes(name));
        }
    }

    [Fact]
    public void Leftovers_of_a_crash_are_cleared_away()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.Of("a"));
        log.Close();
        foreach (var name in (string[])["00000000000000000000.log.deleted", "00000000000000000000.log.cleaned", "00000000000000000007.index", "leader-epoch-checkpoint.tmp"])
            _fixture.Overwrite(name, [1]);
        Assert.Equal(["a"], _fixture.Open(clean: true, recoveryPoint: 1).Values());
        Assert.Equal(["00000000000000000000.index", "00000000000000000000.log", "00000000000000000000.timeindex",
            "00000000000000000001.snapshot",
            "leader-epoch-checkpoint", "partition.metadata"], _fixture.Files());
    }

    [Fact]
    public void A_compacted_segment_that_was_about_to_replace_others_replaces_them()
    {
        var log = _fixture.Create();
        for (var i = 0; i < 3; i++)
        {
            log.AppendOne(Batches.Of($"{i}"));
            log.Roll();
        }

        log.Close();
        _fixture.Overwrite("00000000000000000000.log.swap", Batches.Of(new BatchOptions { BaseOffset = new(1),
            PartitionLeaderEpoch = new(0) }, (1, "compacted")));
        var again = _fixture.Open(clean: true, recoveryPoint: 3);
        Assert.Equal([(1L, "compacted"), (2, "2")], again.Records());
        Assert.Equal([0L, 2, 3], again.SegmentSizes.Select(segment => segment.BaseOffset.Value));
    }

    [Fact]
    public void A_log_start_behind_the_end_leaves_an_empty_log_there()
    {
        _fixture.Create().AppendOne(Batches.Of("a"));
        var log = _fixture.Open(clean: false, logStartOffset: 10);
        Assert.Equal((10L, 10L), (log.LogStartOffset.Value, log.LogEndOffset.Value));
        Assert.Equal(10, log.AppendOne(Batches.Of("b")).BaseOffset.Value);
    }

    [Fact]
    public void Snapshots_are_kept_for_each_segment_and_the_end()
    {
        var log = _fixture.Create();
        for (var i = 0; i < 3; i++)
        {
            if (i > 0) log.Roll();
            log.AppendOne(Batches.From(1, 0, i, "x"));
        }

        log.Close();
        log = _fixture.Open(clean: true, recoveryPoint: 3);
        log.AppendOne(Batches.From(1, 0, 3, "x"));
        log.Close();
        _fixture.Open(clean: true, recoveryPoint: 4);
        Assert.Equal([1L, 2, 4], _fixture.Files().Where(name => name.EndsWith(".snapshot",
            StringComparison.Ordinal)).Select(name => long.Parse(name[..20])));
    }

    /// <summary>The disk lost bytes that a clean stop had left on it.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void A_clean_log_whose_tail_was_lost_is_recovered_and_goes_on_readable(bool isNoted, bool atBoundary)
    {
        _fixture.Settings = _fixture.Settings with { IndexIntervalBytes = 0 };
        var log = _fixture.Create();
        for (var i = 0; i < 20; i++) log.AppendOne(Batches.From(1, 0, i, $"{i}"));
        log.Close();
        var bytes = _fixture.Bytes(FirstLog);
        var one = bytes.Length - 10;
        if (atBoundary)
        {
            var reader = new Protocol.Batches.BatchReader(bytes, checkCrc: false);
            for (var i = 0; i < 15; i++) Assert.True(reader.Next());
            one = bytes.AsSpan().IndexOf(reader.Current);
        }

        _fixture.Overwrite(FirstLog, bytes[..one]);
        var again = _fixture.Open(clean: true, recoveryPoint: 20, activeBytes: isNoted ? log.ActiveSegmentBytes : -1);
        var left = atBoundary ? 14 : 19;
        Assert.Equal(left, again.LogEndOffset.Value);
        again.AppendOne(Batches.From(1, 0, left, "new"));
        Assert.Equal([.. Enumerable.Range(0, left).Select(i => $"{i}"), "new"], again.Values());
        again.Close();
        Assert.Equal(left + 1, _fixture.Open(clean: true, recoveryPoint: left + 1).Values().Length);
    }

    /// <summary>The topic is not compacted any more, and nobody knows how far its log is on the disk.</summary>
    [Fact]
    public void Holes_that_compaction_made_before_the_policy_was_changed_are_no_loss()
    {
        byte[] At(long offset, string value) =>
            Batches.Of(new Protocol.Batches.BatchOptions { BaseOffset = new(offset), PartitionLeaderEpoch = new(0) }, (1, value));
        foreach (var (inner, cleanedUpTo, kept) in ((bool, long, int)[])[(true, 0, 5), (false, 30, 5), (false, 0, 2)])
        {
            var fixture = new LogFixture();
            fixture.Create().Close(clean: false);
            fixture.Overwrite(FirstLog, [.. At(0, "0"), .. At(1, "1")]);
            fixture.Overwrite("00000000000000000020.log", [.. At(20, "20"), .. At(inner ? 25 : 21, "21")]);
            fixture.Overwrite("00000000000000000030.log", At(30, "30"));
            Assert.Equal(kept, fixture.Open(clean: false, recoveryPoint: 0, cleanedUpTo: cleanedUpTo).Values().Length);
        }
    }

    /// <summary>What was written down before a truncation says nothing of what came after it.</summary>
    [Fact]
    public void A_recovery_point_behind_the_end_means_that_all_is_read()
    {
        _fixture.Settings = _fixture.Settings with { SegmentBytes = 200 };
        var log = _fixture.Create();
        for (var i = 0; i < 6; i++) log.AppendOne(Batches.Of($"{i}"));
        log.Close(clean: false);
        var name = _fixture.Files().First(file => file.EndsWith(".log", StringComparison.Ordinal));
        var bytes = _fixture.Bytes(name);
        bytes[^1] ^= 1;
        _fixture.Overwrite(name, bytes);
        var again = _fixture.Open(clean: false, recoveryPoint: 100);
        Assert.InRange(again.LogEndOffset.Value, 0, 2);
        Assert.Equal(again.LogEndOffset.Value, again.RecoveryPoint.Value);
    }
}
