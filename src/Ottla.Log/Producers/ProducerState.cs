using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Producers;

/// <summary>The producers that wrote to a partition: what makes them idempotent, and which transactions are open.</summary>
/// <remarks>
/// Owned by the log's writer; readers ask only <see cref="LastStableOffset"/>, which has its own lock and costs nothing where no
/// transaction was seen.
/// A batch is checked first and applied before it is written, because the next one of the same turn builds on it; <see cref="Undo"/> takes
/// back a turn whose write failed.
/// </remarks>
internal sealed class ProducerState
{
    private readonly Dictionary<long, ProducerEntry> _entries = [];
    private readonly Lock _transactions = new();
    private readonly SortedDictionary<long, long> _ongoing = [];
    private readonly List<CompletedTransaction> _completed = [];
    private bool _sawTransactions;

    public IReadOnlyCollection<ProducerEntry> Entries => _entries.Values;

    public int Count => _entries.Count;

    public ProducerEntry? Find(long producerId) => _entries.GetValueOrDefault(producerId);

    /// <summary>Whether the batch was written before: one of the producer's last five.</summary>
    public bool TryFindDuplicate(in BatchHeader header, out ProducedBatch duplicate)
    {
        duplicate = default;
        return _entries.TryGetValue(header.ProducerId.Value, out var entry)
            && entry.TryFind(header.ProducerEpoch, header.BaseSequence, header.LastSequence, out duplicate);
    }

    /// <summary>Whether the batch may be appended: epoch not older than known, sequence without a gap, marker of a coordinator that is not
    /// fenced.</summary>
    public ErrorCode Check(in BatchHeader header, TransactionMarker? marker)
    {
        if (!_entries.TryGetValue(header.ProducerId.Value, out var entry)) return ErrorCode.None;
        if (header.ProducerEpoch < entry.Epoch) return ErrorCode.InvalidProducerEpoch;
        if (marker is { } end) return end.CoordinatorEpoch < entry.CoordinatorEpoch ? ErrorCode.TransactionCoordinatorFenced : ErrorCode.None;
        if (header.IsControl) return ErrorCode.None;
        if (header.ProducerEpoch != entry.Epoch)
        {
            if (header.BaseSequence != 0 && entry.Epoch >= 0) return ErrorCode.OutOfOrderSequenceNumber;
        }
        else if (header.BaseSequence != BatchHeader.AddToSequence(entry.LastSequence, 1))
        {
            return ErrorCode.OutOfOrderSequenceNumber;
        }

        return entry.TransactionFirstOffset >= 0 && !header.IsTransactional ? ErrorCode.InvalidTxnState : ErrorCode.None;
    }

    /// <summary>Takes the batch in, checked or found in the log. Answers the transaction that its marker ended, if it did.</summary>
    public CompletedTransaction? Apply(in BatchHeader header, TransactionMarker? marker, long baseOffset, ProducerUndo? undo)
    {
        var id = header.ProducerId.Value;
        _entries.TryGetValue(id, out var entry);
        var isNew = entry is null;
        if (entry is null) _entries.Add(id, entry = new ProducerEntry(id));
        undo?.Save(entry, isNew);
        var lastOffset = baseOffset + header.LastOffsetDelta;
        if (header.IsControl) return marker is { } end ? ApplyMarker(entry, header, end, lastOffset) : null;
        entry.MoveTo(header.ProducerEpoch);
        entry.Add(new(header.LastSequence, header.LastOffsetDelta, lastOffset, header.MaxTimestamp));
        entry.LastTimestamp = header.MaxTimestamp;
        if (header.IsTransactional && entry.TransactionFirstOffset < 0)
        {
            entry.TransactionFirstOffset = baseOffset;
            lock (_transactions)
            {
                _sawTransactions = true;
                _ongoing[baseOffset] = id;
            }
        }

        return null;
    }

    /// <summary>Takes back everything since <paramref name="undo"/> was begun.</summary>
    public void Undo(ProducerUndo undo)
    {
        for (var i = 0; i < undo.Count; i++)
        {
            var (entry, isNew) = undo.Restore(i);
            if (isNew) _entries.Remove(entry.ProducerId);
        }

        lock (_transactions)
        {
            _ongoing.Clear();
            foreach (var entry in _entries.Values)
            {
                if (entry.TransactionFirstOffset >= 0) _ongoing[entry.TransactionFirstOffset] = entry.ProducerId;
            }

            _completed.RemoveAll(done => done.MarkerOffset >= undo.FromOffset);
        }
    }

