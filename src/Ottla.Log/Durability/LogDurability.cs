using Ottla.Log.Checkpoints;
using Ottla.Log.Segments;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Durability;

/// <summary>How much of one log is on the disk for sure: its recovery point, and the names that are not there yet.</summary>
/// <remarks>
/// Any thread flushes, beside the writer, who appends, rolls and truncates meanwhile.
/// A truncation lowers the recovery point. A flush that began before it, or during it, knows bytes that are gone, and must not raise the point again: so each
/// truncation makes the generation odd while it runs and even when it has ended, and only a flush that ends in the even generation in which it began counts.
/// Failure: an fsync that failed may have cost what was written since the last good one, though the next one succeeds. From then on nothing of this log is
/// called durable any more; its directory goes offline, and the next start reads the log from the last good recovery point on.
/// </remarks>
internal sealed class LogDurability(long nowMs)
{
    private readonly Lock _lock = new();
    private DirtyMark _names;
    private DirtyMark _folder;
    private DirtyMark _topicId;
    private long _recoveryPoint;
    private long _lastFlushMs = nowMs;
    private int _generation;
    private volatile bool _hasFailed;

    /// <summary>Everything below is on the disk for sure.</summary>
    public long RecoveryPoint => Volatile.Read(ref _recoveryPoint);

    public long LastFlushMs => Volatile.Read(ref _lastFlushMs);

    /// <summary>A file was made or renamed in the log's folder.</summary>
    public void NoteNewNames() => _names.Set();

    /// <summary>The log's folder was made or renamed.</summary>
    public void NoteNewFolder() => _folder.Set();

    /// <summary>`partition.metadata` was written.</summary>
    public void NoteNewTopicId() => _topicId.Set();

    /// <summary>A flush of the log's files failed elsewhere.</summary>
    public void NoteFailed() => _hasFailed = true;

    /// <summary>While the log is being opened: what the checkpoint says, or where the log begins.</summary>
    public void Begin(long recoveryPoint)
    {
        lock (_lock)
        {
            Invariant.That(recoveryPoint >= 0);
            _recoveryPoint = recoveryPoint;
        }
    }

    /// <summary>Puts what lies below <paramref name="upTo"/> on the disk and raises the recovery point to it; with <paramref name="sealed"/> the
    /// indexes of the segment that is being written as well.</summary>
    /// <exception cref="FlushFailedException">The disk refused, now or earlier: nothing that was written since the last good flush is safe.</exception>
    /// <exception cref="IOException">Something could not be written; it can be tried again.</exception>
    public void Flush(LogState log, long upTo, bool @sealed = false)
    {
        if (log.Folder.IsClosed) return;
        if (_hasFailed) throw new FlushFailedException(log.Folder.Path, "an earlier flush of it failed");
        var generation = Volatile.Read(ref _generation);
        var from = RecoveryPoint;
        upTo = Math.Min(upTo, log.End);
        if (upTo <= from && !@sealed) return;
        try
        {
            FlushSegments(log, from, upTo, @sealed);
            FlushNames(log);
            log.LoadedEpochs?.Save(log.Context, log.Folder, durable: true);
        }
        catch (FlushFailedException)
        {
            _hasFailed = true;
            throw;
        }

        RaiseTo(log, upTo, generation);
        Volatile.Write(ref _lastFlushMs, log.Context.NowMs);
    }

    /// <summary>The records below are gone, or the whole volume was flushed by somebody else: nothing is left to be lost.</summary>
    public void RaiseTo(LogState log, long offset) => RaiseTo(log, offset, Volatile.Read(ref _generation));

    /// <summary>A new segment begins. Where the recovery point is its first offset, recovery would not look at the one before.</summary>
    public void NoteRolled(LogState log)
    {
        lock (_lock) Volatile.Write(ref _recoveryPoint, WithoutLooseIndexes(log.Segments, _recoveryPoint));
    }

    /// <summary>A truncation begins: the point is at most <paramref name="end"/> from now on, and no flush raises it before <see cref="EndTruncation"/>.</summary>
    public void BeginTruncation(long end)
    {
        lock (_lock)
        {
            Invariant.That((_generation & 1) == 0);
            Volatile.Write(ref _generation, _generation + 1);
            if (_recoveryPoint > end) Volatile.Write(ref _recoveryPoint, end);
        }
    }

    /// <summary>The truncation that is under way takes more than it was asked to.</summary>
    public void LowerTo(long end)
    {
        lock (_lock)
        {
            Invariant.That((_generation & 1) == 1);
            if (_recoveryPoint > end) Volatile.Write(ref _recoveryPoint, end);
        }
    }

    /// <summary>It ended, with success or without.</summary>
    public void EndTruncation(LogState log)
    {
        lock (_lock)
        {
            Invariant.That((_generation & 1) == 1);
            Volatile.Write(ref _generation, _generation + 1);
            Invariant.That(_recoveryPoint <= log.End);
        }
    }

    private static void FlushSegments(LogState log, long from, long upTo, bool @sealed)
    {
        var segments = log.Segments;
        for (var i = LogState.FloorIndex(segments, from); i < segments.Length && segments[i].BaseOffset < upTo; i++)
            segments[i].Flush(isSealed: @sealed || i + 1 < segments.Length);
    }

    private void FlushNames(LogState log)
    {
        if (_topicId.IsSet(out var topicId))
        {
            FlushTopicId(log);
            _topicId.Clear(topicId);
        }

        if (_names.IsSet(out var names))
        {
            log.Context.Files.FlushDirectory(log.Folder.Path);
            _names.Clear(names);
        }

        if (_folder.IsSet(out var folder) && Path.GetDirectoryName(log.Folder.Path) is { Length: > 0 } parent)
        {
            log.Context.Files.FlushDirectory(parent);
            _folder.Clear(folder);
        }
    }

    /// <summary>Records on the disk are worth nothing while nobody knows their topic.</summary>
    private static void FlushTopicId(LogState log)
    {
        try
        {
            using var file = log.Context.Files.Open(log.Folder.File(PartitionMetadataFile.FileName), OpenFor.Writing);
            file.Flush();
        }
        catch (IOException gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            // the directory was renamed meanwhile: the log is on its way out, or was flushed before it was moved
        }
    }

    private void RaiseTo(LogState log, long offset, int generation)
    {
        lock (_lock)
        {
            if (generation != _generation || (generation & 1) == 1) return;
            Invariant.That(offset <= log.End);
            offset = WithoutLooseIndexes(log.Segments, offset);
            if (offset > _recoveryPoint) Volatile.Write(ref _recoveryPoint, offset);
        }
    }

    /// <summary>At the first offset of a segment recovery would not look at the one before it, whose indexes may be in memory alone if it was flushed while it
    /// was still being written.</summary>
    private static long WithoutLooseIndexes(Segment[] segments, long offset)
    {
        var at = LogState.FloorIndex(segments, offset);
        return at > 0 && segments[at].BaseOffset == offset && !segments[at - 1].HasDurableIndexes ? offset - 1 : offset;
    }
}
