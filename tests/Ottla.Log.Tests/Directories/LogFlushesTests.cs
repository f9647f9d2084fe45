using Ottla.Log.Durability;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;
using static Ottla.Log.Tests.Directories.DirectoriesFixture;

namespace Ottla.Log.Tests.Directories;

public sealed class LogFlushesTests
{
    private readonly DirectoriesFixture _node = new();

    [Fact]
    public async Task Whoever_comes_while_a_flush_runs_shares_the_next_one()
    {
        var directories = _node.Start();
        var hosted = _node.Log(directories, 0);
        hosted.Log.AppendOne(Batches.Of("a"));
        using var entered = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var flushes = 0;
        _node.Before = call =>
        {
            if (call.Operation != FileOperation.Flush || !call.Path.EndsWith(".log", StringComparison.Ordinal)) return;
            flushes++;
            entered.Set();
            goOn.Wait();
        };
        var first = directories.Flushes.Flush(hosted.Place);
        entered.Wait();
        hosted.Log.AppendOne(Batches.Of("b"));
        var second = directories.Flushes.Flush(hosted.Place);
        Assert.Same(second, directories.Flushes.Flush(hosted.Place));
        Assert.NotSame(first, second);
        goOn.Set();
        Assert.Equal([ErrorCode.None, ErrorCode.None], await Task.WhenAll(first, second));
        Assert.Equal((2, 2L), (flushes, hosted.Log.RecoveryPoint.Value));
    }

    [Fact]
    public async Task A_disk_that_refuses_is_told_to_who_waits_and_takes_the_directory_offline()
    {
        var directories = _node.Start();
        var hosted = _node.Log(directories, 0);
        hosted.Log.AppendOne(Batches.Of("a"));
        _node.Before = call =>
        {
            if (call.Operation == FileOperation.Flush) throw DiskFault.Full(call.Path);
        };
        Assert.Equal(ErrorCode.KafkaStorageError, await directories.Flushes.Flush(hosted.Place));
        Assert.False(hosted.Directory.IsOnline);
        Assert.Equal(ErrorCode.KafkaStorageError, await directories.Flushes.Flush(hosted.Place));
    }
}
