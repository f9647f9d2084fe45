using Ottla.Protocol.Batches;

namespace Ottla.Log;

/// <summary>A segment holds, below its end, what is no batch: those who ask for it get CORRUPT_MESSAGE.</summary>
/// <remarks>
/// No <see cref="IOException"/>: the disk did what it was asked to, and the directory's other records are served on. The log was told of it when this is thrown
/// to a caller of <see cref="PartitionLog"/>.
/// </remarks>
public sealed class CorruptBatchException : Exception
{
    internal CorruptBatchException(string path, int position, BatchesEnd why)
        : base($"{path} holds no batch at position {position} ({why})")
    {
        Position = position;
        Why = why;
    }

    /// <summary>Where in the file the batch should begin.</summary>
    public int Position { get; }

    internal BatchesEnd Why { get; }
}
