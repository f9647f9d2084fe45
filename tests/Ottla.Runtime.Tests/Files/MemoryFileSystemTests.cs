using System.Text;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Runtime.Tests.Files;

public sealed class MemoryFileSystemTests
{
    private readonly MemoryFileSystem _files = new(canCrash: true);

    public MemoryFileSystemTests()
    {
        _files.CreateDirectory("/d");
        _files.FlushDirectory("/d");
    }

    [Fact]
    public void Bytes_that_were_not_flushed_are_gone_after_a_crash()
    {
        using var file = _files.Open("/d/a", OpenFor.WritingOrCreating);
        file.Write(0, "kept"u8);
        file.Flush();
        file.Write(2, "lost and lost"u8);
        _files.Crash();
        Assert.Equal("kept", Text("/d/a"));
    }

    [Fact]
    public void A_cut_that_was_not_flushed_is_undone_by_a_crash()
    {
        using var file = _files.Open("/d/a", OpenFor.WritingOrCreating);
        file.Write(0, "kept"u8);
        file.Flush();
        file.SetLength(1);
        Assert.Equal("k", Text("/d/a"));
        _files.Crash();
        Assert.Equal("kept", Text("/d/a"));
    }

    [Fact]
    public void A_rename_that_was_not_flushed_is_undone_as_a_whole()
    {
        _files.Replace("/d/a", "a"u8);
        _files.Replace("/d/b", "b"u8);
        _files.Rename("/d/a", "/d/b");
        Assert.Equal("a", Text("/d/b"));
        _files.Crash();
        Assert.Equal("a", Text("/d/a"));
        Assert.Equal("b", Text("/d/b"));
    }

    [Fact]
    public void A_crash_by_chance_keeps_a_prefix_of_the_writes_and_a_part_of_the_next()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var files = new MemoryFileSystem(canCrash: true);
            files.CreateDirectory("/d");
            using var file = files.Open("/d/a", OpenFor.WritingOrCreating);
            file.Flush();
            for (var i = 0; i < 10; i++) file.Write(i * 3, "abc"u8);
            files.Crash(new Random(seed));
            var left = Encoding.ASCII.GetString(files.ReadAll("/d/a", 100));
            Assert.StartsWith(left, "abcabcabcabcabcabcabcabcabcabc");
        }
    }

    [Fact]
    public void A_full_disk_refuses_to_grow_and_goes_on_when_there_is_room()
    {
        _files.CapacityBytes = 10;
        using var file = _files.Open("/d/a", OpenFor.WritingOrCreating);
        file.Write(0, new byte[10]);
        var refused = Assert.Throws<IOException>(() => file.Write(10, "x"u8));
        Assert.True(DiskFault.IsFull(refused));
        Assert.Equal(0, _files.Space("/d").UsableBytes);
        file.SetLength(9);
        file.Write(9, "x"u8);
    }

    [Fact]
    public void A_lock_is_given_once()
    {
        var first = _files.TryLock("/d/.lock");
        Assert.NotNull(first);
        Assert.Null(_files.TryLock("/d/.lock"));
        first.Dispose();
        Assert.NotNull(_files.TryLock("/d/.lock"));
    }

    private string Text(string path) => Encoding.ASCII.GetString(_files.ReadAll(path, 1000));
}
