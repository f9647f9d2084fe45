using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Log.Directories;
using Ottla.Log.Handles;
using Ottla.Log.Retention;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Platform;
using static Ottla.Log.Tests.Directories.DirectoriesFixture;

namespace Ottla.Log.Tests.Directories;

public sealed class OnTheRealDiskTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("ottla-logs-").FullName;
    private readonly OsFileSystem _files = new();
    private readonly ManualClock _clock = new();

    private string A => Path.Combine(_root, "a");

    private string B => Path.Combine(_root, "b");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Logs_are_made_moved_deleted_and_found_again()
    {
        using var locks = DirectoryLocks.TryTake(_files, [A, B], out _, out _);
        Assert.NotNull(locks);
        var before = Start();
        for (var i = 0; i < 100; i++)
        {
            var (hosted, _) = before.GetOrCreate(P(i), Topic, LogSettings.Default);
            hosted!.Log.AppendOne(Batches.Of($"value {i}"));
        }

        before.BeginMove(P(0), before.Find(P(0))!.Directory.Path == A ? B : A);
        before.Delete(P(1));
        var from = before.Find(P(0))!.Directory.Path;
        while (before.Tick())
        {
        }

        Assert.NotEqual(from, before.Find(P(0))!.Directory.Path);
        _clock.NowMs += 100_000;
        before.Tick();
        Assert.DoesNotContain(Directory.GetDirectories(_root, "*", SearchOption.AllDirectories), d => d.EndsWith("-delete", StringComparison.Ordinal));
        before.Close(Epoch);

        var after = Start();
        Assert.Equal(99, after.Count);
        Assert.Equal(Epoch, after.EpochAtCleanStop);
        foreach (var hosted in after.Logs) Assert.Equal([$"value {hosted.Partition.Partition}"], hosted.Log.Values());
        Assert.All(after.Describe(), d => Assert.True(d.Space.UsableBytes <= d.Space.TotalBytes));
        after.Close(Epoch);
    }

    [Fact]
    public void A_directory_is_given_to_one_at_a_time()
    {
        using var first = DirectoryLocks.TryTake(_files, [A], out _, out _);
        Assert.Null(DirectoryLocks.TryTake(_files, [B, A], out var problem, out _));
        Assert.Contains(A, problem, StringComparison.Ordinal);
    }

    private LogDirectories Start()
    {
        var context = new LogContext(_files, _clock, new FileCache(_files, 16), NullLogger.Instance, new FileDeletions(_files, _clock));
        var directories = new LogDirectories(
            context, new LogDirectoriesOptions { InitialDelayMs = 0 }, [(A, new Uuid(7, 200)), (B, new Uuid(7, 201))], A, new Random(1),
            failure => Assert.Fail(failure.ToString()));
        directories.Load(_ => LogSettings.Default);
        return directories;
    }
}
