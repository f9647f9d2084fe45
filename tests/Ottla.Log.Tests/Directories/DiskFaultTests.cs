using Ottla.Log.Directories;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;
using static Ottla.Log.Tests.Directories.DirectoriesFixture;

namespace Ottla.Log.Tests.Directories;

public sealed class DiskFaultTests
{
    private readonly DirectoriesFixture _node = new(3);

    [Fact]
    public void A_broken_disk_takes_its_directory_offline_and_the_others_serve_on()
    {
        var directories = _node.Start();
        _node.Log(directories, 0, "/a").Log.AppendOne(Batches.Of("one"));
        _node.Log(directories, 1, "/b").Log.AppendOne(Batches.Of("one"));
        _node.Break("/b");
        var hosted = directories.Find(P(1))!;
        var fault = Assert.Throws<IOException>(() => hosted.Log.AppendOne(Batches.Of("two")));
        Assert.Equal(ErrorCode.KafkaStorageError, hosted.Directory.Report(fault, "appending"));

        var failure = Assert.Single(_node.Failures);
        Assert.Equal(("/b", false), (failure.Directory.Path, failure.MustEnd));
        Assert.Equal([P(1)], failure.Partitions);
        Assert.Null(directories.Find(P(1)));
        Assert.True(directories.IsOffline(P(1)));
        Assert.Equal(ErrorCode.KafkaStorageError, directories.GetOrCreate(P(1), Topic, _node.Settings).Error);
        directories.Find(P(0))!.Log.AppendOne(Batches.Of("two"));
        directories.Tick();
        directories.Close(Epoch);

        _node.Before = null;
        Assert.Equal(["one"], _node.Start().Find(P(1))!.Log.Values());
    }

    [Fact]
    public void The_metadata_logs_directory_or_the_last_one_ends_the_process()
    {
        var directories = _node.Start();
        directories.FindDirectory("/a")!.Fail(DiskFault.Broken("/a"));
        Assert.True(Assert.Single(_node.Failures).MustEnd);

        var other = new DirectoriesFixture(2);
        directories = other.Start();
        directories.FindDirectory("/b")!.Fail(DiskFault.Broken("/b"));
        directories.FindDirectory("/b")!.Fail(DiskFault.Broken("/b"));
        Assert.False(Assert.Single(other.Failures).MustEnd);
    }

    [Fact]
    public void A_directory_that_fails_at_the_start_is_left_out()
    {
        var before = _node.Start();
        _node.Log(before, 0, "/a").Log.AppendOne(Batches.Of("one"));
        _node.Log(before, 1, "/b").Log.AppendOne(Batches.Of("one"));
        before.Close(Epoch);
        _node.Break("/b/weather-1");
        var after = _node.Start();
        Assert.Equal(["/b"], _node.Failures.Select(f => f.Directory.Path));
        Assert.Equal(1, after.Count);
        Assert.Equal([true, false, true], after.All.Select(d => d.IsOnline));
        Assert.Equal(Epoch, after.EpochAtCleanStop);
        after.Close(Epoch);
    }

    [Fact]
    public void A_directory_that_nobody_knows_the_owner_of_is_left_out_and_not_touched()
    {
        var before = _node.Start();
        _node.Log(before, 1, "/b").Log.AppendOne(Batches.Of("one"));
        before.Close(Epoch);
        var names = _node.Names("/b");
        _node.WithoutId.Add("/b");
        var after = _node.Build();
        Assert.False(after.All[1].IsOnline);
        Assert.Empty(_node.Failures);
        after.Load(_ => _node.Settings);
        Assert.Equal(["/b"], _node.Failures.Select(f => f.Directory.Path));
        Assert.Null(after.Find(P(1)));
        after.Close(Epoch);
        Assert.Equal(names, _node.Names("/b"));
    }

    [Fact]
    public void A_full_disk_refuses_appends_serves_reads_and_goes_on_when_there_is_room()
    {
        var directories = _node.Start();
        var hosted = _node.Log(directories, 0, "/a");
        hosted.Log.AppendOne(Batches.Of("one"));
        _node.Disk.CapacityBytes = _node.Disk.UsedBytes;
        var fault = Assert.Throws<IOException>(() => hosted.Log.AppendOne(Batches.Of("two")));
        Assert.Equal(ErrorCode.KafkaStorageError, hosted.Directory.Report(fault, "appending"));
        _node.Advance(100_000);
        directories.Tick();
        Assert.Equal(ErrorCode.KafkaStorageError, directories.GetOrCreate(P(1), Topic, _node.Settings).Error);

        Assert.Empty(_node.Failures);
        Assert.True(hosted.Directory.IsOnline);
        Assert.Equal(["one"], hosted.Log.Values());
        _node.Disk.CapacityBytes = long.MaxValue;
        hosted.Log.AppendOne(Batches.Of("three"));
        _node.Log(directories, 1);
        _node.Advance(100_000);
        directories.Tick();
        directories.Close(Epoch);
        Assert.Equal(["one", "three"], _node.Start().Find(P(0))!.Log.Values());
    }

    [Fact]
    public void Room_is_told_of_online_directories_only()
    {
        var directories = _node.Start();
        _node.Log(directories, 0, "/a").Log.AppendOne(Batches.Of("one"));
        directories.FindDirectory("/b")!.Fail(DiskFault.Broken("/b"));
        var described = directories.Describe();
        Assert.Equal([ErrorCode.None, ErrorCode.KafkaStorageError, ErrorCode.None], described.Select(d => d.Error));
        Assert.Equal(new VolumeSpace(-1, -1), described[1].Space);
        Assert.True(described[0].Space.UsableBytes > 0);
        var log = Assert.Single(described[0].Logs);
        Assert.Equal((P(0), directories.Find(P(0))!.Log.SizeInBytes, false), (log.Partition, log.SizeBytes, log.IsFuture));
    }
}
