using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Metadata.Snapshots;

/// <summary>A snapshot that comes from the leader, piece by piece, under a name that no reader takes for a whole one.</summary>
/// <remarks>One writer. It is handed to the metadata log when it is whole; disposing of it before that removes what came.</remarks>
public sealed class SnapshotDownload : IDisposable
{
    private readonly IFileSystem _files;
    private IStorageFile? _file;

    internal SnapshotDownload(IFileSystem files, string path, OffsetAndEpoch id)
    {
        _files = files;
        Path = path;
        Id = id;
        _file = files.Open(path, OpenFor.WritingOrCreating);
        _file.SetLength(0);
    }

    public OffsetAndEpoch Id { get; }

    /// <summary>Bytes so far: where the next piece goes.</summary>
    public long Bytes { get; private set; }

    internal string Path { get; }

    /// <summary>Adds the next piece.</summary>
    /// <returns>False where it would make the snapshot larger than any that is read; nothing was written.</returns>
    public bool Append(ReadOnlySpan<byte> piece)
    {
        Invariant.That(_file is not null);
        if (Bytes + piece.Length > SnapshotFiles.BytesMax) return false;
        _file!.Write(Bytes, piece);
        Bytes += piece.Length;
        return true;
    }

    public void Dispose()
    {
        if (_file is null) return;
        _file.Dispose();
        _file = null;
        _files.DeleteFile(Path);
    }

    /// <summary>All of it is there and durable.</summary>
    internal void Close()
    {
        Invariant.That(_file is not null);
        _file!.Flush();
        _file.Dispose();
        _file = null;
    }
}
