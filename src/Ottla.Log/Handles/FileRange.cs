using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Files;

namespace Ottla.Log.Handles;

/// <summary>Whole batches in a segment, to be sent from there (sendfile) or copied; the handle stays open until this is disposed
/// of.</summary>
/// <remarks>Whoever got it disposes of it, once or more often. The bytes do not change while it lives, unless a follower truncates its
/// log.</remarks>
public sealed class FileRange : IRecordsSource
{
    private FileLease _lease;
    private int _disposed;

    internal FileRange(FileLease lease, long position, int length)
    {
        Invariant.That(length > 0 && position >= 0);
        _lease = lease;
        Position = position;
        Length = length;
    }

    /// <summary>Who is told when the range can't be read after all.</summary>
    public IRangeOwner? Owner { get; set; }

    public IStorageFile File => _lease.File;

    /// <summary>Where in <see cref="File"/> the range begins.</summary>
    public long Position { get; }

    public int Length { get; }

    /// <summary>The disk failed while the range was sent.</summary>
    public void Failed(IOException fault) => Owner?.Failed(fault);

    /// <summary>Copies from the range's start on, as much as fits.</summary>
    /// <returns>Bytes copied: less than there is room for only at the range's end.</returns>
    public int ReadInto(Span<byte> destination)
    {
        try
        {
            return File.ReadFully(Position, destination[..Math.Min(Length, destination.Length)]);
        }
        catch (IOException fault)
        {
            Failed(fault);
            throw;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _lease.Dispose();
    }
}

/// <summary>Whose records a range is of: a fault of the disk that shows while they are sent is its business.</summary>
public interface IRangeOwner
{
    void Failed(IOException fault);
}
