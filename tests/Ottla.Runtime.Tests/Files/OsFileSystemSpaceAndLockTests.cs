using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Runtime.Tests.Files;

public sealed class OsFileSystemSpaceAndLockTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ottla-files-").FullName;
    private readonly OsFileSystem _files = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_same_process_gets_a_lock_once_and_again_after_its_release()
    {
        var path = Path.Combine(_directory, ".lock");
        var first = _files.TryLock(path);
        Assert.NotNull(first);
        Assert.Null(_files.TryLock(path));
        first.Dispose();
        using var again = _files.TryLock(path);
        Assert.NotNull(again);
    }

    [Fact]
    public void A_lock_in_a_directory_that_is_not_there_is_a_fault()
    {
        Assert.ThrowsAny<IOException>(() => _files.TryLock(Path.Combine(_directory, "none", ".lock")));
    }

    [Fact]
    public void Flushing_the_names_of_a_directory_that_was_removed_says_so()
    {
        Assert.Throws<DirectoryNotFoundException>(() => _files.FlushDirectory(Path.Combine(_directory, "gone")));
    }

    [Fact]
    public void A_volume_has_room_and_can_be_flushed()
    {
        var space = _files.Space(_directory);
        Assert.InRange(space.UsableBytes, 1, space.TotalBytes);
        _files.Replace(Path.Combine(_directory, "a"), "a"u8, flush: false);
        Assert.Equal(OperatingSystem.IsLinux(), _files.TryFlushVolume(_directory));
    }

    [Fact]
    public void A_full_disk_is_told_from_a_broken_one()
    {
        Assert.True(DiskFault.IsFull(DiskFault.Full("a")));
        Assert.False(DiskFault.IsFull(DiskFault.Broken("a")));
        Assert.False(DiskFault.IsFull(new FileNotFoundException()));
    }

    [Fact]
    public void A_real_full_device_is_recognized()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full is Linux's");
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1);
        Assert.True(DiskFault.IsFull(Assert.ThrowsAny<IOException>(() => full.Write([1]))));
    }
}