    /// <summary>The last stable offset below a high watermark: transactions that are open, or whose marker is not yet below the high
    /// watermark, hold it back.</summary>
    public Offset LastStableOffset(Offset highWatermark)
    {
        if (!Volatile.Read(ref _sawTransactions)) return highWatermark;
        lock (_transactions)
        {
            _completed.RemoveAll(done => done.MarkerOffset < highWatermark.Value);
            return Offset.Min(highWatermark, new Offset(FirstUnstableLocked()));
        }
    }

    /// <summary>First offset of the earliest transaction that is not decided or not yet replicated; null where there is none.</summary>
    public Offset? FirstUnstableOffset
    {
        get
        {
            lock (_transactions) return FirstUnstableLocked() is var first && first == long.MaxValue ? null : new Offset(first);
        }
    }

    /// <summary>Takes up an entry of a snapshot.</summary>
    public void Load(ProducerEntry entry)
    {
        _entries[entry.ProducerId] = entry;
        if (entry.TransactionFirstOffset < 0) return;
        lock (_transactions)
        {
            _sawTransactions = true;
            _ongoing[entry.TransactionFirstOffset] = entry.ProducerId;
        }
    }

    /// <summary>Forgets producers that wrote nothing for <paramref name="expirationMs"/> and have no transaction open.</summary>
    public int Expire(long nowMs, long expirationMs)
    {
        List<long>? gone = null;
        foreach (var entry in _entries.Values)
        {
            if (IsExpired(entry, nowMs, expirationMs)) (gone ??= []).Add(entry.ProducerId);
        }

        foreach (var id in gone ?? []) _entries.Remove(id);
        return gone?.Count ?? 0;
    }

    public static bool IsExpired(ProducerEntry entry, long nowMs, long expirationMs) =>
        entry.TransactionFirstOffset < 0 && nowMs - entry.LastTimestamp >= expirationMs;

    private CompletedTransaction? ApplyMarker(ProducerEntry entry, in BatchHeader header, TransactionMarker marker, long markerOffset)
    {
        entry.MoveTo(header.ProducerEpoch);
        entry.CoordinatorEpoch = marker.CoordinatorEpoch;
        entry.LastTimestamp = header.MaxTimestamp;
        var first = entry.TransactionFirstOffset;
        entry.TransactionFirstOffset = -1;
        if (first < 0) return null;
        lock (_transactions)
        {
            _ongoing.Remove(first);
            var stable = markerOffset + 1;
            foreach (var other in _ongoing.Keys)
            {
                stable = other;
                break;
            }

            var done = new CompletedTransaction(entry.ProducerId, first, markerOffset, stable, !marker.Commits);
            _completed.Add(done);
            return done;
        }
    }

    private long FirstUnstableLocked()
    {
        var first = long.MaxValue;
        foreach (var offset in _ongoing.Keys)
        {
            first = offset;
            break;
        }

        foreach (var done in _completed) first = Math.Min(first, done.FirstOffset);
        return first;
    }
}

/// <summary>A transaction whose marker is in the log; it holds the last stable offset back until the marker lies below the high
/// watermark.</summary>
internal readonly record struct CompletedTransaction(long ProducerId, long FirstOffset, long MarkerOffset, long LastStableOffset,
    bool IsAborted);

/// <summary>Producers as they were before a turn's batches were applied.</summary>
/// <remarks>Belongs to one append at a time; the copies are used again, so that a turn of known producers allocates nothing.</remarks>
internal sealed class ProducerUndo
{
    private static long s_turns;

    private readonly List<(ProducerEntry Entry, bool IsNew)> _saved = [];
    private readonly List<ProducerEntry> _copies = [];
    private long _turn;

    /// <summary>Offset of the first batch that can be taken back.</summary>
    public long FromOffset { get; private set; }

    public int Count => _saved.Count;

    public void Begin(long fromOffset)
    {
        FromOffset = fromOffset;
        _saved.Clear();
        _turn = Interlocked.Increment(ref s_turns);
    }

    /// <summary>Keeps the entry as it is now, once in a turn.</summary>
    public void Save(ProducerEntry entry, bool isNew)
    {
        if (entry.SavedInTurn == _turn) return;
        entry.SavedInTurn = _turn;
        if (_copies.Count == _saved.Count) _copies.Add(new ProducerEntry(-1));
        _copies[_saved.Count].CopyFrom(entry);
        _saved.Add((entry, isNew));
    }

    /// <summary>Gives back what was saved; answers whether the producer was new.</summary>
    public (ProducerEntry Entry, bool IsNew) Restore(int index)
    {
        var (entry, isNew) = _saved[index];
        entry.CopyFrom(_copies[index]);
        return (entry, isNew);
    }
}
