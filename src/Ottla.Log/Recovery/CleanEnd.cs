using Ottla.Log.Segments;

namespace Ottla.Log.Recovery;

/// <summary>Where a log ends that was closed cleanly.</summary>
/// <remarks>
/// The snapshot of the producers that a clean stop leaves at the log's end is taken at its word where the last segment has as many bytes as were noted then,
/// and no file has to be opened at all. Where nobody noted them (Apache Kafka closed the log) the end is looked up. A disk that lost the file's tail since
/// is found by both, and then the log is recovered like one that was not closed: new records behind torn bytes could not be read.
/// </remarks>
internal static class CleanEnd
{
    public static LogRecovery Take(LogState log, in KnownOfLog known)
    {
        var active = log.Active;
        var snapshot = log.Producers.LatestSnapshot;
        var said = snapshot == known.RecoveryPoint && snapshot > active.BaseOffset ? snapshot : -1;
        if (said >= 0 && known.ActiveBytes == active.Bytes)
        {
            active.Publish(active.End with { NextOffset = said });
            log.FindEnd(log.Segments, said);
        }
        else if (!Finds(log, active, out var found) || said >= 0 && found != said)
        {
            return Recover(log, said);
        }

        log.Producers.Load(log, log.End);
        return default;
    }

    private static LogRecovery Recover(LogState log, long said)
    {
        var recovery = CrashRecovery.Run(log, log.Active.BaseOffset, cleanedUpTo: long.MaxValue);
        log.MustSeal = true;
        if (said > log.End) LogMessages.CleanEndLost(log.Context.Logger, log.Folder.Path, said, log.End, said - log.End);
        return recovery;
    }

    /// <summary>Walks from the last index entry to the end of the last segment; false where that is not where the file ends.</summary>
    private static bool Finds(LogState log, Segment active, out long nextOffset)
    {
        var end = active.End;
        nextOffset = active.BaseOffset;
        var position = 0;
        if (end.Bytes > 0)
        {
            using var lease = active.Acquire();
            Span<byte> buffer = stackalloc byte[HeaderWalk.BufferBytes];
            var walk = new HeaderWalk(lease.File, active.Indexes().Offsets.Last()?.Position ?? 0, end.Bytes, buffer);
            if (!walk.Next()) walk = new HeaderWalk(lease.File, 0, end.Bytes, buffer);
            else walk = new HeaderWalk(lease.File, walk.Position, end.Bytes, buffer);
            while (walk.Next())
            {
                nextOffset = walk.Header.NextOffset.Value;
                position = walk.NextPosition;
                active.Indexes().NoteTimestamp(walk.Header.MaxTimestamp, walk.Header.LastOffset.Value);
            }
        }

        active.Publish(new(nextOffset, end.Bytes));
        log.FindEnd(log.Segments, nextOffset);
        return position == end.Bytes;
    }
}
