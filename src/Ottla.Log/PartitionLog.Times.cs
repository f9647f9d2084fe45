using Ottla.Log.Segments;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Log;

/// <summary>A record found by time: its timestamp in ms since 1970, its offset and the epoch of its leader.</summary>
public readonly record struct TimestampedOffset(long TimestampMs, Offset Offset, LeaderEpoch LeaderEpoch);

/// <content>Looking up by time. Any thread; reads batches, so it may wait for the disk.</content>
public sealed partial class PartitionLog
{
    /// <summary>The first record, from the log's start on, whose timestamp is at least <paramref name="timestampMs"/>; null where there is
    /// none.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public TimestampedOffset? OffsetForTimestamp(long timestampMs)
    {
        var start = LogStartOffset.Value;
        foreach (var segment in Segments)
        {
            try
            {
                if (FindIn(segment, timestampMs, start) is { } found) return found;
            }
            catch (IOException fault) when (segment.IsGone(fault))
            {
                // retention took it meanwhile: the next one has the first record that is left
            }
        }

        return null;
    }

    /// <summary>The first record that has the latest timestamp of the log; null where no record has one.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public TimestampedOffset? MaxTimestampOffset()
    {
        Segment? newest = null;
        var latest = LatestTimestamp.None;
        foreach (var segment in Segments)
        {
            if (segment.IsDeleted || segment.Bytes == 0 || segment.Latest is var other && other.Timestamp <= latest.Timestamp) continue;
            (newest, latest) = (segment, other);
        }

        if (newest is null) return null;
        var end = newest.End;
        using var lease = newest.Acquire();
        if (!newest.TryLocate(lease.File, latest.Offset, end, out var position, out _)) return null;
        using var scan = new BatchScanner(lease.File, position, end.Bytes);
        return scan.Next() ? FirstRecord(scan, scan.Header.MaxTimestamp, long.MinValue) : null;
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

        return null;
    }

    /// <summary>The first record of the batch, not before <paramref name="start"/>, that is that late. A batch that can't be opened counts
    /// as one record.</summary>
    private static TimestampedOffset? FirstRecord(BatchScanner scan, long timestampMs, long start)
    {
        ref readonly var header = ref scan.Header;
        if (header.Magic < BatchHeader.MagicLatest) return new(header.MaxTimestamp, header.LastOffset, header.PartitionLeaderEpoch);
        try
        {
            using var records = BatchRecords.Open(scan.Bytes);
            foreach (var record in records)
            {
                if (record.Timestamp >= timestampMs && record.Offset.Value >= start) return new(record.Timestamp, record.Offset, header.PartitionLeaderEpoch);
            }

            return null;
        }
        catch (MalformedMessageException)
        {
            return new(header.MaxTimestamp, Offset.Max(header.BaseOffset, new Offset(start)), header.PartitionLeaderEpoch);
        }
    }
}
