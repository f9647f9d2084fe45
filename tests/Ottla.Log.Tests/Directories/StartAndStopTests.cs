using Ottla.Log.Checkpoints;
using Ottla.Log.Directories;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using static Ottla.Log.Tests.Directories.DirectoriesFixture;

namespace Ottla.Log.Tests.Directories;

public sealed class StartAndStopTests
{
    private readonly DirectoriesFixture _node = new(2);

    [Fact]
    public void After_a_clean_stop_everything_is_there_and_no_record_was_read()
    {
        var before = _node.Start();
        for (var i = 0; i < 4; i++) _node.Log(before, i).Log.AppendOne(Batches.Of($"value {i}"));
        before.Close(Epoch);
        _node.Calls.Clear();

        var after = _node.Start();
        Assert.Equal(4, after.Count);
        Assert.DoesNotContain(_node.Calls, c => c.Operation is FileOperation.Read or FileOperation.Open && c.Path.EndsWith(".log", StringComparison.Ordinal));
        for (var i = 0; i < 4; i++) Assert.Equal([$"value {i}"], after.Find(P(i))!.Log.Values());
        Assert.Same(after.Find(P(2)), after.Find(Topic, 2));
    }

    [Fact]
    public void The_files_of_a_clean_stop_are_Kafkas()
    {
        var directories = _node.Start();
        _node.Log(directories, 3, "/a").Log.AppendOne(Batches.Of("one", "two"));
        directories.Close(Epoch);
        Assert.Equal("{\"version\":0,\"brokerEpoch\":17}", _node.Text("/a/.kafka_cleanshutdown"));
        Assert.Equal("0\n1\nweather 3 2\n", _node.Text("/a/recovery-point-offset-checkpoint"));
        Assert.Equal("0\n0\n", _node.Text("/a/log-start-offset-checkpoint"));
        Assert.Equal("0\n1\nweather 3 0\n", _node.Text("/a/replication-offset-checkpoint"));
        Assert.Equal("0\n0\n", _node.Text("/b/recovery-point-offset-checkpoint"));
    }

    [Fact]
    public void The_epoch_of_a_clean_stop_is_known_at_the_next_start_and_its_mark_is_gone_while_the_node_runs()
    {
        _node.Start().Close(Epoch);
        var directories = _node.Start();
        Assert.Equal(Epoch, directories.EpochAtCleanStop);
        Assert.All(_node.Paths, path => Assert.DoesNotContain(CleanShutdownFile.FileName, _node.Names(path)));
        Assert.Equal(BrokerEpoch.None, _node.Start().EpochAtCleanStop);
    }

    [Fact]
    public void A_start_that_gets_no_further_than_the_marks_leaves_everything_as_it_was()
    {
        var before = _node.Start();
        _node.Log(before, 0, "/a").Log.AppendOne(Batches.Of("one"));
        before.Close(Epoch);
        var names = _node.Names("/a");
        var failed = _node.Build();
        _node.Advance(600_000);
        failed.Tick();
        failed.WriteCheckpoints();
        failed.Close(new(99));
        Assert.Equal(names, _node.Names("/a"));
        Assert.Equal("0\n1\nweather 0 1\n", _node.Text("/a/recovery-point-offset-checkpoint"));
        Assert.Equal(Epoch, _node.Start().EpochAtCleanStop);
    }

    [Fact]
    public void Directories_that_disagree_on_the_epoch_have_none()
    {
        _node.Start().Close(Epoch);
        _node.Disk.Replace("/b/.kafka_cleanshutdown", CleanShutdownFile.Format(new(18)));
        Assert.Equal(BrokerEpoch.None, _node.Start().EpochAtCleanStop);
    }

    [Fact]
    public void A_killed_process_loses_nothing_and_only_what_follows_the_recovery_point_is_read()
    {
        _node.Settings = _node.Settings with { SegmentBytes = 200 };
        var before = _node.Start();
        var log = _node.Log(before, 0).Log;
        for (var i = 0; i < 10; i++) log.AppendOne(Batches.Of(new string('x', 50) + i));
        before.Tick();
        Assert.Equal(log.ActiveSegmentBaseOffset, log.RecoveryPoint);
        _node.Advance(60_000);
        before.Tick();
        _node.Calls.Clear();

        var after = _node.Start().Find(P(0))!.Log;
        Assert.Equal(10, after.Values().Length);
        Assert.Equal(1, after.Recovery.SegmentsRecovered);
    }

    [Fact]
    public void A_directory_that_could_not_be_closed_is_recovered_and_the_other_is_not()
    {
        var before = _node.Start();
        _node.Log(before, 0, "/a").Log.AppendOne(Batches.Of("in a"));
        _node.Log(before, 1, "/b").Log.AppendOne(Batches.Of("in b"));
        _node.Before = call =>
        {
            if (call.Operation == FileOperation.Flush && call.Path.StartsWith("/b/weather-1", StringComparison.Ordinal))
                throw Ottla.Runtime.Platform.DiskFault.Full(call.Path);
        };
        before.Close(Epoch);
        _node.Before = null;
        Assert.Contains(CleanShutdownFile.FileName, _node.Names("/a"));
        Assert.DoesNotContain(CleanShutdownFile.FileName, _node.Names("/b"));

        var after = _node.Start();
        Assert.Equal(["in a"], after.Find(P(0))!.Log.Values());
        Assert.Equal(["in b"], after.Find(P(1))!.Log.Values());
        Assert.Equal((0, 1), (after.Find(P(0))!.Log.Recovery.SegmentsRecovered, after.Find(P(1))!.Log.Recovery.SegmentsRecovered));
    }

