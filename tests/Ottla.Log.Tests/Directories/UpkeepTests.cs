using Ottla.Log.Directories;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;
using static Ottla.Log.Tests.Directories.DirectoriesFixture;

namespace Ottla.Log.Tests.Directories;

public sealed class UpkeepTests
{
    private readonly DirectoriesFixture _node = new();

    [Fact]
    public void At_rest_a_tick_touches_no_file()
    {
        var directories = _node.Start();
        for (var i = 0; i < 100; i++) _node.Log(directories, i).Log.AppendOne(Batches.Of("one"));
        _node.Advance(600_000);
        directories.Tick();
        _node.Calls.Clear();
        for (var i = 0; i < 3600; i++)
        {
            _node.Advance(1000);
            directories.Tick();
        }

        Assert.Empty(_node.Calls);
    }

    [Fact]
    public void A_log_that_rolled_is_flushed_behind_its_writers_back()
    {
        _node.Settings = _node.Settings with { SegmentBytes = 200 };
        var directories = _node.Start();
        var log = _node.Log(directories, 0).Log;
        for (var i = 0; i < 5; i++) log.AppendOne(Batches.Of(new string('x', 60)));
        Assert.Equal(Offset.Zero, log.RecoveryPoint);
        directories.Tick();
        Assert.True(log.ActiveSegmentBaseOffset > Offset.Zero);
        Assert.Equal(log.ActiveSegmentBaseOffset, log.RecoveryPoint);
    }

    [Fact]
    public void Checkpoints_are_written_once_a_minute_and_only_where_they_changed()
    {
        var directories = _node.Start();
        var log = _node.Log(directories, 0).Log;
        directories.Tick();
        log.AppendOne(Batches.Of("one"));
        log.Flush();
        _node.Advance(59_999);
        directories.Tick();
        Assert.Equal("0\n1\nweather 0 0\n", _node.Text("/a/recovery-point-offset-checkpoint"));
        _node.Advance(1);
        directories.Tick();
        Assert.Equal("0\n1\nweather 0 1\n", _node.Text("/a/recovery-point-offset-checkpoint"));
    }

    [Fact]
    public void Records_that_were_deleted_by_request_stay_deleted_after_a_crash_a_second_later()
    {
        var directories = _node.Start();
        var hosted = _node.Log(directories, 0);
        directories.Tick();
        for (var i = 0; i < 3; i++) hosted.Log.AppendOne(Batches.Of("one"));
        hosted.Log.DeleteRecords(new Offset(2));
        hosted.Directory.HasNewLogStarts = true;
        _node.Advance(1000);
        directories.Tick();
        Assert.Equal("0\n1\nweather 0 2\n", _node.Text("/a/log-start-offset-checkpoint"));
        Assert.False(hosted.Directory.HasNewLogStarts);
    }

    [Fact]
    public void Starts_that_a_full_disk_refused_are_written_with_the_next_turn()
    {
        var directories = _node.Start();
        var hosted = _node.Log(directories, 0);
        directories.Tick();
        for (var i = 0; i < 3; i++) hosted.Log.AppendOne(Batches.Of("one"));
        hosted.Log.DeleteRecords(new Offset(2));
        hosted.Directory.HasNewLogStarts = true;
        _node.Before = call =>
        {
            if (call.Operation == FileOperation.Replace) throw DiskFault.Full(call.Path);
        };
        _node.Advance(1000);
        directories.Tick();
        Assert.True(hosted.Directory.IsOnline);
        Assert.Equal("0\n0\n", _node.Text("/a/log-start-offset-checkpoint"));
        _node.Before = null;
        _node.Advance(1000);
        directories.Tick();
        Assert.Equal("0\n1\nweather 0 2\n", _node.Text("/a/log-start-offset-checkpoint"));
    }

    [Fact]
    public void Flush_ms_is_obeyed_when_the_flush_scheduler_runs()
    {
        _node.Options = _node.Options with { FlushSchedulerIntervalMs = 1000 };
        _node.Settings = _node.Settings with { FlushMs = 3000 };
        var directories = _node.Start();
        var log = _node.Log(directories, 0).Log;
        log.AppendOne(Batches.Of("one"));
        _node.Advance(2999);
        directories.Tick();
        Assert.Equal(Offset.Zero, log.RecoveryPoint);
        _node.Advance(1001);
        directories.Tick();
        Assert.Equal(new Offset(1), log.RecoveryPoint);
    }

    [Fact]
    public void Retention_deletes_old_segments_below_the_high_watermark()
    {
        _node.Options = _node.Options with { RetentionCheckIntervalMs = 5000 };
        _node.Settings = _node.Settings with { SegmentBytes = 200, RetentionBytes = 300 };
        var directories = _node.Start();
        var hosted = _node.Log(directories, 0);
        for (var i = 0; i < 9; i++) hosted.Log.AppendOne(Batches.Of(new string('x', 60)));
        directories.Tick();
        Assert.Equal(Offset.Zero, hosted.Log.LogStartOffset);
        hosted.HighWatermark = hosted.Log.LogEndOffset;
        _node.Advance(5000);
        directories.Tick();
        Assert.True(hosted.Log.LogStartOffset > Offset.Zero);
        Assert.Contains(_node.Names("/a/weather-0"), n => n.EndsWith(".deleted", StringComparison.Ordinal));
        _node.Advance(60_000);
        directories.Tick();
        Assert.DoesNotContain(_node.Names("/a/weather-0"), n => n.EndsWith(".deleted", StringComparison.Ordinal));
    }

    [Fact]
    public void Many_new_partitions_become_durable_with_one_flush_of_the_volume()
    {
        var directories = _node.Start();
        for (var i = 0; i < 100; i++) _node.Log(directories, i);
        _node.Calls.Clear();
        directories.Tick();
        Assert.Contains(_node.Calls, c => c.Operation == FileOperation.FlushVolume);
        Assert.DoesNotContain(_node.Calls, c => c.Operation == FileOperation.Flush);
        _node.Disk.Crash();
        Assert.Equal(100, _node.Start().Count);
    }

    [Fact]
    public void High_watermarks_are_checkpointed_every_five_seconds()
    {
        var directories = _node.Start();
        var hosted = _node.Log(directories, 0);
        hosted.Log.AppendOne(Batches.Of("one"));
        hosted.HighWatermark = new(1);
        _node.Advance(5000);
        directories.Tick();
        Assert.Equal("0\n1\nweather 0 1\n", _node.Text("/a/replication-offset-checkpoint"));
    }
}
