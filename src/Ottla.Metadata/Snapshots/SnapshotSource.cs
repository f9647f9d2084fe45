using Ottla.Metadata.Image;
using Ottla.Runtime.Files;

namespace Ottla.Metadata.Snapshots;

/// <summary>A whole snapshot that is being sent to another node, piece by piece.</summary>
/// <remarks>Holds the file open, so that it can be read to its end though a newer one has taken its place. One reader at a time.</remarks>
public sealed class SnapshotSource(OffsetAndEpoch id, IStorageFile file) : IDisposable
{
    public OffsetAndEpoch Id => id;

    /// <summary>All of it, in bytes.</summary>
    public long Bytes { get; } = file.Length;

    /// <summary>Fills the buffer from a position as far as the snapshot goes; returns how many bytes there were.</summary>
    public int Read(long position, Span<byte> buffer) => position < 0 || position >= Bytes ? 0 : file.ReadFully(position, buffer);

    public void Dispose() => file.Dispose();
}
