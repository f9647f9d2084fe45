using Ottla.Log.Producers;
using Ottla.Log.Segments;
using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <summary>A producer as DescribeProducers tells of it; -1 is none.</summary>
/// <param name="LastTimestamp">Of its last batch or marker, in ms since 1970.</param>
/// <param name="TransactionStartOffset">First offset of its open transaction.</param>
public readonly record struct ActiveProducer(
    ProducerId ProducerId, short ProducerEpoch, int LastSequence, long LastTimestamp, int CoordinatorEpoch, Offset TransactionStartOffset);

/// <content>Producers and transactions.</content>
public sealed partial class PartitionLog
{
    /// <summary>Writer: the producers that the partition knows.</summary>
    public IReadOnlyList<ActiveProducer> ActiveProducers => _producers is null ? [] :
    [
        .. _producers.Entries.Select(entry => new ActiveProducer(new(entry.ProducerId), entry.Epoch, entry.LastSequence,
            entry.LastTimestamp, entry.CoordinatorEpoch, new(entry.TransactionFirstOffset))),
    ];

    /// <summary>Whether the producer has a transaction open here. Writer.</summary>
    public bool HasOpenTransaction(ProducerId producer) => _producers?.Find(producer.Value) is { TransactionFirstOffset: >= 0 };

    /// <summary>First offset of the earliest transaction that is open or whose marker is not replicated yet; null where there is none. Any
    /// thread.</summary>
    public Offset? FirstUnstableOffset => Volatile.Read(ref _producers)?.FirstUnstableOffset;

    private ProducerState Producers
    {
        get
        {
            if (_producers is null) Volatile.Write(ref _producers, new ProducerState());
            return _producers!;
        }
    }

    /// <summary>Up to where read_committed sees, given the high watermark. Any thread.</summary>
    public Offset LastStableOffset(Offset highWatermark) => Volatile.Read(ref _producers)?.LastStableOffset(highWatermark) ?? highWatermark;

    /// <summary>The aborted transactions that a reader of the offsets from <paramref name="from"/> up to <paramref name="upTo"/> has to
    /// know, by their markers' order. Any thread.</summary>
    public IReadOnlyList<AbortedTransaction> AbortedTransactions(Offset from, Offset upTo)
    {
        List<AbortedTransaction>? found = null;
        var segments = Segments;
        for (var i = FloorIndex(segments, from.Value); i < segments.Length; i++)
        {
            if ((segments[i].Parts & SegmentParts.TransactionIndex) == 0) continue;
            try
            {
                if (segments[i].Transactions.Collect(from.Value, upTo.Value, found ??= [])) break;
            }
            catch (IOException fault) when (segments[i].IsGone(fault))
            {
                // retention took it meanwhile, and its records with it
            }
        }

        return found ?? (IReadOnlyList<AbortedTransaction>)[];
    }

    /// <summary>Writer, from time to time: forgets producers that wrote nothing for producer.id.expiration.ms. Returns how many.</summary>
    public int ExpireProducers() => _producers?.Expire(_context.NowMs, Settings.ProducerIdExpirationMs) ?? 0;

    private void SnapshotProducers() => SnapshotProducers(_logEndOffset);

    private void SnapshotProducers(long offset)
    {
        if (offset == 0 || _snapshots is [.., var last] && last >= offset) return;
        var bytes = ProducerSnapshot.Format(_producers?.Entries ?? []);
        _context.Files.Replace(_folder.File(SegmentFiles.Name(offset, SegmentFiles.ProducerSnapshot)), bytes, flush: false);
        (_snapshots ??= []).Add(offset);
    }

    private void DeleteSnapshots(Func<long, bool> which)
    {
        if (_snapshots is null) return;
        foreach (var offset in _snapshots.Where(which).ToArray())
        {
            _context.Files.DeleteFile(_folder.File(SegmentFiles.Name(offset, SegmentFiles.ProducerSnapshot)));
            _snapshots.Remove(offset);
        }
    }

    /// <summary>Knows the producers as of <paramref name="upTo"/>: from the last snapshot that can be read, and the batches behind
    /// it.</summary>
    private void LoadProducers(long upTo)
    {
        var from = _logStartOffset;
        Volatile.Write(ref _producers, null);
        var nowMs = _context.NowMs;
        for (var i = (_snapshots?.Count ?? 0) - 1; i >= 0; i--)
        {
            var offset = _snapshots![i];
            if (offset > upTo) continue;

            // batches between it and the first segment are gone: what it says of their producers may be old
            if (offset < Segments[0].BaseOffset) break;
            if (ReadSnapshot(offset) is not { } entries) continue;
            foreach (var entry in entries)
            {
                if (!ProducerState.IsExpired(entry, nowMs, Settings.ProducerIdExpirationMs)) Producers.Load(entry);
            }

            from = offset;
            break;
        }

        ReplayProducers(from, upTo);
    }

    private List<ProducerEntry>? ReadSnapshot(long offset)
    {
        var name = SegmentFiles.Name(offset, SegmentFiles.ProducerSnapshot);
        var entries = ProducerSnapshot.Parse(_context.Files.ReadAll(_folder.File(name), ProducerSnapshot.FileBytesMax), out var problem);
        if (entries is not null) return entries;
        LogMessages.FileSetAside(_context.Logger, _folder.Path, name, problem!);
        _context.Files.DeleteFile(_folder.File(name));
        _snapshots!.Remove(offset);
        return null;
    }

    private void ReplayProducers(long from, long upTo)
    {
        if (from >= upTo) return;
        var segments = Segments;
        for (var i = FloorIndex(segments, from); i < segments.Length && segments[i].BaseOffset < upTo; i++)
        {
            var end = segments[i].End;
            if (end.Bytes == 0) continue;
            using var lease = segments[i].Acquire();
            var start = from <= segments[i].BaseOffset ? 0 : segments[i].Indexes().Offsets.PositionBefore(from);
            using var scan = new BatchScanner(lease.File, start, end.Bytes);
            while (scan.Next() && scan.Header.BaseOffset.Value < upTo)
            {
                if (scan.Header.LastOffset.Value >= from) ReplayBatch(scan);
            }
        }
    }

    /// <summary>Takes in a batch that is in the log; answers the transaction that it ended.</summary>
    private CompletedTransaction? ReplayBatch(BatchScanner scan)
    {
        ref readonly var header = ref scan.Header;
        if (!header.HasProducerId) return null;
        TransactionMarker? marker = header.IsControl && TransactionMarker.TryRead(scan.Bytes, out var end) ? end : null;
        return Producers.Apply(header, marker, header.BaseOffset.Value, undo: null);
    }
}
