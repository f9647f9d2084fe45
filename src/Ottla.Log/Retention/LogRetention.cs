using Ottla.Log.Appending;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Retention;

/// <summary>What takes records away at a log's start: retention and DeleteRecords. Writer.</summary>
/// <remarks>The start moves before the segments go, so that a reader who comes meanwhile hears OFFSET_OUT_OF_RANGE rather than later records.</remarks>
internal static class LogRetention
{
    public static RetentionOutcome Apply(LogState log, long highWatermark)
    {
        var count = RetentionRules.Deletable(log.Segments, log.Settings, log.Start, log.End, highWatermark, log.Context.NowMs);
        if (count == 0) return default;
        if (count == log.Segments.Length) SegmentRolling.Roll(log, log.End);
        var gone = log.Segments[..count];
        var start = log.Segments[count].BaseOffset;
        Invariant.That(start <= highWatermark);
        if (start > log.Start) MoveStartTo(log, start);
        log.DropOldest(count);
        var bytes = 0L;
        foreach (var segment in gone)
        {
            bytes += segment.Bytes;
            segment.Delete(log.Settings.FileDeleteDelayMs);
        }

        log.Producers.DeleteSnapshots(log, at => at < start);
        LogMessages.RetentionDeleted(log.Context.Logger, log.Folder.Path, count, bytes, log.Start);
        return new(count, bytes);
    }

    public static void MoveStartTo(LogState log, long offset)
    {
        log.MoveStartTo(offset);
        log.Epochs.TruncateFromStart(new(offset));
        log.Durability.RaiseTo(log, offset);
    }
}
