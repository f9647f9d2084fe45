using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Handles;

/// <summary>The folder of one partition's files; moves when the partition is marked for deletion or gets its final name, under the lock of
/// this object.</summary>
internal sealed class LogFolder(string path)
{
    private volatile bool _isClosed;

    public string Path { get; set; } = path;

    /// <summary>The log is not used any more: whoever still reads from it opens files for himself.</summary>
    public bool IsClosed
    {
        get => _isClosed;
        set => _isClosed = value;
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);
}

/// <summary>A file that may be open: what <see cref="FileCache"/> keeps by. Costs no path until it is opened.</summary>
internal sealed class FileSlot(LogFolder folder, long baseOffset, string suffix)
{
    internal OpenFile? Open;
    internal FileSlot? Newer;
    internal FileSlot? Older;
    private volatile bool _isDeleted;
    private volatile bool _isGone;

    public string Suffix { get; set; } = suffix;

    /// <summary>The file is on its way out.</summary>
    public bool IsDeleted
    {
        get => _isDeleted;
        set => _isDeleted = value;
    }

    /// <summary>The file is on its way out, or its log is: a handle is not kept, for it would keep the bytes on the disk.</summary>
    public bool IsLeaving => _isDeleted || folder.IsClosed;

    /// <summary>Its name may be another file's by now: it is not opened any more.</summary>
    public bool IsGone
    {
        get => _isGone;
        set => _isGone = value;
    }

    /// <summary>Opens the file where its folder is now: a folder does not move meanwhile.</summary>
    public OpenFile OpenFile(IFileSystem files, OpenFor mode)
    {
        lock (folder) return IsGone ? throw new FileNotFoundException($"{Path} is on its way out") : new OpenFile(files.Open(Path, mode));
    }

    public string Path => folder.File(Segments.SegmentFiles.Name(baseOffset, Suffix));
}

/// <summary>A handle and how many hold it: the cache counts as one, each lease as another.</summary>
internal sealed class OpenFile(IStorageFile file)
{
    private int _holders = 1;

    public IStorageFile File => file;

    /// <summary>Only while a holder is known to exist: under the cache's lock.</summary>
    public FileLease Lease()
    {
        Interlocked.Increment(ref _holders);
        return new FileLease(this);
    }

    public void Release()
    {
        var left = Interlocked.Decrement(ref _holders);
        Invariant.That(left >= 0);
        if (left == 0) file.Dispose();
    }
}

/// <summary>Keeps a handle open until disposed of, once.</summary>
internal readonly struct FileLease(OpenFile open) : IDisposable
{
    public IStorageFile File => open.File;

    public bool IsHeld => open is not null;

    public void Dispose() => open.Release();
}
