namespace Ottla.Runtime.Files;

/// <summary>The system could not make durable what was written (fsync failed): it may have dropped it, and a second try that succeeds says
/// nothing of it.</summary>
/// <remarks>So it never counts as a disk that is merely full and heals by itself, whatever the cause: what was written since the last good flush
/// is in doubt.</remarks>
public sealed class FlushFailedException : IOException
{
    public FlushFailedException(string path, Exception cause)
        : base($"{path} could not be put on the disk: {cause.Message}", cause)
    {
    }

    public FlushFailedException(string path, string why)
        : base($"{path} could not be put on the disk: {why}")
    {
    }
}
