using Ottla.Protocol.Primitives;
using Ottla.Runtime.Platform;

namespace Ottla.Runtime.Files;

/// <summary>A disk in memory: for brokers that leave nothing behind, and for tests, which can pull its plug.</summary>
/// <remarks>
/// Safe from any thread: one lock for names, one for each file's bytes. With <c>canCrash</c> it remembers what is not flushed yet, and
/// <see cref="Crash"/> takes it away, as cruelly as a file system may that keeps to the letter of what it promised: names are durable with a flush of the very
/// directory in which they stand (the directory's own name stands in the one above), bytes with their own file's. What is not flushed survives in part: of a
/// directory's changes the first ones, of a file's any of the pages that were written, of whichever age, and any of the lengths that it had; lost pages in the
/// middle are zeros. Journals are mostly kinder, but not all of them, and not always.
/// A killed process is not a crash in this sense: what it wrote stays; dispose its locks and open anew.
/// </remarks>
public sealed class MemoryFileSystem(bool canCrash = false, int pageBytes = MemoryFileSystem.PageBytesDefault) : IFileSystem
{
    /// <summary>What a disk writes as a whole; tests with small files take smaller pages.</summary>
    public const int PageBytesDefault = 4096;

    private readonly Lock _gate = new();
    private readonly MemoryDirectory _root = new();
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);
    private long _usedBytes;
    private int _openFiles;

    /// <summary>Bytes that fit; a write beyond them fails as on a full disk.</summary>
    public long CapacityBytes { get; set; } = 1L << 50;

    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>Handles that nobody has disposed of yet.</summary>
    public int OpenFiles => Volatile.Read(ref _openFiles);

    /// <summary>The plug is pulled. Without <paramref name="chance"/> all that was not flushed is gone; with it some of it is there.</summary>
    public void Crash(Random? chance = null)
    {
        lock (_gate)
        {
            Invariant.That(canCrash);
            Crash(_root, chance, []);
            _locks.Clear();
            var files = new List<MemoryFile>();
            Collect(_root, files);
            Volatile.Write(ref _usedBytes, files.Distinct().Sum(file => file.Length));
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
                node = new MemoryFile(this, canCrash, pageBytes);
                parent.Set(name, node, canCrash);
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
                    at.Set(part, next, canCrash);
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
            parent.Set(name, null, canCrash);
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
            parent.Set(name, null, canCrash);
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

            if (oldParent == newParent)
            {
                newParent.Rename(oldName, newName, node, canCrash);
                return;
            }

            newParent.Set(newName, node, canCrash);
            oldParent.Set(oldName, null, canCrash);
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
        if (flush && Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory) FlushDirectory(directory);
    }

    public void FlushDirectory(string path)
    {
        lock (_gate)
        {
            if (Find(path) is not MemoryDirectory found) throw new DirectoryNotFoundException($"Could not find a part of the path '{path}'.");
            found.Flush();
        }
    }

    public bool TryFlushVolume(string path)
    {
        lock (_gate)
        {
            var files = new List<MemoryFile>();
            Collect(_root, files);
            foreach (var file in files) file.Flush();
            FlushNames(_root);
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

    private static void FlushNames(MemoryDirectory directory)
    {
        directory.Flush();
        foreach (var node in directory.Entries.Values)
        {
            if (node is MemoryDirectory inside) FlushNames(inside);
        }
    }

    /// <summary>From the root on: what lies in a directory that is back is as it was left there.</summary>
    private static void Crash(MemoryDirectory directory, Random? chance, HashSet<MemoryNode> seen)
    {
        directory.Crash(chance);
        foreach (var node in directory.Entries.Values)
        {
            if (!seen.Add(node)) continue;
            if (node is MemoryFile file) file.Crash(chance);
            else Crash((MemoryDirectory)node, chance, seen);
        }
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

        public void Flush() => Opened().Flush();

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
