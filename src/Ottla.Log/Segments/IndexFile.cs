using System.Buffers.Binary;
using Ottla.Log.Handles;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Segments;

/// <summary>Entries of one size that rise, in an ordinary file that grows by appending: what offset and time index have in
/// common.</summary>
/// <remarks>
/// Not memory-mapped and not preallocated (an idle partition shall cost nothing), so an entry is first kept in memory and reaches the file
/// with the next hundreds, or when the segment is flushed, rolled or closed; what a crash loses, recovery builds anew from the log.
/// One writer, any number of readers; all under one lock, which is held for a few reads of the page cache at most.
/// Apache Kafka preallocates: after its kill -9 the file is long and ends in zeros, which are not counted as entries.
/// </remarks>
internal sealed class IndexFile(FileCache cache, FileSlot slot, int entryBytes)
{
    /// <summary>Bytes kept in memory before they are written: with 4 KiB of log for an entry, one write for each 2 MiB of log or 1.4
    /// MiB.</summary>
    private const int TailBytesMax = 4096;

    private const int TailBytesFirst = 96;

    /// <summary>Entries read at once at the end of a search: a page or so.</summary>
    private const int BlockEntries = 256;

    private readonly Lock _lock = new();
    private byte[] _tail = [];
    private int _tailEntries;
    private int _writtenEntries;
    private long _fileBytes;

    /// <summary>Whether there is a file; the first entries that are written make it.</summary>
    public bool FileExists { get; private set; }

    public int Count
    {
        get
        {
            lock (_lock) return _writtenEntries + _tailEntries;
        }
    }

    /// <summary>Takes up an existing file. False where its length is none that whole entries have.</summary>
    public bool Load()
    {
        lock (_lock)
        {
            using var lease = cache.Acquire(slot);
            _fileBytes = lease.File.Length;
            FileExists = true;
            _tailEntries = 0;
            var entries = _fileBytes / entryBytes;
            if (entries > int.MaxValue) return false;
            _writtenEntries = WithoutZeros(lease.File, (int)entries);
            return _fileBytes % entryBytes == 0 || _writtenEntries < entries;
        }
    }

    /// <summary>Makes the file, empty, without keeping it open.</summary>
    public void Create(IFileSystem files)
    {
        lock (_lock)
        {
            using var file = files.Open(slot.Path, OpenFor.WritingOrCreating);
            if (file.Length > 0) file.SetLength(0);
            FileExists = true;
            _writtenEntries = _tailEntries = 0;
            _fileBytes = 0;
        }
    }

    public void Append(ReadOnlySpan<byte> entry)
    {
        Invariant.That(entry.Length == entryBytes);
        lock (_lock)
        {
            if ((_tailEntries + 1) * entryBytes > TailBytesMax) WriteTail();
            var at = _tailEntries * entryBytes;
            if (at + entryBytes > _tail.Length) Array.Resize(ref _tail, Math.Min(Math.Max(TailBytesFirst, _tail.Length * 2), TailBytesMax));
            entry.CopyTo(_tail.AsSpan(at));
            _tailEntries++;
        }
    }

    public void Read(int index, Span<byte> entry)
    {
        lock (_lock) ReadLocked(index, entry);
    }

    /// <summary>Index of the last entry whose key is not above <paramref name="key"/>, and the entry; -1 where all are. Keys are big-endian
    /// and rise.</summary>
    public int Floor(long key, int keyAt, int keyBytes, Span<byte> entry)
    {
        lock (_lock)
        {
            int low = 0, high = _writtenEntries + _tailEntries - 1;
            if (_tailEntries > 0 && _writtenEntries > 0)
            {
                if (Key(_tail.AsSpan(keyAt), keyBytes) <= key) low = _writtenEntries;
                else high = _writtenEntries - 1;
            }

            if (high < low) return -1;
            if (low >= _writtenEntries) return SearchBlock(_tail, _writtenEntries, low, high, key, keyAt, keyBytes, entry);
            return SearchFile(low, high, key, keyAt, keyBytes, entry);
        }
    }

    /// <summary>Writes what is kept in memory and makes the file exactly as long as its entries.</summary>
    public void Trim()
    {
        lock (_lock)
        {
            WriteTail();
            _tail = [];
            var length = (long)_writtenEntries * entryBytes;
            if (_fileBytes == length) return;
            using var lease = cache.Acquire(slot);
            lease.File.SetLength(length);
            _fileBytes = length;
        }
    }

