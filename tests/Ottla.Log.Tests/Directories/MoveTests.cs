using Ottla.Log.Directories;
using Ottla.Protocol.Primitives;
using static Ottla.Log.Tests.Directories.DirectoriesFixture;

namespace Ottla.Log.Tests.Directories;

public sealed class MoveTests
{
    private readonly DirectoriesFixture _node = new(2);

    [Fact]
    public void A_log_moves_with_all_it_holds_and_is_written_on()
    {
        var directories = _node.Start();
        var moved = new List<HostedLog>();
        directories.OnMoved = moved.Add;
        var hosted = _node.Log(directories, 0, "/a");
        for (var i = 0; i < 20; i++) hosted.Log.AppendOne(Batches.Of($"{i}"), epoch: i / 10);
        hosted.Log.DeleteRecords(new(3));
        Assert.Equal(ErrorCode.None, directories.BeginMove(P(0), "/b"));
        Assert.Contains(directories.Describe()[1].Logs, l => l.IsFuture);
        while (directories.Tick())
        {
        }

        Assert.Equal([hosted], moved);
        Assert.Equal("/b", hosted.Directory.Path);
        Assert.Equal("/b/weather-0", hosted.Log.Directory);
        Assert.Equal(new Offset(3), hosted.Log.LogStartOffset);
        Assert.Equal(new LeaderEpoch(1), hosted.Log.LatestEpoch);
        Assert.Equal([0, 1], directories.All.Select(d => d.PartitionCount));
        hosted.Log.AppendOne(Batches.Of("after"), epoch: 1);
        Assert.Equal([.. Enumerable.Range(3, 17).Select(i => $"{i}"), "after"], hosted.Log.Values());
        Assert.Contains(_node.Names("/a"), n => n.EndsWith("-delete", StringComparison.Ordinal));

        var after = _node.Start();
        Assert.Equal([.. Enumerable.Range(3, 17).Select(i => $"{i}"), "after"], after.Find(P(0))!.Log.Values());
    }

    [Fact]
    public void A_move_that_was_interrupted_goes_on_at_the_next_start()
    {
        var before = _node.Start();
        var hosted = _node.Log(before, 0, "/a");
        for (var i = 0; i < 5; i++) hosted.Log.AppendOne(Batches.Of($"{i}"));
        before.BeginMove(P(0), "/b");
        before.Close(Epoch);
        var after = _node.Start();
        Assert.NotNull(after.Find(P(0))!.Future);
        after.Tick();
        Assert.Equal("/b", after.Find(P(0))!.Directory.Path);
        Assert.Equal(5, after.Find(P(0))!.Log.Values().Length);
    }

    [Fact]
    public void A_copy_loses_what_its_log_loses()
    {
        var directories = _node.Start();
        directories.MoveBytesPerSecondMax = 1;
        var hosted = _node.Log(directories, 0, "/a");
        for (var i = 0; i < 5; i++) hosted.Log.AppendOne(Batches.Of($"old {i}"));
        directories.BeginMove(P(0), "/b");
        hosted.Future!.Log.AppendAsFollower([.. Enumerable.Range(0, 5).Select(i =>
        {
            var batch = Batches.Of($"old {i}");
            Ottla.Protocol.Batches.BatchHeader.SetBaseOffset(batch, new(i));
            Ottla.Protocol.Batches.BatchHeader.SetPartitionLeaderEpoch(batch, new(0));
            return Batches.Pending(batch);
        })], new(0));
        hosted.Log.TruncateTo(new(2));
        for (var i = 0; i < 5; i++) hosted.Log.AppendOne(Batches.Of($"new {i}"), epoch: 1);
        for (var i = 0; i < 100 && hosted.Directory.Path != "/b"; i++)
        {
            _node.Advance(1000);
            directories.Tick();
        }

        Assert.Equal("/b", hosted.Directory.Path);
        Assert.Equal(["old 0", "old 1", "new 0", "new 1", "new 2", "new 3", "new 4"], hosted.Log.Values());
    }

    [Fact]
    public void Moving_a_log_to_where_it_is_ends_the_move()
    {
        var directories = _node.Start();
        var hosted = _node.Log(directories, 0, "/a");
        directories.BeginMove(P(0), "/b");
        Assert.Equal(ErrorCode.None, directories.BeginMove(P(0), "/a"));
        Assert.Null(hosted.Future);
        directories.Tick();
        Assert.Equal("/a", hosted.Directory.Path);
        Assert.Equal([1, 0], directories.All.Select(d => d.PartitionCount));
    }

    [Fact]
    public void What_cannot_be_moved_is_refused()
    {
        var directories = _node.Start();
        _node.Log(directories, 0, "/a");
        Assert.Equal(ErrorCode.LogDirNotFound, directories.BeginMove(P(0), "/nowhere"));
        Assert.Equal(ErrorCode.ReplicaNotAvailable, directories.BeginMove(P(7), "/b"));
        directories.FindDirectory("/b")!.Fail(Ottla.Runtime.Platform.DiskFault.Broken("/b"));
        Assert.Equal(ErrorCode.KafkaStorageError, directories.BeginMove(P(0), "/b"));
    }

    [Fact]
    public void A_target_that_breaks_leaves_the_log_where_it_is()
    {
        var directories = _node.Start();
        var hosted = _node.Log(directories, 0, "/a");
        hosted.Log.AppendOne(Batches.Of("one"));
        directories.BeginMove(P(0), "/b");
        _node.Break("/b");
        directories.Tick();
        _node.Before = null;
        Assert.Equal("/a", hosted.Directory.Path);
        Assert.Null(hosted.Future);
        hosted.Log.AppendOne(Batches.Of("two"));
        Assert.Equal(["one", "two"], hosted.Log.Values());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_plug_pulled_at_any_step_of_a_move_loses_no_flushed_record(bool losesUnflushed)
    {
        for (var step = 0; ; step++)
        {
            var node = new DirectoriesFixture(2);
            var before = node.Start();
            var hosted = node.Log(before, 0, "/a");
            for (var i = 0; i < 5; i++) hosted.Log.AppendOne(Batches.Of($"{i}"));
            hosted.Log.Flush();
            before.Tick();
            var ended = StartAndStopTests.Pulled(node, step, () =>
            {
                before.BeginMove(P(0), "/b");
                before.Tick();
                node.Advance(100_000);
                before.Tick();
            });
            if (losesUnflushed) node.Disk.Crash();

            var after = node.Start();
            Assert.Equal(["0", "1", "2", "3", "4"], after.Find(P(0))!.Log.Values());
            after.Find(P(0))!.Log.AppendOne(Batches.Of("5"));
            after.Tick();
            Assert.Equal(["0", "1", "2", "3", "4", "5"], after.Find(P(0))!.Log.Values());
            if (ended) break;
        }
    }
}
