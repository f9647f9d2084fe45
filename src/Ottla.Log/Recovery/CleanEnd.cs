using Ottla.Log.Segments;
using Ottla.Log.Truncation;

namespace Ottla.Log.Recovery;

/// <summary>Where a log ends that was closed cleanly.</summary>
/// <remarks>The snapshot of the producers that a clean stop leaves at the log's end is taken at its word, and then no file has to be opened at all.</remarks>
internal static class CleanEnd
{
    public static LogRecovery Take(LogState log, long recoveryPoint)
    {
        var active = log.Active;
        var snapshot = log.Producers.LatestSnapshot;
        var recovery = default(LogRecovery);
        if (snapshot == recoveryPoint && snapshot > active.BaseOffset)
        {
            active.Publish(active.End with { NextOffset = snapshot });
            log.FindEnd(log.Segments, snapshot);
        }
        else
        {
            recovery = Find(log, active);
        }

        log.Producers.Load(log, log.End);
        return recovery;
    }

    /// <summary>Walks from the last index entry to the end of the last segment.</summary>
    private static LogRecovery Find(LogState log, Segment active)
    {
        var end = active.End;
        var nextOffset = active.BaseOffset;
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

        active.Publish(new(nextOffset, position));
        log.FindEnd(log.Segments, nextOffset);
        if (position == end.Bytes) return default;
        LogMessages.TailCut(log.Context.Logger, log.Folder.Path, end.Bytes - position, nextOffset);
        active.TruncateTo(nextOffset);
        active.CutToEnd();
        LogTruncation.FlushCut(log, active);
        log.MustSeal = true;
        return new(0, 0, end.Bytes - position);
    }
}
