using Ottla.Log.Checkpoints;
using Ottla.Log.Epochs;
using Ottla.Log.Producers;
using Ottla.Log.Recovery;
using Ottla.Log.Segments;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <summary>What opening a log took.</summary>
/// <param name="SegmentsRecovered">Segments that were read from end to end, because they lay behind the recovery point of a log that was
/// not closed cleanly.</param>
/// <param name="BytesRecovered">Bytes of them.</param>
/// <param name="BytesCut">Bytes that were no whole batch, or lay behind such.</param>
public readonly record struct LogRecovery(int SegmentsRecovered, long BytesRecovered, long BytesCut);

/// <content>Creating, opening, recovering.</content>
public sealed partial class PartitionLog
{
    /// <summary>What <see cref="Open"/> had to do.</summary>
    public LogRecovery Recovery { get; private set; }

    /// <summary>Makes the log of a new partition: its directory and `partition.metadata`; the other files come with the first
    /// record.</summary>
    public static PartitionLog Create(LogContext context, string directory, TopicPartition partition, Uuid topicId, LogSettings settings)
    {
        var log = new PartitionLog(context, directory, partition, Uuid.Zero, settings);
        log.EnsureDirectory();
        if (!topicId.IsZero) log.WriteNewTopicId(topicId);
        log.BeginAt(0);
        return log;
    }

    /// <summary>
    /// Opens the log in <paramref name="directory"/>, or begins one where there is none. Without <paramref name="cleanShutdown"/>
    /// everything from the segment of
    /// <paramref name="recoveryPoint"/> on is read: what is not whole is cut off at the first broken batch, the indexes are built anew.
    /// </summary>
    /// <param name="context">What all logs share.</param>
    /// <param name="directory">The partition's own directory.</param>
    /// <param name="partition">Its name, for messages.</param>
    /// <param name="topicId">Noted where the directory has none yet; null takes what the directory says.</param>
    /// <param name="settings">The topic's.</param>
    /// <param name="logStartOffset">As checkpointed; 0 where it was not.</param>
    /// <param name="recoveryPoint">As checkpointed; 0 where it was not.</param>
    /// <param name="cleanShutdown">The log directory carries the mark of a clean stop.</param>
    /// <exception cref="IOException">The disk refused.</exception>
    public static PartitionLog Open(LogContext context, string directory, TopicPartition partition, Uuid? topicId, LogSettings settings,
        Offset logStartOffset, Offset recoveryPoint, bool cleanShutdown)
    {
        if (!context.Files.DirectoryExists(directory))
        {
            var made = Create(context, directory, partition, topicId ?? Uuid.Zero, settings);
            if (logStartOffset > Offset.Zero) made.TruncateFully(logStartOffset);
            return made;
        }

        var found = DirectoryContents.Read(context, directory);
        var log = new PartitionLog(context, directory, partition, Uuid.Zero, settings) 
        {
            _hasDirectory = true,
            _hasEpochFile = found.HasEpochs,
        };
        log.TakeTopicId(found, topicId);

        // a process that was killed may have left it in the page cache alone
        if (!cleanShutdown && found.HasPartitionMetadata) log._hasNewTopicId = true;
        if (found.Snapshots.Count > 0) log._snapshots = found.Snapshots;
        if (found.Segments.Count == 0) log.BeginAt(logStartOffset.Value);
        else log.TakeSegments(found, logStartOffset.Value, recoveryPoint.Value, cleanShutdown);
        return log;
    }

    private void BeginAt(long offset)
    {
        var segment = new Segment(_context, _folder, offset, new(offset, 0), SegmentParts.None);
        if (offset > 0)
        {
            EnsureDirectory();
            segment.Create();
            _mustSeal = true;
            _hasNewNames = true;
        }

        _logStartOffset = _logEndOffset = _recoveryPoint = offset;
        SetSegments([segment]);
        _rollJitterMs = NextJitter();
    }

