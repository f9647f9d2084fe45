using Ottla.Log.Producers;
using Ottla.Log.Segments;
using Ottla.Log.Truncation;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Recovery;

/// <summary>Reads every segment of a log from that of its recovery point on; stops at the first batch that is broken and removes what lies behind.</summary>
internal static class CrashRecovery
{
    /// <summary>A recovery point behind the end that is found was written down before the log was truncated: then it says nothing, and all is read.</summary>
    public static LogRecovery Run(LogState log, long recoveryPoint, long cleanedUpTo)
    {
        var recovery = RunFrom(log, recoveryPoint, cleanedUpTo);
        return recoveryPoint > log.End && recoveryPoint > log.Segments[0].BaseOffset ? RunFrom(log, 0, cleanedUpTo) : recovery;
    }

    private static LogRecovery RunFrom(LogState log, long recoveryPoint, long cleanedUpTo)
    {
        var segments = log.Segments;
        var first = LogState.FloorIndex(segments, recoveryPoint);
        log.FindEnd(segments[..(first + 1)], segments[first].BaseOffset);
        log.Producers.Load(log, segments[first].BaseOffset);
        log.Producers.DeleteSnapshots(log, offset => offset > segments[first].BaseOffset);
        if (first > 0 && log.Epochs.EpochAt(new(log.Start)) == LeaderEpoch.None) log.Epochs.TakeFrom(segments.AsSpan(0, first), log.Start);
        var recovery = new LogRecovery();
        log.MustSeal = segments[first].Bytes > 0 || first > 0;
        for (var i = first; i < segments.Length; i++)
        {
            var before = segments[i].Bytes;
            var firstOffset = Math.Max(log.End, segments[i].BaseOffset);
            var outcome = SegmentRecovery.Run(segments[i], log.Settings.IndexIntervalBytes, firstOffset, scan => Take(log, scan));
            recovery = new(recovery.SegmentsRecovered + 1, recovery.BytesRecovered + before, 0);
            log.FindEnd(log.Segments, segments[i].End.NextOffset);
            if (i + 1 == segments.Length && outcome == BatchesEnd.Whole) break;
            if (outcome == BatchesEnd.Whole && !IsHole(log, segments, i, Math.Max(recoveryPoint, cleanedUpTo)))
            {
                Join(log, segments, i);
                continue;
            }

            return recovery with { BytesCut = Cut(log, segments, i, before, outcome) };
        }

        return recovery;
    }

    /// <summary>The segment is whole; the next one is looked at.</summary>
    private static void Join(LogState log, Segment[] segments, int i)
    {
        segments[i].Seal();
        segments[i].Publish(segments[i].End with { NextOffset = segments[i + 1].BaseOffset });
        log.Producers.Snapshot(log, segments[i + 1].BaseOffset);
        log.FindEnd(segments[..(i + 2)], segments[i + 1].BaseOffset);
    }

    private static long Cut(LogState log, Segment[] segments, int i, int before, BatchesEnd outcome)
    {
        var cut = (long)before - segments[i].Bytes;
        var (logger, path, end) = (log.Context.Logger, log.Folder.Path, segments[i].End.NextOffset);
        if (outcome == BatchesEnd.Whole) LogMessages.HoleCut(logger, path, end, segments[i + 1].BaseOffset);
        else LogMessages.TailCut(logger, path, cut, end);
        foreach (var behind in segments.AsSpan(i + 1))
        {
            LogMessages.SegmentBehindBreakRemoved(logger, path, behind.BaseOffset, behind.Bytes);
            cut += behind.Bytes;
            behind.Delete(log.Settings.FileDeleteDelayMs);
        }

        LogTruncation.FlushCut(log, segments[i]);
        return cut;
    }

    /// <summary>
    /// A machine that lost power may have kept the next segment's name and lost this one's last bytes. Who reads on behind the hole never
    /// learns that records are missing, so the log ends here. Holes that compaction made are no loss, and it may have made them before the topic's policy was
    /// changed.
    /// </summary>
    private static bool IsHole(LogState log, Segment[] segments, int i, long safeUpTo) =>
        !log.Settings.Compact && segments[i + 1].BaseOffset > safeUpTo && segments[i].End.NextOffset < segments[i + 1].BaseOffset
        && !HasBeenCompacted(segments);

    /// <summary>Offsets are missing within a segment, or within a batch: a write that was lost leaves no such trace.</summary>
    private static bool HasBeenCompacted(Segment[] segments)
    {
        Span<byte> buffer = stackalloc byte[HeaderWalk.BufferBytes];
        foreach (var segment in segments)
        {
            if (segment.Bytes == 0) continue;
            using var lease = segment.Acquire();
            var walk = new HeaderWalk(lease.File, 0, segment.Bytes, buffer);
            for (var next = segment.BaseOffset; walk.Next(); next = walk.Header.NextOffset.Value)
            {
                // of older messages only the last offset is known
                if (walk.Header.Magic < BatchHeader.MagicLatest) continue;
                if (walk.Header.BaseOffset.Value > next || walk.Header.RecordCount <= walk.Header.LastOffsetDelta) return true;
            }
        }

        return false;
    }

    private static CompletedTransaction? Take(LogState log, BatchScanner scan)
    {
        ref readonly var header = ref scan.Header;
        if (header.PartitionLeaderEpoch > log.Epochs.Latest) log.Epochs.Assign(header.PartitionLeaderEpoch, header.BaseOffset);
        return log.Producers.Replay(scan);
    }
}
