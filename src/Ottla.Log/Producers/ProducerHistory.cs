using Ottla.Log.Segments;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Producers;

/// <summary>The producers that a log knows, and the snapshots of them that lie beside its segments.</summary>
/// <remarks>
/// Owned by the log's writer; readers ask <see cref="Known"/> alone. A snapshot is written when a segment ends and when the log is closed; it carries a
/// checksum, so one that a crash tore is seen and passed over: an older one, or the batches themselves, say the same.
/// </remarks>
internal sealed class ProducerHistory
{
    private ProducerState? _state;
    private List<long>? _snapshots;

    /// <summary>Null while no producer with an id ever wrote. Any thread.</summary>
    public ProducerState? Known => Volatile.Read(ref _state);

    public ProducerState State
    {
        get
        {
            if (_state is null) Volatile.Write(ref _state, new ProducerState());
            return _state!;
        }
    }

    /// <summary>Offset of the latest snapshot; -1 where there is none.</summary>
    public long LatestSnapshot => _snapshots is [.., var last] ? last : -1;

    /// <summary>What lies in the directory when the log is opened, by offset.</summary>
    public void Found(List<long> snapshots)
    {
        if (snapshots.Count > 0) _snapshots = snapshots;
    }

    public void Undo(ProducerUndo undo) => _state?.Undo(undo);

    /// <summary>Nothing is left of the log.</summary>
    public void Forget(LogState log)
    {
        DeleteSnapshots(log, static _ => true);
        Volatile.Write(ref _state, null);
    }

    public void Snapshot(LogState log, long offset)
    {
        if (offset == 0 || LatestSnapshot >= offset) return;
        var bytes = ProducerSnapshot.Format(_state?.Entries ?? []);
        log.Durability.NoteNewNames();
        log.Context.Files.Replace(log.Folder.File(SegmentFiles.Name(offset, SegmentFiles.ProducerSnapshot)), bytes, flush: false);
        (_snapshots ??= []).Add(offset);
    }

    public void DeleteSnapshots(LogState log, Func<long, bool> which)
    {
        if (_snapshots is null) return;
        foreach (var offset in _snapshots.Where(which).ToArray())
        {
            log.Context.Files.DeleteFile(log.Folder.File(SegmentFiles.Name(offset, SegmentFiles.ProducerSnapshot)));
            _snapshots.Remove(offset);
        }
    }

    /// <summary>Knows the producers as of <paramref name="upTo"/>: from the last snapshot that can be read, and the batches behind it.</summary>
    public void Load(LogState log, long upTo)
    {
        var from = log.Start;
        Volatile.Write(ref _state, null);
        var nowMs = log.Context.NowMs;
        for (var i = (_snapshots?.Count ?? 0) - 1; i >= 0; i--)
        {
            var offset = _snapshots![i];
            if (offset > upTo) continue;

            // batches between it and the first segment are gone: what it says of their producers may be old
            if (offset < log.Segments[0].BaseOffset) break;
            if (ReadSnapshot(log, offset) is not { } entries) continue;
            foreach (var entry in entries)
            {
                if (!ProducerState.IsExpired(entry, nowMs, log.Settings.ProducerIdExpirationMs)) State.Load(entry);
            }

            from = offset;
            break;
        }

        Replay(log, from, upTo);
    }

    /// <summary>Takes in a batch that is in the log; answers the transaction that it ended.</summary>
    public CompletedTransaction? Replay(BatchScanner scan)
    {
        ref readonly var header = ref scan.Header;
        if (!header.HasProducerId) return null;
        TransactionMarker? marker = header.IsControl && TransactionMarker.TryRead(scan.Bytes, out var end) ? end : null;
        return State.Apply(header, marker, header.BaseOffset.Value, undo: null);
    }

    private List<ProducerEntry>? ReadSnapshot(LogState log, long offset)
    {
        var name = SegmentFiles.Name(offset, SegmentFiles.ProducerSnapshot);
        var entries = ProducerSnapshot.Parse(log.Context.Files.ReadAll(log.Folder.File(name), ProducerSnapshot.FileBytesMax), out var problem);
        if (entries is not null) return entries;
        LogMessages.FileSetAside(log.Context.Logger, log.Folder.Path, name, problem!);
        log.Context.Files.DeleteFile(log.Folder.File(name));
        _snapshots!.Remove(offset);
        return null;
    }

    private void Replay(LogState log, long from, long upTo)
    {
        if (from >= upTo) return;
        var segments = log.Segments;
        for (var i = LogState.FloorIndex(segments, from); i < segments.Length && segments[i].BaseOffset < upTo; i++)
        {
            var end = segments[i].End;
            if (end.Bytes == 0) continue;
            using var lease = segments[i].Acquire();
            var start = from <= segments[i].BaseOffset ? 0 : segments[i].Indexes().Offsets.PositionBefore(from);
            using var scan = new BatchScanner(lease.File, start, end.Bytes);
            while (scan.Next() && scan.Header.BaseOffset.Value < upTo)
            {
                if (scan.Header.LastOffset.Value >= from) Replay(scan);
            }

            if (scan.End != Ottla.Protocol.Batches.BatchesEnd.Whole) segments[i].Tell(new(segments[i].Path, scan.NextPosition, scan.End));
        }
    }
}
