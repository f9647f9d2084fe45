using Ottla.Log.Checkpoints;
using Ottla.Log.Epochs;
using Ottla.Log.Handles;
using Ottla.Log.Segments;
using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <content>Reading: by offset, by leader epoch. Any thread.</content>
public sealed partial class PartitionLog
{
    /// <summary>The epoch of the last record or of the leader that was assigned last; none where the log never had one.</summary>
    public LeaderEpoch LatestEpoch => EpochCache.Latest;

    private LeaderEpochCache EpochCache => Volatile.Read(ref _epochs) ?? LoadEpochs();

    /// <summary>
    /// Whole batches from the one that holds <paramref name="from"/> on, from one segment, up to <paramref name="maxBytes"/>, never at or
    /// past <paramref name="upTo"/> (a high watermark or
    /// last stable offset: where a batch begins).
    /// </summary>
    /// <param name="from">From the log's start to its end; else OFFSET_OUT_OF_RANGE.</param>
    /// <param name="maxBytes">Bytes of records.</param>
    /// <param name="upTo">First offset that is not given.</param>
    /// <param name="atLeastOneBatch">The first batch comes even where it is larger than <paramref name="maxBytes"/>.</param>
    /// <exception cref="IOException">The disk refused.</exception>
    public LogSlice Read(Offset from, int maxBytes, Offset upTo, bool atLeastOneBatch)
    {
        var version = _hints?.Version ?? 0;
        var logEnd = LogEndOffset;
        if (from < LogStartOffset || from > logEnd) return LogSlice.Failed(ErrorCode.OffsetOutOfRange);
        if (from >= upTo || from == logEnd) return LogSlice.Nothing(from);
        var segments = Segments;
        for (var i = FloorIndex(segments, from.Value); i < segments.Length; i++)
        {
            try
            {
                var slice = ReadSegment(segments[i], from, maxBytes, Offset.Min(upTo, logEnd), atLeastOneBatch, version);
                if (slice is { } found) return found;
            }
            catch (IOException fault) when (segments[i].IsGone(fault))
            {
                return LogSlice.Failed(ErrorCode.OffsetOutOfRange);
            }
        }

        // a gap that compaction or a truncation left at the end: there is nothing, and the next record will lie behind it
        return new LogSlice(ErrorCode.None, null, from, Offset.Min(upTo, logEnd));
    }

    /// <summary>Where an epoch ends, as OffsetForLeaderEpoch answers it (KIP-320); both none where the epoch is unknown.</summary>
    public (LeaderEpoch Epoch, Offset EndOffset) EndOffsetFor(LeaderEpoch epoch)
    {
        var end = EpochCache.EndOf(epoch, LogEndOffset);
        return (end.Epoch, end.StartOffset);
    }

    /// <summary>Epoch of the leader that wrote the offset; none where it is not known.</summary>
    public LeaderEpoch EpochAt(Offset offset) => EpochCache.EpochAt(offset);

    /// <summary>Writer: this node leads the partition from now on; the epoch begins at the log's end.</summary>
    public void AssignEpoch(LeaderEpoch epoch) => EpochCache.Assign(epoch, LogEndOffset);

    /// <summary>Null: the segment holds nothing at or after <paramref name="from"/>; the next one does.</summary>
    private LogSlice? ReadSegment(Segment segment, Offset from, int maxBytes, Offset upTo, bool atLeastOneBatch, int version)
    {
        var end = segment.End;
        if (end.Bytes == 0 || end.NextOffset <= from.Value) return null;
        var lease = segment.Acquire();
        try
        {
            var firstOffset = from;
            var firstBatchBytes = 0;
            if (!Hints.TryFind(segment, from.Value, out var start))
            {
                if (!segment.TryLocate(lease.File, from.Value, end, out start, out var header)) return null;
                firstOffset = header.BaseOffset;
                firstBatchBytes = header.SizeInBytes;
                if (firstOffset >= upTo) return LogSlice.Nothing(from);
            }

            var (limit, nextOffset) = LimitOf(segment, lease.File, upTo, end);
            if (limit - start > maxBytes)
            {
                (limit, nextOffset) = segment.LastBoundary(lease.File, start, (int)Math.Min(int.MaxValue, start + (long)maxBytes), end);
                if (limit <= start)
                {
                    if (!atLeastOneBatch) return LogSlice.Nothing(from);
                    (limit, nextOffset) = FirstBatchEnd(lease.File, start, end);
                    if (limit <= start) return LogSlice.Failed(ErrorCode.CorruptMessage);
                }
            }

            if (limit <= start) return LogSlice.Nothing(from);
            if (nextOffset >= 0) Hints.Note(segment, from.Value, nextOffset, limit, version);
            var range = new FileRange(lease, start, limit - start);
            lease = default;
            return new LogSlice(ErrorCode.None, range, firstOffset, new Offset(nextOffset));
        }
        finally
        {
            if (lease.IsHeld) lease.Dispose();
        }
    }

    /// <summary>Where the batches below <paramref name="upTo"/> end.</summary>
    private (int Position, long NextOffset) LimitOf(Segment segment, Ottla.Runtime.Files.IStorageFile file, Offset upTo, SegmentEnd end)
    {
        if (upTo.Value >= end.NextOffset) return (end.Bytes, end.NextOffset);
        if (Hints.TryFind(segment, upTo.Value, out var known)) return (known, upTo.Value);
        return segment.TryLocate(file, upTo.Value, end, out var position, out _) ? (position, upTo.Value) : (end.Bytes, end.NextOffset);
    }

    private static (int Position, long NextOffset) FirstBatchEnd(Ottla.Runtime.Files.IStorageFile file, int start, SegmentEnd end)
    {
        var walk = new HeaderWalk(file, start, end.Bytes, stackalloc byte[Ottla.Protocol.Batches.BatchHeader.Size]);
        return walk.Next() ? (walk.NextPosition, walk.Header.NextOffset.Value) : (start, -1);
    }

    private ReadHints Hints
    {
        get
        {
            if (Volatile.Read(ref _hints) is { } hints) return hints;
            Interlocked.CompareExchange(ref _hints, new ReadHints(), null);
            return _hints;
        }
    }

    private LeaderEpochCache LoadEpochs()
    {
        lock (_lazy)
        {
            if (_epochs is { } other) return other;
            var epochs = new LeaderEpochCache();
            if (_hasEpochFile)
            {
                if (epochs.Load(_context, _folder) is { } problem)
                {
                    LogMessages.FileSetAside(_context.Logger, _folder.Path, LeaderEpochCheckpoint.FileName, problem);
                    TakeEpochsFrom(Segments, epochs);
                }

                epochs.TruncateFromEnd(LogEndOffset);
                epochs.TruncateFromStart(LogStartOffset);
            }

            Volatile.Write(ref _epochs, epochs);
            return epochs;
        }
    }
}
