using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Ottla.Runtime.Files;

namespace Ottla.Runtime.Platform;

/// <summary>The operating system's files.</summary>
public sealed partial class OsFileSystem : IFileSystem
{
    private const int NoSuchEntry = 2;

    public IStorageFile Open(string path, OpenFor mode)
    {
        var (fileMode, access) = mode switch
        {
            OpenFor.Reading => (FileMode.Open, FileAccess.Read),
            OpenFor.Writing => (FileMode.Open, FileAccess.ReadWrite),
            _ => (FileMode.OpenOrCreate, FileAccess.ReadWrite),
        };
        return new OsFile(path, Guard(path, p => File.OpenHandle(p, fileMode, access, FileShare.ReadWrite | FileShare.Delete)));
    }

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public void CreateDirectory(string path) => Guard(path, Directory.CreateDirectory);

    public void DeleteFile(string path)
    {
        try
        {
            Guard(path, p =>
            {
                File.Delete(p);
                return true;
            });
        }
        catch (DirectoryNotFoundException)
        {
            // the directory is gone, so the file is
        }
    }

    public void DeleteDirectory(string path)
    {
        try
        {
            Guard(path, p =>
            {
                Directory.Delete(p, recursive: true);
                return true;
            });
        }
        catch (DirectoryNotFoundException)
        {
            // gone already
        }
    }

    public void Rename(string from, string to) => Guard(from, f =>
    {
        if (Directory.Exists(f)) Directory.Move(f, to);
        else File.Move(f, to, overwrite: true);
        return true;
    });

    public IEnumerable<FileEntry> List(string directory)
    {
        foreach (var entry in Guard(directory, d => new DirectoryInfo(d).EnumerateFileSystemInfos()))
        {
            yield return entry is FileInfo file ? new(file.Name, false, LengthOf(file)) : new(entry.Name, true, 0);
        }
    }

    public byte[] ReadAll(string path, int maxBytes)
    {
        using var file = Open(path, OpenFor.Reading);
        var length = file.Length;
        if (length > maxBytes) throw new IOException($"{path} has {length:N0} bytes; at most {maxBytes:N0} are read");
        var bytes = new byte[length];
        var read = file.ReadFully(0, bytes);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    public void Replace(string path, ReadOnlySpan<byte> bytes, bool flush = true)
    {
        var temporary = path + ".tmp";
        using (var file = Open(temporary, OpenFor.WritingOrCreating))
        {
            file.SetLength(0);
            file.Write(0, bytes);

            // a flush of this file that fails costs nothing: the old file stands until the new one is whole
            if (flush) OsFile.FlushAnew(file);
        }

        Rename(temporary, path);
        if (flush && Path.GetDirectoryName(path) is { Length: > 0 } directory) FlushDirectory(directory);
    }

    public void FlushDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        OnDescriptor(path, FSync);
    }

    public bool TryFlushVolume(string path)
    {
        if (!OperatingSystem.IsLinux()) return false;
        OnDescriptor(path, SyncFs);
        return true;
    }

    public VolumeSpace Space(string path) => Guard(path, p =>
    {
        var volume = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(Path.GetFullPath(p))! : Path.GetFullPath(p));
        return new VolumeSpace(volume.TotalSize, volume.AvailableFreeSpace);
    });

    public IDisposable? TryLock(string path) => FileLock.TryTake(path);

    /// <summary>Access that is refused is a disk fault like any other; so callers have one exception to think of.</summary>
    private static T Guard<T>(string path, Func<string, T> action)
    {
        try
        {
            return action(path);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException(refused.Message, refused);
        }
    }

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private static void OnDescriptor(string path, Func<int, int> flush)
    {
        var descriptor = Open(path, flags: 0);
        if (descriptor < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw error == NoSuchEntry
                ? new DirectoryNotFoundException($"{path} is not there any more")
                : DiskFault.FromErrno(error, $"{path} can't be opened to be flushed");
        }

        try
        {
            if (flush(descriptor) != 0)
                throw new FlushFailedException(path, DiskFault.FromErrno(Marshal.GetLastPInvokeError(), "fsync"));
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFs(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}

/// <summary>A file of the operating system.</summary>
internal sealed class OsFile(string path, SafeFileHandle handle) : IStorageFile
{
    internal SafeFileHandle Handle => handle;

    public long Length => RandomAccess.GetLength(handle);

    public int Read(long position, Span<byte> buffer) => RandomAccess.Read(handle, buffer, position);

    public void Write(long position, ReadOnlySpan<byte> bytes) => RandomAccess.Write(handle, bytes, position);

    public void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> pieces) => RandomAccess.Write(handle, pieces, position);

    public void SetLength(long length) => RandomAccess.SetLength(handle, length);

    public void Flush()
    {
        try
        {
            RandomAccess.FlushToDisk(handle);
        }
        catch (IOException fault)
        {
            throw new FlushFailedException(path, fault);
        }
    }

    /// <summary>Of a file that nobody counts on yet: a fault is what it is.</summary>
    public static void FlushAnew(IStorageFile file) => RandomAccess.FlushToDisk(((OsFile)file).Handle);

    public void Dispose() => handle.Dispose();
}
