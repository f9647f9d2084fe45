using Ottla.Log.Retention;
using Ottla.Log.Segments;
using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <content>What makes a log shorter: truncation at its end, retention and DeleteRecords at its start. Writer.</content>
public sealed partial class PartitionLog
{
    /// <summary>Drops every batch that reaches <paramref name="offset"/> or lies behind; the next record gets that offset. True where
    /// something was dropped.</summary>
    public bool TruncateTo(Offset offset)
    {
        Invariant.That(offset >= Offset.Zero);
        if (offset >= LogEndOffset) return false;
        if (offset.Value < Segments[0].BaseOffset)
        {
            TruncateFully(offset);
            return true;
        }

        var segments = Segments;
        var last = FloorIndex(segments, offset.Value);
        _mustSeal = true;
        _hints?.Forget();
        SetSegments(segments[..(last + 1)]);
        SetLogEnd(offset.Value);
        segments[last].TruncateTo(offset.Value);
        _hints?.Forget();
        foreach (var behind in segments.AsSpan(last + 1)) behind.Delete(Settings.FileDeleteDelayMs);
        LowerTo(offset);
        DeleteSnapshots(at => at > offset.Value);
        FlushTruncation(segments[last]);
        LoadProducers(offset.Value);
        LogMessages.Truncated(_context.Logger, _folder.Path, offset.Value);
        return true;
    }

    /// <summary>Drops everything; the log goes on, empty, at <paramref name="offset"/>.</summary>
    public void TruncateFully(Offset offset)
    {
        Invariant.That(offset >= Offset.Zero);
        var segments = Segments;
        _hints?.Forget();
        foreach (var segment in segments) segment.Delete(Settings.FileDeleteDelayMs);
        DeleteSnapshots(_ => true);
        EpochCache.Clear();
        BeginAt(offset.Value);
        _hints?.Forget();
        Volatile.Write(ref _producers, null);
        EpochCache.Save(_context, _folder, durable: true);
        if (_hasDirectory) _context.Files.FlushDirectory(_folder.Path);
        LogMessages.Truncated(_context.Logger, _folder.Path, offset.Value);
    }

    /// <summary>Nothing below <paramref name="upTo"/> is served any more; segments that lie below go with the next retention.</summary>
    /// <param name="upTo">At most the high watermark.</param>
    /// <returns>OFFSET_OUT_OF_RANGE where it lies behind the log's end; nothing happens where it lies before the log's start.</returns>
    public ErrorCode DeleteRecords(Offset upTo)
    {
        if (upTo > LogEndOffset) return ErrorCode.OffsetOutOfRange;
        if (upTo > LogStartOffset) MoveStartTo(upTo);
        return ErrorCode.None;
    }

    /// <summary>The oldest segments that retention lets go: out of time, out of size, or below the log's start. Only what lies below the
    /// high watermark.</summary>
    public int DeletableSegments(Offset highWatermark) =>
        RetentionRules.Deletable(Segments, Settings, LogStartOffset.Value, LogEndOffset.Value, highWatermark.Value, _context.NowMs);

    /// <summary>Deletes what <see cref="DeletableSegments"/> counts. Files go after file.delete.delay.ms.</summary>
    /// <param name="highWatermark">Nothing at or behind it goes.</param>
    public RetentionOutcome ApplyRetention(Offset highWatermark)
    {
        var count = DeletableSegments(highWatermark);
        if (count == 0) return default;
        if (count == Segments.Length) Roll();
        var segments = Segments;
        SetSegments(segments[count..]);
        var bytes = 0L;
        foreach (var segment in segments.AsSpan(0, count))
        {
            bytes += segment.Bytes;
            segment.Delete(Settings.FileDeleteDelayMs);
        }

        var start = new Offset(Segments[0].BaseOffset);
        DeleteSnapshots(at => at < start.Value);
        if (start > LogStartOffset) MoveStartTo(start);
        LogMessages.RetentionDeleted(_context.Logger, _folder.Path, count, bytes, LogStartOffset.Value);
        return new(count, bytes);
    }

    private void MoveStartTo(Offset offset)
    {
        Volatile.Write(ref _logStartOffset, offset.Value);
        EpochCache.TruncateFromStart(offset);
        RaiseRecoveryPoint(offset.Value);
    }

    /// <summary>A crash must not bring back what was cut: recovery could not tell it from what belongs there.</summary>
    private void FlushTruncation(Segment last)
    {
        last.Flush(isSealed: false);
        _context.Files.FlushDirectory(_folder.Path);
    }

    private void LowerTo(Offset end)
    {
        if (_recoveryPoint > end.Value) Volatile.Write(ref _recoveryPoint, end.Value);
        if (_logStartOffset > end.Value) Volatile.Write(ref _logStartOffset, end.Value);
        EpochCache.TruncateFromEnd(end);
        EpochCache.Save(_context, _folder, durable: true);
    }
}
