namespace Ottla.Runtime.Files;

/// <summary>The disk, as Ottla sees it. The operating system's is in Platform/, the simulator brings its own.</summary>
/// <remarks>Every method may throw <see cref="IOException"/> (a disk fault); the owner of the log directory decides what that means.
/// Methods block: never call them on a thread that serves sockets unless the bytes are known to be in the page cache.</remarks>
public interface IFileSystem
{
    IStorageFile Open(string path, OpenFor mode);

    bool FileExists(string path);

    bool DirectoryExists(string path);

    /// <summary>Makes the directory and those above it, where they do not exist.</summary>
    void CreateDirectory(string path);

    /// <summary>Removes a file; nothing happens where there is none.</summary>
    void DeleteFile(string path);

    /// <summary>Removes a directory with all that is in it; nothing happens where there is none.</summary>
    void DeleteDirectory(string path);

    /// <summary>Renames a file or directory within its file system, atomically; a file of the new name is replaced.</summary>
    void Rename(string from, string to);

    /// <summary>What lies directly in the directory, in no order.</summary>
    IEnumerable<FileEntry> List(string directory);

    /// <summary>The whole file.</summary>
    /// <exception cref="IOException">There is none, or it is longer than <paramref name="maxBytes"/>.</exception>
    byte[] ReadAll(string path, int maxBytes);

    /// <summary>Replaces the file by a new one as a whole: a temporary file beside it, flushed, then renamed, then the directory flushed.
    /// After a crash there is the old file or the new one.</summary>
    void Replace(string path, ReadOnlySpan<byte> bytes, bool flush = true);

    /// <summary>Makes renames, new names and removals in the directory durable.</summary>
    /// <exception cref="FlushFailedException">They may be lost.</exception>
    void FlushDirectory(string path);

    /// <summary>Makes all that was written to the volume of <paramref name="path"/> durable with one call (syncfs); false where the system
    /// has no such call.
    /// For many dirty files at once: 2,048 of them take 15 ms, and 179 ms one by one.</summary>
    /// <exception cref="FlushFailedException">What was written since the last flush may be lost.</exception>
    bool TryFlushVolume(string path);

    /// <summary>Room on the volume of <paramref name="path"/>.</summary>
    VolumeSpace Space(string path);

    /// <summary>
    /// Takes the advisory lock that Apache Kafka takes on a log directory's `.lock`; null where another process, or another part of this
    /// one, holds it.
    /// </summary>
    IDisposable? TryLock(string path);
}

/// <summary>Bytes of a volume: all of them, and those that this process may still use.</summary>
public readonly record struct VolumeSpace(long TotalBytes, long UsableBytes);

/// <summary>How <see cref="IFileSystem.Open"/> opens.</summary>
public enum OpenFor
{
    /// <summary>Reading; the file must exist.</summary>
    Reading,

    /// <summary>Reading and writing; the file must exist.</summary>
    Writing,

    /// <summary>Reading and writing; made where it does not exist, and never truncated (ext4 flushes a truncated file on close).</summary>
    WritingOrCreating,
}

/// <summary>One name in a directory; length in bytes, 0 for a directory.</summary>
public readonly record struct FileEntry(string Name, bool IsDirectory, long Length);
