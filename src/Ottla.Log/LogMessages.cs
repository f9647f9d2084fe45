using Microsoft.Extensions.Logging;

namespace Ottla.Log;

/// <summary>What the log tells its operator. Never per batch.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(3001, LogLevel.Warning,
        "{Log}: {Bytes} bytes from offset {Offset} on are not whole batches (crash while writing?); cut. Every record before is kept.")]
    public static partial void TailCut(ILogger logger, string log, long bytes, long offset);

    [LoggerMessage(3008, LogLevel.Warning,
        "{Log}: the records from offset {Offset} up to the next segment at {NextOffset} did not reach the disk (loss of power?); the log ends at offset {Offset}.")]
    public static partial void HoleCut(ILogger logger, string log, long offset, long nextOffset);

    [LoggerMessage(3002, LogLevel.Warning,
        "{Log}: its index files are missing or do not fit it; built anew from the log. Nothing is lost.")]
    public static partial void IndexRebuilt(ILogger logger, string log);

    [LoggerMessage(3003, LogLevel.Warning,
        "{Directory}: segment {BaseOffset} lies behind a batch that is broken; removed with {Bytes} bytes.")]
    public static partial void SegmentBehindBreakRemoved(ILogger logger, string directory, long baseOffset, long bytes);

    [LoggerMessage(3004, LogLevel.Warning, "{Directory}: {File} can't be read ({Problem}); set aside and built anew from the log.")]
    public static partial void FileSetAside(ILogger logger, string directory, string file, string problem);

    [LoggerMessage(3005, LogLevel.Warning,
        "{Directory}: log start offset {LogStartOffset} lies behind the end {LogEndOffset}; the log begins empty at its start offset.")]
    public static partial void StartBehindEnd(ILogger logger, string directory, long logStartOffset, long logEndOffset);

    [LoggerMessage(3006, LogLevel.Information,
        "{Directory}: {Segments} segments with {Bytes} bytes deleted by retention; the log starts at offset {LogStartOffset}.")]
    public static partial void RetentionDeleted(ILogger logger, string directory, int segments, long bytes, long logStartOffset);

    [LoggerMessage(3007, LogLevel.Information, "{Directory}: truncated to offset {Offset}.")]
    public static partial void Truncated(ILogger logger, string directory, long offset);

    [LoggerMessage(3009, LogLevel.Error,
        "{Path}: what lies at position {Position} is no batch ({Why}). Readers who come to it get CORRUPT_MESSAGE; the records before are served, "
        + "and those behind to who asks for them. Check the disk; take the records from another copy, or let readers go on behind the break.")]
    public static partial void CorruptBatch(ILogger logger, string path, int position, Ottla.Protocol.Batches.BatchesEnd why);

    [LoggerMessage(3010, LogLevel.Error,
        "{Log}: it was closed cleanly at offset {Said}, but its files hold records up to offset {Found} only: the disk lost the rest, {Lost} records. "
        + "The log goes on at offset {Found}; check the disk.")]
    public static partial void CleanEndLost(ILogger logger, string log, long said, long found, long lost);
}
