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
        _files.FlushDirectory("/");
        _files.Open("/d/a", OpenFor.WritingOrCreating).Dispose();
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
    public void A_name_is_durable_with_its_own_directory_alone()
    {
        _files.CreateDirectory("/d/inside");
        _files.FlushDirectory("/d");
        using (var file = _files.Open("/d/inside/b", OpenFor.WritingOrCreating)) file.Flush();
        _files.FlushDirectory("/d");
        _files.FlushDirectory("/");
        _files.Crash();
        Assert.True(_files.DirectoryExists("/d/inside"));
        Assert.False(_files.FileExists("/d/inside/b"));

        _files.CreateDirectory("/d/other");
        using (var file = _files.Open("/d/other/b", OpenFor.WritingOrCreating)) file.Flush();
        _files.FlushDirectory("/d/other");
        _files.Crash();
        Assert.False(_files.DirectoryExists("/d/other"));

        _files.Replace("/d/c", "whole"u8);
        _files.Crash();
        Assert.Equal("whole", Text("/d/c"));
    }

    [Fact]
    public void Of_the_changes_of_a_directory_a_crash_by_chance_keeps_the_first_ones()
    {
        var seen = new HashSet<int>();
        for (var seed = 0; seed < 50; seed++)
        {
            var files = new MemoryFileSystem(canCrash: true);
            for (var i = 0; i < 5; i++) files.Open($"/{i}", OpenFor.WritingOrCreating).Dispose();
            files.Crash(new Random(seed));
            var left = files.List("/").Select(entry => entry.Name).Order(StringComparer.Ordinal).ToArray();
            Assert.Equal(Enumerable.Range(0, left.Length).Select(i => $"{i}"), left);
            seen.Add(left.Length);
        }

        Assert.Equal(6, seen.Count);
    }

    /// <summary>Each page is as it was after some of the writes, and so is the length, whatever became of the others.</summary>
    [Fact]
    public void Of_a_file_a_crash_by_chance_keeps_any_pages_of_any_age()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var seed = 0; seed < 400; seed++)
        {
            var files = new MemoryFileSystem(canCrash: true, pageBytes: 4);
            using var file = files.Open("/a", OpenFor.WritingOrCreating);
            file.Write(0, "....----"u8);
            file.Flush();
            files.FlushDirectory("/");
            file.Write(0, "aaaaaaaaaaaa"u8);
            file.Write(2, "bbbbbbbb"u8);
            files.Crash(new Random(seed));
            var left = Encoding.ASCII.GetString(files.ReadAll("/a", 100)).Replace('\0', '_');
            Assert.Contains(left[..4], (string[])["....", "aaaa", "aabb"]);
            Assert.Contains(left[4..8], (string[])["----", "aaaa", "bbbb"]);
            Assert.Contains(left[8..], (string[])["", "____", "aaaa", "bbaa"]);
            seen.Add(left);
        }

        Assert.Equal(3 * 3 * 4, seen.Count);
    }

    [Fact]
    public void A_cut_may_be_on_the_disk_while_what_was_written_before_is_not()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var seed = 0; seed < 100; seed++)
        {
            var files = new MemoryFileSystem(canCrash: true, pageBytes: 2);
            using var file = files.Open("/a", OpenFor.WritingOrCreating);
            file.Write(0, "1234"u8);
            file.Flush();
            files.FlushDirectory("/");
            file.Write(0, "ab"u8);
            file.SetLength(3);
            files.Crash(new Random(seed));
            seen.Add(Encoding.ASCII.GetString(files.ReadAll("/a", 100)));
        }

        Assert.Superset(new HashSet<string>(StringComparer.Ordinal) { "123", "1234", "ab3", "ab34" }, seen);
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