    [Fact]
    public void The_plug_pulled_at_any_step_of_a_stop_loses_no_flushed_record_and_the_mark_stands_only_over_whole_logs()
    {
        for (var step = 0; ; step++)
        {
            var node = new DirectoriesFixture(2);
            var before = node.Start();
            for (var i = 0; i < 3; i++) node.Log(before, i).Log.AppendOne(Batches.Of("flushed"));
            foreach (var hosted in before.Logs) hosted.Log.Flush();
            before.Tick();
            for (var i = 0; i < 3; i++) node.Log(before, i).Log.AppendOne(Batches.Of("not yet"));
            var ended = Pulled(node, step, () => before.Close(Epoch));
            node.Disk.Crash();

            var marks = node.Paths.Where(path => node.Names(path).Contains(CleanShutdownFile.FileName)).ToArray();
            var after = node.Start();
            Assert.Equal(3, after.Count);
            foreach (var hosted in after.Logs)
            {
                var values = hosted.Log.Values();
                Assert.Equal("flushed", values[0]);
                if (marks.Contains(hosted.Directory.Path)) Assert.Equal(["flushed", "not yet"], values);
            }

            if (ended) break;
        }
    }

    [Fact]
    public void Many_written_logs_are_closed_with_flushes_of_the_volume_and_survive_the_plug_at_any_of_them()
    {
        for (var volumeFlushes = 0; volumeFlushes <= 2; volumeFlushes++)
        {
            var node = new DirectoriesFixture();
            var before = node.Start();
            for (var i = 0; i < 100; i++) node.Log(before, i).Log.AppendOne(Batches.Of("one"));
            before.Tick();
            node.Calls.Clear();
            var left = volumeFlushes;
            node.Before = call =>
            {
                if (call.Operation == FileOperation.FlushVolume && left-- == 0) throw new PlugPulledException();
            };
            if (volumeFlushes == 2) before.Close(Epoch);
            else Assert.Throws<PlugPulledException>(() => before.Close(Epoch));
            Assert.DoesNotContain(node.Calls, c => c.Operation == FileOperation.Flush);
            node.Before = null;
            node.Disk.Crash();
            Assert.Equal(volumeFlushes == 2, node.Names("/a").Contains(CleanShutdownFile.FileName));
            var after = node.Start();
            Assert.Equal(100, after.Count);
            if (volumeFlushes > 0) Assert.All(after.Logs, hosted => Assert.Equal(["one"], hosted.Log.Values()));
        }
    }

    [Fact]
    public void A_broken_checkpoint_costs_a_scan_and_nothing_else()
    {
        var before = _node.Start();
        _node.Log(before, 0, "/a").Log.AppendOne(Batches.Of("one"));
        before.WriteCheckpoints();
        _node.Disk.Replace("/a/recovery-point-offset-checkpoint", "0\n9\nnonsense"u8);
        Assert.Equal(["one"], _node.Start().Find(P(0))!.Log.Values());
    }

    [Fact]
    public void Deleted_records_stay_deleted_after_a_crash_once_they_are_checkpointed()
    {
        var before = _node.Start();
        var log = _node.Log(before, 0, "/a").Log;
        for (var i = 0; i < 5; i++) log.AppendOne(Batches.Of($"{i}"));
        log.DeleteRecords(new(3));
        before.WriteCheckpoints();
        Assert.Equal("0\n1\nweather 0 3\n", _node.Text("/a/log-start-offset-checkpoint"));
        Assert.Equal(["3", "4"], _node.Start().Find(P(0))!.Log.Values());
    }

    [Fact]
    public void High_watermarks_come_back_and_never_lie_outside_of_the_log()
    {
        var before = _node.Start();
        var hosted = _node.Log(before, 0, "/a");
        hosted.Log.AppendOne(Batches.Of("one", "two"));
        hosted.HighWatermark = new(1);
        before.Close(Epoch);
        var after = _node.Start();
        Assert.Equal(new Offset(1), after.Find(P(0))!.HighWatermark);
        after.Find(P(0))!.HighWatermark = new(2);
        after.WriteHighWatermarks();
        after.Find(P(0))!.Log.TruncateTo(new(0));
        Assert.Equal(Offset.Zero, _node.Start().Find(P(0))!.HighWatermark);
    }

    [Fact]
    public void What_is_no_partitions_directory_is_left_alone()
    {
        _node.Disk.CreateDirectory("/a/lost+found");
        _node.Disk.CreateDirectory("/a/__cluster_metadata-0");
        _node.Disk.CreateDirectory("/a/remote-log-index-cache");
        var directories = _node.Start();
        Assert.Equal(0, directories.Count);
        Assert.Equal(["__cluster_metadata-0", "lost+found", "remote-log-index-cache"], _node.Names("/a"));
    }

    /// <summary>Runs with the plug pulled after so many calls; true where it ended before.</summary>
    internal static bool Pulled(DirectoriesFixture node, int step, Action action)
    {
        node.CallsLeft = step;
        try
        {
            action();
            return true;
        }
        catch (PlugPulledException)
        {
            return false;
        }
        catch (AggregateException several) when (several.InnerExceptions.All(e => e is PlugPulledException))
        {
            return false;
        }
        finally
        {
            node.CallsLeft = null;
        }
    }
}
