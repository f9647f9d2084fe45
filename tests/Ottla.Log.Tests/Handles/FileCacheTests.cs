using Ottla.Log.Handles;
using Ottla.Runtime.Files;

namespace Ottla.Log.Tests.Handles;

public sealed class FileCacheTests
{
    private readonly MemoryFileSystem _disk = new();
    private readonly LogFolder _folder = new("/data");

    public FileCacheTests() => _disk.CreateDirectory("/data");

    [Fact]
    public void The_file_used_longest_ago_is_closed_for_the_next()
    {
        var cache = new FileCache(_disk, handlesMax: 2);
        var slots = Slots(3);
        Use(cache, slots[0]);
        Use(cache, slots[1]);
        Use(cache, slots[0]);
        Use(cache, slots[2]);
        Assert.Equal((2, 2), (cache.Count, _disk.OpenFiles));
        Assert.Equal([true, false, true], slots.Select(slot => slot.Open is not null));
    }

    [Fact]
    public void A_lease_keeps_its_handle_open_beyond_the_bound()
    {
        var cache = new FileCache(_disk, handlesMax: 1);
        var slots = Slots(2);
        var lease = cache.Acquire(slots[0], OpenFor.WritingOrCreating);
        Use(cache, slots[1]);
        Assert.Equal((1, 2), (cache.Count, _disk.OpenFiles));
        lease.File.Write(0, "still open"u8);
        lease.Dispose();
        Assert.Equal(1, _disk.OpenFiles);
    }

    [Fact]
    public void Closing_lets_go_of_the_handle_once_its_leases_end()
    {
        var cache = new FileCache(_disk);
        var slot = Slots(1)[0];
        var lease = cache.Acquire(slot, OpenFor.WritingOrCreating);
        cache.Close(slot);
        cache.Close(slot);
        Assert.Equal((0, 1), (cache.Count, _disk.OpenFiles));
        lease.Dispose();
        Assert.Equal(0, _disk.OpenFiles);
        Use(cache, slot);
        cache.Dispose();
        Assert.Equal((0, 0), (cache.Count, _disk.OpenFiles));
    }

    [Fact]
    public void A_file_that_cannot_be_opened_leaves_the_cache_as_it_was()
    {
        var cache = new FileCache(_disk);
        Assert.Throws<FileNotFoundException>(() => cache.Acquire(Slots(1)[0]));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void A_file_that_is_on_its_way_out_is_not_kept_open()
    {
        var cache = new FileCache(_disk);
        var slot = Slots(1)[0];
        Use(cache, slot);
        slot.IsDeleted = true;
        cache.Close(slot);
        var lease = cache.Acquire(slot);
        Assert.Equal((0, 1), (cache.Count, _disk.OpenFiles));
        lease.Dispose();
        Assert.Equal(0, _disk.OpenFiles);
    }

    [Fact]
    public void Many_threads_share_few_handles()
    {
        var cache = new FileCache(_disk, handlesMax: 3);
        var slots = Slots(8);
        Parallel.For(0, 4000, i =>
        {
            using var lease = cache.Acquire(slots[i * 7 % slots.Length], OpenFor.WritingOrCreating);
            lease.File.Write(0, [(byte)i]);
        });
        Assert.Equal((3, 3), (cache.Count, _disk.OpenFiles));
    }

    private FileSlot[] Slots(int count) => [.. Enumerable.Range(0, count).Select(i => new FileSlot(_folder, i, ".log"))];

    private static void Use(FileCache cache, FileSlot slot) => cache.Acquire(slot, OpenFor.WritingOrCreating).Dispose();
}
