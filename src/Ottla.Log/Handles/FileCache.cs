using Ottla.Runtime.Files;

namespace Ottla.Log.Handles;

/// <summary>Keeps the files of all partitions open as long as they are used and there is room; the one used longest ago is closed for the
/// next.</summary>
/// <remarks>
/// One for the whole process, handed in by its owner; every method from any thread. A file is opened outside of the lock, so a slow disk
/// delays only those who want that file.
/// A lease keeps a handle open until it is disposed of, even where the cache has let go of it: so the bound may be passed by as many
/// handles as are being sent from right now.
/// Failure: the <see cref="IOException"/> of opening goes to the caller; nothing is kept then.
/// </remarks>
public sealed class FileCache(IFileSystem files, int handlesMax = FileCache.HandlesMaxDefault) : IDisposable
{
    /// <summary>Handles kept open. Leaves half of the 1,000 files that a node with 10,000 partitions may hold to its connections.</summary>
    public const int HandlesMaxDefault = 512;

    private readonly Lock _lock = new();
    private FileSlot? _newest;
    private FileSlot? _oldest;
    private int _count;

    /// <summary>Handles that the cache holds now.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _count;
        }
    }

    internal FileLease Acquire(FileSlot slot, OpenFor mode = OpenFor.Writing)
    {
        lock (_lock)
        {
            if (slot.Open is { } open)
            {
                Touch(slot);
                return open.Lease();
            }
        }

        var opened = slot.OpenFile(files, mode);
        OpenFile? surplus = null;
        FileLease lease;
        lock (_lock)
        {
            if (slot.Open is { } other)
            {
                surplus = opened;
                lease = other.Lease();
            }
            else
            {
                lease = opened.Lease();
                if (slot.IsLeaving)
                {
                    surplus = opened;
                }
                else
                {
                    slot.Open = opened;
                    Link(slot);
                    if (_count > handlesMax) surplus = Unlink(_oldest!);
                }
            }
        }

        surplus?.Release();
        return lease;
    }

    /// <summary>Lets go of the slot's handle, before its file gets another name or goes.</summary>
    internal void Close(FileSlot slot)
    {
        OpenFile? open;
        lock (_lock) open = slot.Open is null ? null : Unlink(slot);
        open?.Release();
    }

    public void Dispose()
    {
        while (true)
        {
            OpenFile open;
            lock (_lock)
            {
                if (_oldest is null) return;
                open = Unlink(_oldest);
            }

            open.Release();
        }
    }

    private void Touch(FileSlot slot)
    {
        if (slot == _newest) return;
        var open = Unlink(slot);
        slot.Open = open;
        Link(slot);
    }

    private void Link(FileSlot slot)
    {
        slot.Older = _newest;
        slot.Newer = null;
        if (_newest is not null) _newest.Newer = slot;
        _newest = slot;
        _oldest ??= slot;
        _count++;
    }

    private OpenFile Unlink(FileSlot slot)
    {
        if (slot.Newer is null) _newest = slot.Older;
        else slot.Newer.Older = slot.Older;
        if (slot.Older is null) _oldest = slot.Newer;
        else slot.Older.Newer = slot.Newer;
        slot.Newer = slot.Older = null;
        _count--;
        var open = slot.Open!;
        slot.Open = null;
        return open;
    }
}
