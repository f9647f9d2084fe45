using Ottla.Log.Handles;
using Ottla.Log.Segments;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Reading;

/// <summary>Reads by offset. Any thread, beside one writer.</summary>
internal static class LogReader
{
    /// <summary>Whole batches from the one that holds <paramref name="from"/> on, from one segment.</summary>
    /// <param name="log">Which.</param>
    /// <param name="from">From the log's start to its end; else OFFSET_OUT_OF_RANGE.</param>
    /// <param name="maxBytes">Bytes of records.</param>
    /// <param name="upTo">First offset that is not given.</param>
    /// <param name="atLeastOneBatch">The first batch comes even where it is larger than <paramref name="maxBytes"/>.</param>
    public static LogSlice Read(LogState log, Offset from, int maxBytes, Offset upTo, bool atLeastOneBatch)
    {
        var request = new Request(from.Value, maxBytes, upTo.Value, atLeastOneBatch, log.HintsVersion);
        var logEnd = log.End;
        if (request.From < log.Start || request.From > logEnd) return LogSlice.Failed(ErrorCode.OffsetOutOfRange);
        if (request.From >= request.UpTo || request.From == logEnd) return LogSlice.Nothing(from);
        request = request with { UpTo = Math.Min(request.UpTo, logEnd) };
        var segments = log.Segments;

        // retention took it since the start was looked at: what comes later is not what was asked for
        if (request.From < segments[0].BaseOffset) return LogSlice.Failed(ErrorCode.OffsetOutOfRange);
        for (var i = LogState.FloorIndex(segments, request.From); i < segments.Length; i++)
        {
            try
            {
                if (ReadSegment(log, segments[i], request) is { } slice) return slice;
            }
            catch (IOException fault) when (segments[i].IsGone(fault))
            {
                return LogSlice.Failed(ErrorCode.OffsetOutOfRange);
            }
            catch (CorruptBatchException corrupt)
            {
                // what retention or a truncation took away meanwhile may have another one's index
                if (segments[i].IsDeleted) return LogSlice.Failed(ErrorCode.OffsetOutOfRange);
                segments[i].Tell(corrupt);
                return LogSlice.Failed(ErrorCode.CorruptMessage);
            }
        }

        // a gap that compaction or a truncation left at the end: there is nothing, and the next record will lie behind it
        return new LogSlice(ErrorCode.None, null, from, new Offset(request.UpTo));
    }

    /// <summary>Null: the segment holds nothing at or after the offset; the next one does.</summary>
    private static LogSlice? ReadSegment(LogState log, Segment segment, in Request request)
    {
        var end = segment.End;
        if (end.Bytes == 0 || end.NextOffset <= request.From) return null;
        var lease = segment.Acquire();
        try
        {
            var firstOffset = request.From;
            if (!log.Hints.TryFind(segment, request.From, out var start))
            {
                if (!segment.TryLocate(lease.File, request.From, end, out start, out var header)) return null;
                firstOffset = header.BaseOffset.Value;
                if (firstOffset >= request.UpTo) return LogSlice.Nothing(new(request.From));
            }

            var (limit, nextOffset) = LimitOf(log, segment, lease.File, start, request.UpTo, end);
            if (limit - start > request.MaxBytes)
            {
                (limit, nextOffset) = segment.LastBoundary(lease.File, start, (int)Math.Min(int.MaxValue, start + (long)request.MaxBytes), end);
                if (limit <= start)
                {
                    if (!request.AtLeastOneBatch) return LogSlice.Nothing(new(request.From));
                    (limit, nextOffset) = FirstBatchEnd(segment, lease.File, start, end);
                }
            }

            if (limit <= start) return LogSlice.Nothing(new(request.From));
            if (nextOffset >= 0) log.Hints.Note(segment, request.From, nextOffset, limit, request.HintsVersion);
            var range = new FileRange(lease, start, limit - start);
            lease = default;
            return new LogSlice(ErrorCode.None, range, new Offset(firstOffset), new Offset(nextOffset));
        }
        finally
        {
            if (lease.IsHeld) lease.Dispose();
        }
    }

    /// <summary>Where the batches below <paramref name="upTo"/> end, or those before what is no batch; <paramref name="start"/> is where one begins.</summary>
    private static (int Position, long NextOffset) LimitOf(LogState log, Segment segment, IStorageFile file, int start, long upTo, SegmentEnd end)
    {
        if (upTo >= end.NextOffset) return (end.Bytes, end.NextOffset);
        if (log.Hints.TryFind(segment, upTo, out var known)) return (known, upTo);
        try
        {
            return segment.TryLocate(file, upTo, end, out var position, out _) ? (position, upTo) : (end.Bytes, end.NextOffset);
        }
        catch (CorruptBatchException corrupt) when (corrupt.Position > start)
        {
            return segment.LastBoundary(file, start, corrupt.Position, end);
        }
    }

    private static (int Position, long NextOffset) FirstBatchEnd(Segment segment, IStorageFile file, int start, SegmentEnd end)
    {
        var walk = new HeaderWalk(file, start, end.Bytes, stackalloc byte[Ottla.Protocol.Batches.BatchHeader.Size]);
        if (!walk.Next()) throw new CorruptBatchException(segment.Path, walk.NextPosition, walk.End);
        return (walk.NextPosition, walk.Header.NextOffset.Value);
    }

    /// <summary>What is asked for; <see cref="HintsVersion"/> is of before anything was looked at.</summary>
    private readonly record struct Request(long From, int MaxBytes, long UpTo, bool AtLeastOneBatch, int HintsVersion);
}
