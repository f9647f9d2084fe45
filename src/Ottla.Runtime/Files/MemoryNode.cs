namespace Ottla.Runtime.Files;

/// <summary>What has a name on a <see cref="MemoryFileSystem"/>.</summary>
internal abstract class MemoryNode;

internal sealed class MemoryDirectory : MemoryNode
{
    public Dictionary<string, MemoryNode> Entries { get; } = new(StringComparer.Ordinal);
}

/// <summary>
/// A file's bytes, in one array that doubles; and, where crashes are played, what to put back for each write that is not flushed.
/// </summary>
internal sealed class MemoryFile(MemoryFileSystem owner, bool canCrash) : MemoryNode
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
            Remember(position, Math.Min(end, _length));
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
            Remember(length, _length);
            Reserve(length);
            if (length < _length) _bytes.AsSpan((int)length, (int)(_length - length)).Clear();
            _length = length;
        }
    }

    public void Flush()
    {
        lock (_gate) _undo.Clear();
    }

    public void Crash(Random? chance)
    {
        lock (_gate)
        {
            var keep = chance?.Next(_undo.Count + 1) ?? 0;
            for (var i = _undo.Count - 1; i >= keep; i--)
            {
                var undo = _undo[i];
                // of the first write that is lost, a part may be on the disk
                var survives = i == keep && chance is not null && _length > undo.Length ? chance.NextInt64(_length - undo.Length + 1) : 0;
                owner.Grow("", undo.Length + survives - _length);
                Reserve(undo.Length);
                undo.Bytes.CopyTo(_bytes.AsSpan((int)undo.Position));
                _length = undo.Length + survives;
                _bytes.AsSpan((int)_length).Clear();
            }

            _undo.Clear();
        }
    }

    private void Remember(long from, long to)
    {
        if (canCrash) _undo.Add(new(from, from < to ? _bytes[(int)from..(int)to] : [], _length));
    }

    private void Reserve(long length)
    {
        if (length <= _bytes.Length) return;
        if (length > Array.MaxLength) throw new IOException($"A file in memory has at most {Array.MaxLength:N0} bytes");
        Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(length, _bytes.Length * 2L)));
    }

    private readonly record struct Undo(long Position, byte[] Bytes, long Length);
}
