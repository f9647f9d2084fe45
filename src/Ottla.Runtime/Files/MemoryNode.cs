namespace Ottla.Runtime.Files;

/// <summary>What has a name on a <see cref="MemoryFileSystem"/>.</summary>
internal abstract class MemoryNode;

/// <summary>A directory: its names, and where crashes are played, what to put back for each change of a name that is not flushed, in their order.</summary>
/// <remarks>Under the file system's lock.</remarks>
internal sealed class MemoryDirectory : MemoryNode
{
    private readonly List<Action> _undo = [];

    public SortedDictionary<string, MemoryNode> Entries { get; } = new(StringComparer.Ordinal);

    public void Set(string name, MemoryNode? node, bool canCrash)
    {
        var before = Entries.GetValueOrDefault(name);
        if (canCrash) _undo.Add(() => Put(name, before));
        Put(name, node);
    }

    /// <summary>One change for both names: after a crash there is the old name or the new one.</summary>
    public void Rename(string from, string to, MemoryNode node, bool canCrash)
    {
        var before = Entries.GetValueOrDefault(to);
        Put(from, null);
        Put(to, node);
        if (!canCrash) return;
        _undo.Add(() =>
        {
            Put(to, before);
            Put(from, node);
        });
    }

    /// <summary>The names are on the disk as they are.</summary>
    public void Flush() => _undo.Clear();

    /// <summary>The first changes of those that are not flushed may be on the disk, as a journal keeps their order.</summary>
    public void Crash(Random? chance)
    {
        var keep = chance?.Next(_undo.Count + 1) ?? 0;
        for (var i = _undo.Count - 1; i >= keep; i--) _undo[i]();
        _undo.Clear();
    }

    private void Put(string name, MemoryNode? node)
    {
        if (node is null) Entries.Remove(name);
        else Entries[name] = node;
    }
}

/// <summary>
/// A file's bytes, in one array that doubles; and, where crashes are played, what to put back for each write that is not flushed.
/// </summary>
internal sealed class MemoryFile(MemoryFileSystem owner, bool canCrash, int pageBytes) : MemoryNode
{
    private readonly Lock _gate = new();
    private readonly List<Undo> _undo = [];
    private byte[] _bytes = [];
    private long _length;

    public long Length
    {
        get
        {
            lock (_gate) return _length;
        }
    }

    public int Read(long position, Span<byte> buffer)
    {
        lock (_gate)
        {
            if (position >= _length) return 0;
            var count = (int)Math.Min(buffer.Length, _length - position);
            _bytes.AsSpan((int)position, count).CopyTo(buffer);
            return count;
        }
    }

    public void Write(string path, long position, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            var end = position + bytes.Length;
            owner.Grow(path, Math.Max(0, end - _length));
            Remember(position, end);
            Reserve(end);
            bytes.CopyTo(_bytes.AsSpan((int)position));
            _length = Math.Max(_length, end);
        }
    }

    public void SetLength(string path, long length)
    {
        lock (_gate)
        {
            owner.Grow(path, length - _length);
            Remember(Math.Min(length, _length), Math.Max(length, _length));
            Reserve(length);
            if (length < _length) _bytes.AsSpan((int)length, (int)(_length - length)).Clear();
            _length = length;
        }
    }

    public void Flush()
    {
        lock (_gate) _undo.Clear();
    }

    /// <summary>
    /// Each page that was written since the last flush is on the disk as it was after some of the writes, whatever became of its neighbours; so is the length.
    /// Where the length got through and the page did not, there are zeros.
    /// </summary>
    public void Crash(Random? chance)
    {
        lock (_gate)
        {
            if (_undo.Count == 0) return;
            var lengths = _undo.Select(undo => undo.Length).Append(_length).ToArray();
            var length = lengths[chance?.Next(lengths.Length) ?? 0];
            var survivors = new Dictionary<long, int>();
            for (var i = _undo.Count - 1; i >= 0; i--)
            {
                for (var page = _undo[i].Position / pageBytes; page * pageBytes < _undo[i].End; page++)
                {
                    if (!survivors.TryGetValue(page, out var kept)) survivors[page] = kept = chance?.Next(_undo.Count + 1) ?? 0;
                    if (i >= kept) PutBack(_undo[i], page);
                }
            }

            owner.Grow("", length - _length);
            Reserve(length);
            if (length < _length) _bytes.AsSpan((int)length, (int)(_length - length)).Clear();
            _length = length;
            _undo.Clear();
        }
    }

    private void PutBack(in Undo undo, long page)
    {
        var from = Math.Max(undo.Position, page * pageBytes);
        var to = Math.Min(undo.End, (page + 1) * pageBytes);
        if (from >= to) return;
        Reserve(to);
        var bytes = _bytes.AsSpan((int)from, (int)(to - from));
        bytes.Clear();
        var there = (int)Math.Clamp(undo.Position + undo.Bytes.Length - from, 0, bytes.Length);
        if (there > 0) undo.Bytes.AsSpan((int)(from - undo.Position), there).CopyTo(bytes);
    }

    /// <summary>What lies between the positions is about to change, and the length perhaps.</summary>
    private void Remember(long from, long to)
    {
        if (canCrash) _undo.Add(new(from, to, from < _length ? _bytes[(int)from..(int)Math.Min(to, _length)] : [], _length));
    }

    private void Reserve(long length)
    {
        if (length <= _bytes.Length) return;
        if (length > Array.MaxLength) throw new IOException($"A file in memory has at most {Array.MaxLength:N0} bytes");
        Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(length, _bytes.Length * 2L)));
    }

    /// <summary>Bytes that were there before, as far as the file went; behind them there were none.</summary>
    private readonly record struct Undo(long Position, long End, byte[] Bytes, long Length);
}