    private void TakeTopicId(DirectoryContents found, Uuid? wanted)
    {
        if (found.HasPartitionMetadata)
        {
            var bytes = _context.Files.ReadAll(_folder.File(PartitionMetadataFile.FileName), PartitionMetadataFile.FileBytesMax);
            if (PartitionMetadataFile.TryParse(bytes, out var id, out var problem)) TopicId = id;
            else LogMessages.FileSetAside(_context.Logger, _folder.Path, PartitionMetadataFile.FileName, problem!);
        }

        if (TopicId.IsZero && wanted is { IsZero: false } given) AssignTopicId(given);
    }

    private void WriteNewTopicId(Uuid topicId)
    {
        TopicId = topicId;
        _hasNewTopicId = true;
        using var file = _context.Files.Open(_folder.File(PartitionMetadataFile.FileName), Ottla.Runtime.Files.OpenFor.WritingOrCreating);
        var bytes = PartitionMetadataFile.Format(topicId);
        file.Write(0, bytes);
        if (file.Length > bytes.Length) file.SetLength(bytes.Length);
    }

    private void TakeSegments(DirectoryContents found, long logStartOffset, long recoveryPoint, bool cleanShutdown)
    {
        var segments = new Segment[found.Segments.Count];
        for (var i = 0; i < segments.Length; i++)
        {
            var file = found.Segments[i];
            var next = i + 1 < segments.Length ? found.Segments[i + 1].BaseOffset : file.BaseOffset;
            segments[i] = new Segment(_context, _folder, file.BaseOffset, new(next, (int)file.LogBytes), file.Parts);
        }

        if (!cleanShutdown) segments = WithoutDeleted(segments, logStartOffset);
        _logStartOffset = Math.Max(logStartOffset, segments[0].BaseOffset);
        SetSegments(segments);
        if (cleanShutdown) TakeCleanEnd(recoveryPoint);
        else Recover(recoveryPoint);
        if (_logStartOffset > _logEndOffset)
        {
            LogMessages.StartBehindEnd(_context.Logger, _folder.Path, _logStartOffset, _logEndOffset);
            TruncateFully(new Offset(_logStartOffset));
            return;
        }

        _recoveryPoint = cleanShutdown ? _logEndOffset : Math.Min(recoveryPoint, _logEndOffset);
        var bases = Segments.Select(segment => segment.BaseOffset).ToHashSet();
        var latest = _snapshots is [.., var last] ? last : -1;
        DeleteSnapshots(offset => offset > _logEndOffset || offset != latest && !bases.Contains(offset));
        _rollJitterMs = NextJitter();
    }

    /// <summary>Segments that were deleted before the crash may be back, in part: they would only mislead recovery.</summary>
    private Segment[] WithoutDeleted(Segment[] segments, long logStartOffset)
    {
        var gone = 0;
        while (gone + 1 < segments.Length && segments[gone + 1].BaseOffset <= logStartOffset) segments[gone++].Delete(Settings.FileDeleteDelayMs);
        return segments[gone..];
    }

    /// <summary>After a clean stop. The snapshot that a clean stop leaves at the log's end is taken at its word, and then no file has to
    /// be opened at all.</summary>
    private void TakeCleanEnd(long recoveryPoint)
    {
        var active = Active;
        if (_snapshots is [.., var snapshot] && snapshot == recoveryPoint && snapshot > active.BaseOffset)
        {
            active.Publish(active.End with { NextOffset = snapshot });
            SetLogEnd(snapshot);
        }
        else
        {
            FindEnd(active);
        }

        LoadProducers(_logEndOffset);
    }

