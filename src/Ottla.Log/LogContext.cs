using Microsoft.Extensions.Logging;
using Ottla.Log.Handles;
using Ottla.Log.Retention;
using Ottla.Runtime.Files;

namespace Ottla.Log;

/// <summary>What all logs of a process (or of a log directory) share. Any thread.</summary>
/// <param name="Files">The disk.</param>
/// <param name="Time">The clock.</param>
/// <param name="Handles">Open files; one for the process.</param>
/// <param name="Logger">Where recovery, rolls and retention are told.</param>
/// <param name="Deletions">Files that wait for file.delete.delay.ms; the owner runs it from time to time.</param>
public sealed record LogContext(IFileSystem Files, TimeProvider Time, FileCache Handles, ILogger Logger, FileDeletions Deletions)
{
    /// <summary>Hears of each log that began a new segment, from its writer: the segments before it are to be flushed behind its back.
    /// Must not wait.</summary>
    public Action<PartitionLog>? Rolled { get; init; }

    /// <summary>Hears of each log whose recovery point was lowered, from its writer: what was written down of it is to be written anew. Must not
    /// wait.</summary>
    public Action<PartitionLog>? Truncated { get; init; }

    /// <summary>Scratch memory of appends.</summary>
    internal Appending.AppendTurns Turns { get; } = new();

    internal long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();
}
