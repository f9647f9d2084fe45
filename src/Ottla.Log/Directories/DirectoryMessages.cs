using Microsoft.Extensions.Logging;

namespace Ottla.Log.Directories;

/// <summary>What the log directories tell their operator. Never per request, and per partition only where something is wrong with
/// it.</summary>
internal static partial class DirectoryMessages
{
    [LoggerMessage(3101, LogLevel.Error,
        "Log directory {Directory} is offline: {Cause}. {Partitions} partitions go with it ({Examples}); the others are served on. "
        + "Its files stay as they are; repair the disk and restart.")]
    public static partial void DirectoryFailed(ILogger logger, string directory, string cause, int partitions, string examples);

    /// <summary>At the start nobody knows yet what lies in it.</summary>
    [LoggerMessage(3112, LogLevel.Error,
        "Log directory {Directory} is offline: {Cause}. What lies in it is not served; the others are. "
        + "Its files stay as they are; repair the disk and restart.")]
    public static partial void DirectoryUnusable(ILogger logger, string directory, string cause);

    [LoggerMessage(3102, LogLevel.Warning,
        "Log directory {Directory}: {What} failed because the disk is full; it is tried again. What was stored before is safe.")]
    public static partial void DiskFull(ILogger logger, string directory, string what);

    [LoggerMessage(3113, LogLevel.Warning,
        "Log directory {Directory}: {What} failed ({Cause}); it is tried again. What was stored before is safe. Let the process have more files open (ulimit -n), "
        + "or fewer connections (max.connections).")]
    public static partial void Shortage(ILogger logger, string directory, string what, string cause);

    [LoggerMessage(3103, LogLevel.Information, "Loading logs: {Loaded} of {Total} partitions.")]
    public static partial void Loading(ILogger logger, int loaded, int total);

    [LoggerMessage(3104, LogLevel.Information,
        "{Partitions} partitions of {Directories} log directories loaded in {ElapsedMs} ms ({Recovered} of them recovered after an unclean stop).")]
    public static partial void Loaded(ILogger logger, int partitions, int directories, long elapsedMs, int recovered);

    [LoggerMessage(3105, LogLevel.Warning, "{Path} is broken ({Problem}). It is ignored, which costs {Cost}.")]
    public static partial void CheckpointIgnored(ILogger logger, string path, string problem, string cost);

    [LoggerMessage(3106, LogLevel.Warning, "{Path} is no partition's directory; left alone. Keep other things out of log directories.")]
    public static partial void UnknownDirectory(ILogger logger, string path);

    [LoggerMessage(3107, LogLevel.Warning,
        "{Partition} lies in {Kept} (end offset {KeptEnd}) and in {Other} (end offset {OtherEnd}). The first is used; "
        + "the other was renamed to {Renamed} and can be removed once you have looked at it.")]
    public static partial void Duplicate(
        ILogger logger, string partition, string kept, long keptEnd, string other, long otherEnd, string renamed);

    [LoggerMessage(3108, LogLevel.Warning,
        "{Partition} in {Directory} (topic id {TopicId}) belongs to no topic of this node any more; "
        + "renamed to {Renamed}, where it stays until you remove it.")]
    public static partial void Stray(ILogger logger, string partition, string directory, string topicId, string renamed);

    [LoggerMessage(3109, LogLevel.Information, "{Path} was set aside earlier as a stray; it stays until you remove it.")]
    public static partial void StrayFound(ILogger logger, string path);

    [LoggerMessage(3110, LogLevel.Information, "{Partition} moved from {From} to {To} ({Bytes} bytes).")]
    public static partial void Moved(ILogger logger, string partition, string from, string to, long bytes);

    [LoggerMessage(3111, LogLevel.Information, "Log directories closed: {Partitions} partitions in {ElapsedMs} ms.")]
    public static partial void Closed(ILogger logger, int partitions, long elapsedMs);

    [LoggerMessage(3113, LogLevel.Error,
        "{Partition} is not moved to {To}: at offset {Offset} it holds what is no sound batch, and a copy would lose what lies behind. "
        + "It stays in {From} as it is; check the disk, or take the records from another copy.")]
    public static partial void MoveGivenUp(ILogger logger, string partition, string to, long offset, string from);
}