    /// <summary>Walks from the last index entry to the end of the last segment.</summary>
    private void FindEnd(Segment active)
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
        SetLogEnd(nextOffset);
        if (position == end.Bytes) return;
        LogMessages.TailCut(_context.Logger, _folder.Path, end.Bytes - position, nextOffset);
        active.TruncateTo(nextOffset);
        active.CutToEnd();
        FlushTruncation(active);
        _mustSeal = true;
        Recovery = Recovery with { BytesCut = end.Bytes - position };
    }

    /// <summary>Reads every segment from that of the recovery point on; stops at the first batch that is broken and removes what lies
    /// behind.</summary>
    private void Recover(long recoveryPoint)
    {
        var segments = Segments;
        var first = FloorIndex(segments, recoveryPoint);
        SetSegments(segments[..(first + 1)]);
        SetLogEnd(segments[first].BaseOffset);
        LoadProducers(segments[first].BaseOffset);
        if (_snapshots is not null) DeleteSnapshots(offset => offset > segments[first].BaseOffset);
        if (first > 0 && EpochCache.EpochAt(LogStartOffset) == LeaderEpoch.None) TakeEpochsFrom(segments.AsSpan(0, first), EpochCache);
        var recovery = new LogRecovery();
        _mustSeal = segments[first].Bytes > 0 || first > 0;
        for (var i = first; i < segments.Length; i++)
        {
            var before = segments[i].Bytes;
            var firstOffset = Math.Max(_logEndOffset, segments[i].BaseOffset);
            var outcome = SegmentRecovery.Run(_context, segments[i], Settings.IndexIntervalBytes, firstOffset, TakeRecovered);
            recovery = new(recovery.SegmentsRecovered + 1, recovery.BytesRecovered + before, 0);
            SetLogEnd(segments[i].End.NextOffset);
            if (i + 1 == segments.Length && outcome == BatchesEnd.Whole) break;
            if (outcome == BatchesEnd.Whole && !IsHole(segments[i], segments[i + 1], recoveryPoint))
            {
                segments[i].Seal();
                segments[i].Publish(segments[i].End with { NextOffset = segments[i + 1].BaseOffset });
                SnapshotProducers(segments[i + 1].BaseOffset);
                SetLogEnd(segments[i + 1].BaseOffset);
                SetSegments(segments[..(i + 2)]);
                continue;
            }

            var cut = before - segments[i].Bytes;
            if (outcome == BatchesEnd.Whole) LogMessages.HoleCut(_context.Logger, _folder.Path, segments[i].End.NextOffset, segments[i + 1].BaseOffset);
            else LogMessages.TailCut(_context.Logger, _folder.Path, cut, segments[i].End.NextOffset);
            foreach (var behind in segments.AsSpan(i + 1))
            {
                LogMessages.SegmentBehindBreakRemoved(_context.Logger, _folder.Path, behind.BaseOffset, behind.Bytes);
                cut += behind.Bytes;
                behind.Delete(Settings.FileDeleteDelayMs);
            }

            FlushTruncation(segments[i]);
            recovery = recovery with { BytesCut = cut };
            break;
        }

        Recovery = recovery;
    }

    /// <summary>The file of the leader epochs went with the crash: they stand in the batches as well.</summary>
    private void TakeEpochsFrom(ReadOnlySpan<Segment> segments, LeaderEpochCache epochs)
    {
        Span<byte> buffer = stackalloc byte[HeaderWalk.BufferBytes];
        foreach (var segment in segments)
        {
            if (segment.Bytes == 0) continue;
            using var lease = segment.Acquire();
            var walk = new HeaderWalk(lease.File, 0, segment.Bytes, buffer);
            while (walk.Next())
            {
                if (walk.Header.PartitionLeaderEpoch > epochs.Latest) epochs.Assign(walk.Header.PartitionLeaderEpoch, walk.Header.BaseOffset);
            }
        }

        epochs.TruncateFromStart(LogStartOffset);
    }

    /// <summary>
    /// A machine that lost power may have kept the next segment's name and lost this one's last bytes. Who reads on behind the hole never
    /// learns that records are missing, so the log
    /// ends here. Holes that compaction made are no loss.
    /// </summary>
    private bool IsHole(Segment segment, Segment next, long recoveryPoint) =>
        !Settings.Compact && next.BaseOffset > recoveryPoint && segment.End.NextOffset < next.BaseOffset;

    private CompletedTransaction? TakeRecovered(BatchScanner scan)
    {
        ref readonly var header = ref scan.Header;
        if (header.PartitionLeaderEpoch > EpochCache.Latest) EpochCache.Assign(header.PartitionLeaderEpoch, header.BaseOffset);
        return ReplayBatch(scan);
    }
}
