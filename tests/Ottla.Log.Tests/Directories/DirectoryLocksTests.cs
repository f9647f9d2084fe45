using Ottla.Log.Directories;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Log.Tests.Directories;

public sealed class DirectoryLocksTests
{
    private readonly MemoryFileSystem _files = new();

    [Fact]
    public void A_directory_that_is_in_use_is_refused_and_none_of_the_others_stays_locked()
    {
        using var first = DirectoryLocks.TryTake(_files, ["/b"], out _, out _);
        Assert.Null(DirectoryLocks.TryTake(_files, ["/a", "/b"], out var problem, out _));
        Assert.StartsWith("Failed to acquire lock on file .lock in /b", problem, StringComparison.Ordinal);
        using var other = DirectoryLocks.TryTake(_files, ["/a"], out _, out _);
        Assert.NotNull(other);
    }

    [Fact]
    public void A_directory_that_the_disk_refuses_is_told_and_the_others_are_locked()
    {
        var faulty = new FaultyFileSystem(_files, call =>
        {
            if (call.Path.StartsWith("/b", StringComparison.Ordinal)) throw DiskFault.Broken(call.Path);
        });
        using var locks = DirectoryLocks.TryTake(faulty, ["/a", "/b"], out var problem, out var failed);
        Assert.NotNull(locks);
        Assert.Null(problem);
        Assert.Equal(["/b"], failed.Keys);
        Assert.Null(DirectoryLocks.TryTake(_files, ["/a"], out _, out _));
    }
}
