using Ottla.Protocol.Primitives;
using Ottla.Runtime.Platform;

namespace Ottla.Runtime.Files;

/// <summary>A disk in memory: for brokers that leave nothing behind, and for tests, which can pull its plug.</summary>
/// <remarks>
/// Safe from any thread: one lock for names, one for each file's bytes. With <c>canCrash</c> it remembers what is not flushed yet, and
/// <see cref="Crash"/> takes it away,
/// as a journaling file system (ext4, XFS) would: names change in order and are durable with the next flush of any file or directory;
/// bytes are durable with
/// their own file's flush alone. A killed process is not a crash in this sense: what it wrote stays; dispose its locks and open anew.
/// </remarks>
public sealed class MemoryFileSystem(bool canCrash = false) : IFileSystem
{
    private readonly Lock _gate = new();
    private readonly MemoryDirectory _root = new();
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);
    private readonly List<Action> _undoNames = [];
    private long _usedBytes;
    private int _openFiles;

    /// <summary>Bytes that fit; a write beyond them fails as on a full disk.</summary>
    public long CapacityBytes { get; set; } = 1L << 50;

    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>Handles that nobody has disposed of yet.</summary>
    public int OpenFiles => Volatile.Read(ref _openFiles);

    /// <summary>The plug is pulled. Without <paramref name="chance"/> all that was not flushed is gone; with it some of the writes and
    /// names survive, in their order,
    /// and of the first that is lost a part may have got through.</summary>
    public void Crash(Random? chance = null)
    {
        lock (_gate)
        {
            Invariant.That(canCrash);
            var files = new List<MemoryFile>();
            Collect(_root, files);
            var keep = chance?.Next(_undoNames.Count + 1) ?? 0;
            for (var i = _undoNames.Count - 1; i >= keep; i--) _undoNames[i]();
            _undoNames.Clear();
            Collect(_root, files);
            foreach (var file in files.Distinct()) file.Crash(chance);
            _locks.Clear();
        }
    }

    public IStorageFile Open(string path, OpenFor mode)
    {
        lock (_gate)
        {
            var (parent, name) = Parent(path);
            if (!parent.Entries.TryGetValue(name, out var node))
            {
                if (mode != OpenFor.WritingOrCreating) throw new FileNotFoundException($"Could not find file '{path}'.", path);
                node = new MemoryFile(this, canCrash);
                Set(parent, name, node);
            }

            if (node is not MemoryFile file) throw new IOException($"'{path}' is a directory");
            Interlocked.Increment(ref _openFiles);
            return new Handle(this, file, path, mode != OpenFor.Reading);
        }
    }

    public bool FileExists(string path)
    {
        lock (_gate) return Find(path) is MemoryFile;
    }

    public bool DirectoryExists(string path)
    {
        lock (_gate) return Find(path) is MemoryDirectory;
    }

    public void CreateDirectory(string path)
    {
        lock (_gate)
        {
            var at = _root;
            foreach (var part in Parts(path))
            {
                if (!at.Entries.TryGetValue(part, out var next))
                {
                    next = new MemoryDirectory();
                    Set(at, part, next);
                }

                at = next as MemoryDirectory ?? throw new IOException($"'{path}' goes through a file");
            }
        }
    }

    public void DeleteFile(string path)
    {
        lock (_gate)
        {
            if (Find(path) is not { } node) return;
            if (node is not MemoryFile file) throw new IOException($"'{path}' is a directory");
            var (parent, name) = Parent(path);
            Set(parent, name, null);
            Interlocked.Add(ref _usedBytes, -file.Length);
        }
    }

    public void DeleteDirectory(string path)
    {
        lock (_gate)
        {
            if (Find(path) is not { } node) return;
            if (node is not MemoryDirectory directory) throw new IOException($"'{path}' is a file");
            var files = new List<MemoryFile>();
            Collect(directory, files);
            var (parent, name) = Parent(path);
            Set(parent, name, null);
            Interlocked.Add(ref _usedBytes, -files.Sum(file => file.Length));
        }
    }

    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            var node = Find(from) ?? throw new FileNotFoundException($"Could not find '{from}'.", from);
            var (oldParent, oldName) = Parent(from);
            var (newParent, newName) = Parent(to);
            if (newParent.Entries.TryGetValue(newName, out var there))
            {
                if (there is MemoryDirectory || node is MemoryDirectory) throw new IOException($"Cannot create '{to}' because it already exists.");
                if (!ReferenceEquals(there, node)) Interlocked.Add(ref _usedBytes, -((MemoryFile)there).Length);
            }

            // one change for both names: after a crash there is the old name or the new one
            oldParent.Entries.Remove(oldName);
            newParent.Entries[newName] = node;
            Remember(() =>
            {
                Put(newParent, newName, there);
                Put(oldParent, oldName, node);
            });
        }
    }

    public IEnumerable<FileEntry> List(string directory)
    {
        lock (_gate)
        {
            if (Find(directory) is not MemoryDirectory found)
                throw new DirectoryNotFoundException($"Could not find a part of the path '{directory}'.");
            return found.Entries.Select(e => new FileEntry(e.Key, e.Value is MemoryDirectory, e.Value is MemoryFile f ? f.Length : 0)).ToArray();
        }
    }

    public byte[] ReadAll(string path, int maxBytes)
    {
        using var file = Open(path, OpenFor.Reading);
        if (file.Length > maxBytes) throw new IOException($"{path} has {file.Length:N0} bytes; at most {maxBytes:N0} are read");
        var bytes = new byte[file.Length];
        return bytes[..file.ReadFully(0, bytes)];
    }

    public void Replace(string path, ReadOnlySpan<byte> bytes, bool flush = true)
    {
        var temporary = path + ".tmp";
        using (var file = Open(temporary, OpenFor.WritingOrCreating))
        {
            file.SetLength(0);
            file.Write(0, bytes);
            if (flush) file.Flush();
        }

        Rename(temporary, path);
        if (flush) NamesAreDurable();
    }

    public void FlushDirectory(string path)
    {
        if (!DirectoryExists(path)) throw new DirectoryNotFoundException($"Could not find a part of the path '{path}'.");
        NamesAreDurable();
    }

    public bool TryFlushVolume(string path)
    {
        lock (_gate)
        {
            var files = new List<MemoryFile>();
            Collect(_root, files);
            foreach (var file in files) file.Flush();
            _undoNames.Clear();
            return true;
        }
    }

    public VolumeSpace Space(string path) => new(CapacityBytes, Math.Max(0, CapacityBytes - UsedBytes));

    public IDisposable? TryLock(string path)
    {
        Open(path, OpenFor.WritingOrCreating).Dispose();
        lock (_gate) return _locks.Add(path) ? new Held(this, path) : null;
    }

    internal void Grow(string path, long bytes)
    {
        if (bytes > 0 && UsedBytes + bytes > CapacityBytes) throw DiskFault.Full(path);
        Interlocked.Add(ref _usedBytes, bytes);
    }

    private static string[] Parts(string path) =>
        Path.GetFullPath(path).Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);

    private static void Collect(MemoryDirectory from, List<MemoryFile> to)
    {
        foreach (var node in from.Entries.Values)
        {
            if (node is MemoryFile file) to.Add(file);
            else Collect((MemoryDirectory)node, to);
        }
    }

    private static void Put(MemoryDirectory parent, string name, MemoryNode? node)
    {
        if (node is null) parent.Entries.Remove(name);
        else parent.Entries[name] = node;
    }

    private void Set(MemoryDirectory parent, string name, MemoryNode? node)
    {
        parent.Entries.TryGetValue(name, out var before);
        Put(parent, name, node);
        Remember(() => Put(parent, name, before));
    }

    private void Remember(Action undo)
    {
        if (canCrash) _undoNames.Add(undo);
    }

    private void NamesAreDurable()
    {
        lock (_gate) _undoNames.Clear();
    }

    private MemoryNode? Find(string path)
    {
        MemoryNode at = _root;
        foreach (var part in Parts(path))
        {
            if (at is not MemoryDirectory directory || !directory.Entries.TryGetValue(part, out var next)) return null;
            at = next;
        }

        return at;
    }

    private (MemoryDirectory Parent, string Name) Parent(string path)
    {
        var full = Path.GetFullPath(path).TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        var parent = Find(Path.GetDirectoryName(full) ?? full) as MemoryDirectory;
        return (parent ?? throw new DirectoryNotFoundException($"Could not find a part of the path '{path}'."), Path.GetFileName(full));
    }

    private sealed class Held(MemoryFileSystem owner, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate) owner._locks.Remove(path);
        }
    }

    private sealed class Handle(MemoryFileSystem owner, MemoryFile file, string path, bool writes) : IStorageFile
    {
        private int _disposed;

        public long Length => Opened().Length;

        public int Read(long position, Span<byte> buffer) => Opened().Read(position, buffer);

        public void Write(long position, ReadOnlySpan<byte> bytes) => OpenedToWrite().Write(path, position, bytes);

        public void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> pieces)
        {
            foreach (var piece in pieces)
            {
                Write(position, piece.Span);
                position += piece.Length;
            }
        }

        public void SetLength(long length) => OpenedToWrite().SetLength(path, length);

        public void Flush()
        {
            Opened().Flush();
            owner.NamesAreDurable();
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0) Interlocked.Decrement(ref owner._openFiles);
        }

        private MemoryFile Opened()
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            return file;
        }

        private MemoryFile OpenedToWrite() => writes ? Opened() : throw new IOException($"'{path}' is open for reading only");
    }
}
