namespace Ottla.Runtime.Files;

/// <summary>One call to a file system, as <see cref="FaultyFileSystem"/> shows it before it is made.</summary>
public readonly record struct FileCall(FileOperation Operation, string Path);

public enum FileOperation
{
    Open,
    CreateDirectory,
    DeleteFile,
    DeleteDirectory,
    Rename,
    List,
    Replace,
    FlushDirectory,
    FlushVolume,
    Space,
    Lock,
    Length,
    Read,
    Write,
    SetLength,
    Flush,
}

/// <summary>A file system whose calls fail when it is told to: for tests and for brokers that are to be hurt.</summary>
/// <remarks>The hook sees each call before it is made and may throw what a broken or full disk would (<see cref="Platform.DiskFault"/>);
/// it may be called from any thread.
/// Reading the whole of a file counts as an opening and a read.</remarks>
public sealed class FaultyFileSystem(IFileSystem inner, Action<FileCall> before) : IFileSystem
{
    public IStorageFile Open(string path, OpenFor mode)
    {
        before(new(FileOperation.Open, path));
        return new File(inner.Open(path, mode), path, before);
    }

    public bool FileExists(string path) => inner.FileExists(path);

    public bool DirectoryExists(string path) => inner.DirectoryExists(path);

    public void CreateDirectory(string path)
    {
        before(new(FileOperation.CreateDirectory, path));
        inner.CreateDirectory(path);
    }

    public void DeleteFile(string path)
    {
        before(new(FileOperation.DeleteFile, path));
        inner.DeleteFile(path);
    }

    public void DeleteDirectory(string path)
    {
        before(new(FileOperation.DeleteDirectory, path));
        inner.DeleteDirectory(path);
    }

    public void Rename(string from, string to)
    {
        before(new(FileOperation.Rename, from));
        inner.Rename(from, to);
    }

    public IEnumerable<FileEntry> List(string directory)
    {
        before(new(FileOperation.List, directory));
        return inner.List(directory);
    }

    public byte[] ReadAll(string path, int maxBytes)
    {
        before(new(FileOperation.Open, path));
        before(new(FileOperation.Read, path));
        return inner.ReadAll(path, maxBytes);
    }

    public void Replace(string path, ReadOnlySpan<byte> bytes, bool flush = true)
    {
        before(new(FileOperation.Replace, path));
        inner.Replace(path, bytes, flush);
    }

    public void FlushDirectory(string path)
    {
        BeforeFlush(before, new(FileOperation.FlushDirectory, path));
        inner.FlushDirectory(path);
    }

    public bool TryFlushVolume(string path)
    {
        BeforeFlush(before, new(FileOperation.FlushVolume, path));
        return inner.TryFlushVolume(path);
    }

    public VolumeSpace Space(string path)
    {
        before(new(FileOperation.Space, path));
        return inner.Space(path);
    }

    public IDisposable? TryLock(string path)
    {
        before(new(FileOperation.Lock, path));
        return inner.TryLock(path);
    }

    /// <summary>A flush that fails is another fault than whatever made it fail, as on a real disk.</summary>
    private static void BeforeFlush(Action<FileCall> before, FileCall call)
    {
        try
        {
            before(call);
        }
        catch (IOException fault) when (fault is not (FlushFailedException or FileNotFoundException or DirectoryNotFoundException))
        {
            throw new FlushFailedException(call.Path, fault);
        }
    }

    private sealed class File(IStorageFile inner, string path, Action<FileCall> before) : IStorageFile
    {
        public long Length
        {
            get
            {
                before(new(FileOperation.Length, path));
                return inner.Length;
            }
        }

        public int Read(long position, Span<byte> buffer)
        {
            before(new(FileOperation.Read, path));
            return inner.Read(position, buffer);
        }

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            before(new(FileOperation.Write, path));
            inner.Write(position, bytes);
        }

        public void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> pieces)
        {
            before(new(FileOperation.Write, path));
            inner.Write(position, pieces);
        }

        public void SetLength(long length)
        {
            before(new(FileOperation.SetLength, path));
            inner.SetLength(length);
        }

        public void Flush()
        {
            BeforeFlush(before, new(FileOperation.Flush, path));
            inner.Flush();
        }

        public void Dispose() => inner.Dispose();
    }
}
