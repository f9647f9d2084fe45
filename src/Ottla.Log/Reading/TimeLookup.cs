using Ottla.Log.Segments;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Log.Reading;

/// <summary>Looks records up by time. Any thread; reads batches, so it may wait for the disk.</summary>
/// <remarks>Retention may take a segment away while it is looked at: then the next one has the first record that is left. A segment with what is no batch
/// is told to the operator, and to the caller as <see cref="CorruptBatchException"/>: an answer from behind the break would skip records.</remarks>
internal static class TimeLookup
{
    public static TimestampedOffset? FirstAtOrAfter(LogState log, long timestampMs)
    {
        foreach (var segment in log.Segments)
        {
            if (OnSegment(segment, timestampMs, log.Start, FindIn) is { } found) return found;
        }

        return null;
    }

    public static TimestampedOffset? WithLatestTimestamp(LogState log)
    {
        while (true)
        {
            Segment? newest = null;
            var latest = LatestTimestamp.None;
            foreach (var segment in log.Segments)
            {
                if (segment.Bytes == 0 || OnSegment<LatestTimestamp>(segment, 0, 0, static (of, _, _) => of.Latest) is not { } other) continue;

                // where no record has a timestamp, the first one stands for all
                if (newest is null || other.Timestamp > latest.Timestamp) (newest, latest) = (segment, other);
            }

            if (newest is null) return null;
            if (OnSegment(newest, Math.Max(latest.Offset, newest.BaseOffset), log.Start, FindLatest) is { } found) return found;

            // retention or a truncation took it meanwhile: what is left has another latest; else it holds no such record
            if (!newest.IsDeleted) return null;
        }
    }

    /// <summary>Null where the segment went away meanwhile.</summary>
    private static T? OnSegment<T>(Segment segment, long what, long start, Func<Segment, long, long, T?> look)
        where T : struct
    {
        try
        {
            return segment.IsDeleted ? null : look(segment, what, start);
        }
        catch (IOException fault) when (segment.IsGone(fault))
        {
            return null;
        }
        catch (CorruptBatchException) when (segment.IsDeleted)
        {
            return null;
        }
        catch (CorruptBatchException corrupt)
        {
            segment.Tell(corrupt);
            throw;
        }
    }

    private static TimestampedOffset? FindLatest(Segment segment, long lastOffset, long start)
    {
        var end = segment.End;
        using var lease = segment.Acquire();
        if (!segment.TryLocate(lease.File, lastOffset, end, out var position, out _)) return null;
        using var scan = new BatchScanner(lease.File, position, end.Bytes);
        return scan.Next() ? FirstRecord(scan, scan.Header.MaxTimestamp, long.MinValue) : throw new CorruptBatchException(segment.Path, position, scan.End);
    }

    private static TimestampedOffset? FindIn(Segment segment, long timestampMs, long start)
    {
        var end = segment.End;
        if (end.Bytes == 0 || end.NextOffset <= start || segment.Latest.Timestamp < timestampMs) return null;
        var indexes = segment.Indexes();
        var from = Math.Max(indexes.Times.OffsetBefore(timestampMs), start);
        using var lease = segment.Acquire();
        using var scan = new BatchScanner(lease.File, Math.Min(indexes.Offsets.PositionBefore(from), end.Bytes), end.Bytes);
        while (scan.Next())
        {
            if (scan.Header.MaxTimestamp < timestampMs || scan.Header.LastOffset.Value < start) continue;
            if (FirstRecord(scan, timestampMs, start) is { } found) return found;
        }

        if (scan.End != BatchesEnd.Whole) throw new CorruptBatchException(segment.Path, scan.NextPosition, scan.End);
        return null;
    }

    /// <summary>The first record of the batch, not before <paramref name="start"/>, that is that late. A batch that can't be opened counts
    /// as one record.</summary>
    private static TimestampedOffset? FirstRecord(BatchScanner scan, long timestampMs, long start)
    {
        ref readonly var header = ref scan.Header;
        try
        {
            return header.Magic < BatchHeader.MagicLatest ? FirstLegacyRecord(scan, timestampMs, start) : FirstOf(scan, timestampMs, start);
        }
        catch (MalformedMessageException)
        {
            return new(header.MaxTimestamp, Offset.Max(header.BaseOffset, new Offset(start)), header.PartitionLeaderEpoch);
        }
    }

    private static TimestampedOffset? FirstOf(BatchScanner scan, long timestampMs, long start)
    {
        using var records = BatchRecords.Open(scan.Bytes);
        foreach (var record in records)
        {
            if (record.Timestamp >= timestampMs && record.Offset.Value >= start) return new(record.Timestamp, record.Offset, scan.Header.PartitionLeaderEpoch);
        }

        return null;
    }

    /// <summary>A wrapper of magic 1 has the offset of the last message in it.</summary>
    private static TimestampedOffset? FirstLegacyRecord(BatchScanner scan, long timestampMs, long start)
    {
        foreach (var record in LegacyMessages.Read(scan.Bytes))
        {
            if (record.Timestamp >= timestampMs && record.Offset.Value >= start) return new(record.Timestamp, record.Offset, LeaderEpoch.None);
        }

        return null;
    }
}