    public void Flush()
    {
        lock (_lock)
        {
            WriteTail();
            using var lease = cache.Acquire(slot);
            lease.File.Flush();
        }
    }

    /// <summary>Keeps the first <paramref name="entries"/> only.</summary>
    public void Truncate(int entries)
    {
        lock (_lock)
        {
            if (entries >= _writtenEntries + _tailEntries) return;
            if (entries >= _writtenEntries)
            {
                _tailEntries = entries - _writtenEntries;
                return;
            }

            _tailEntries = 0;
            _writtenEntries = entries;
            using var lease = cache.Acquire(slot);
            _fileBytes = (long)entries * entryBytes;
            lease.File.SetLength(_fileBytes);
        }
    }

    private int SearchFile(int low, int high, long key, int keyAt, int keyBytes, Span<byte> entry)
    {
        Span<byte> block = stackalloc byte[BlockEntries * entryBytes];
        using var lease = cache.Acquire(slot);
        while (high - low >= BlockEntries)
        {
            var middle = low + (high - low) / 2;
            lease.File.ReadFully((long)middle * entryBytes, block[..entryBytes]);
            if (Key(block[keyAt..], keyBytes) <= key) low = middle;
            else high = middle - 1;
        }

        lease.File.ReadFully((long)low * entryBytes, block[..((high - low + 1) * entryBytes)]);
        return SearchBlock(block, low, low, high, key, keyAt, keyBytes, entry);
    }

    /// <summary>Searches entries that lie in <paramref name="block"/>, whose first entry has the index <paramref
    /// name="blockFirst"/>.</summary>
    private int SearchBlock(ReadOnlySpan<byte> block, int blockFirst, int low, int high, long key, int keyAt, int keyBytes,
        Span<byte> entry)
    {
        var found = -1;
        while (low <= high)
        {
            var middle = low + (high - low) / 2;
            if (Key(block[((middle - blockFirst) * entryBytes + keyAt)..], keyBytes) <= key)
            {
                found = middle;
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        if (found >= 0) block.Slice((found - blockFirst) * entryBytes, entryBytes).CopyTo(entry);
        return found;
    }

    private void ReadLocked(int index, Span<byte> entry)
    {
        Invariant.That(index >= 0 && index < _writtenEntries + _tailEntries);
        if (index >= _writtenEntries)
        {
            _tail.AsSpan((index - _writtenEntries) * entryBytes, entryBytes).CopyTo(entry);
            return;
        }

        using var lease = cache.Acquire(slot);
        if (lease.File.ReadFully((long)index * entryBytes, entry[..entryBytes]) < entryBytes)
            throw new IOException($"{slot.Path} is shorter than it was");
    }

    private void WriteTail()
    {
        if (_tailEntries == 0 && FileExists) return;
        using var lease = cache.Acquire(slot, FileExists ? OpenFor.Writing : OpenFor.WritingOrCreating);
        if (!FileExists) lease.File.SetLength(0);
        FileExists = true;
        lease.File.Write((long)_writtenEntries * entryBytes, _tail.AsSpan(0, _tailEntries * entryBytes));
        _writtenEntries += _tailEntries;
        _tailEntries = 0;
        _fileBytes = Math.Max(_fileBytes, (long)_writtenEntries * entryBytes);
    }

    private int WithoutZeros(IStorageFile file, int entries)
    {
        Span<byte> entry = stackalloc byte[entryBytes];
        if (entries == 0 || !IsZero(file, entries - 1, entry)) return entries;
        int low = 0, high = entries - 1;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (IsZero(file, middle, entry)) high = middle;
            else low = middle + 1;
        }

        return low;
    }

    private bool IsZero(IStorageFile file, int index, Span<byte> entry) =>
        file.ReadFully((long)index * entryBytes, entry) < entryBytes || !entry.ContainsAnyExcept((byte)0);

    private static long Key(ReadOnlySpan<byte> at, int keyBytes) =>
        keyBytes == sizeof(int) ? BinaryPrimitives.ReadInt32BigEndian(at) : BinaryPrimitives.ReadInt64BigEndian(at);
}
