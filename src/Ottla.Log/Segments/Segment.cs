using System.Buffers;
using Ottla.Log.Handles;
using Ottla.Log.Producers;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Segments;

/// <summary>How far a segment goes.</summary>
/// <param name="NextOffset">Offset after the last; of a closed segment the next one's base.</param>
/// <param name="Bytes">Bytes of whole batches.</param>
internal readonly record struct SegmentEnd(long NextOffset, int Bytes);

/// <summary>The latest timestamp of a segment and the last offset of the batch that has it; -1 where no batch has one.</summary>
internal readonly record struct LatestTimestamp(long Timestamp, long Offset)
{
    public static readonly LatestTimestamp None = new(-1, -1);
}

/// <summary>A stretch of a partition's log: a `.log` file and its indexes.</summary>
/// <remarks>
/// Costs no handle and no index until used. One writer (the log's); any number of readers beside it: they see batches only once
/// <see cref="Publish"/> told of them, after the write. End offset and size change together, under a sequence count instead of a lock, for
/// every fetch reads them. An index that is missing or can't belong to its file is built anew on first use.
/// </remarks>
internal sealed class Segment
{
    /// <summary>Up to here copying many small batches together costs less than naming each to the system.</summary>
    private const int JoinedBytesMax = 64 << 10;

    private readonly LogContext _context;
    private readonly LogFolder _folder;
    private readonly FileSlot _log;
    private SegmentIndexes? _indexes;
    private TransactionIndex? _transactions;
    private int _sequence;
    private SegmentEnd _end;
    private long _firstTimestamp = long.MinValue;
    private int _bytesSinceIndexEntry;
    private int _toldPosition = -1;
    private volatile bool _hasDurableIndexes;

    public Segment(LogContext context, LogFolder folder, long baseOffset, SegmentEnd end, SegmentParts parts)
    {
        _context = context;
        _folder = folder;
        BaseOffset = baseOffset;
        _end = end;
        Parts = parts;
        CreatedMs = context.NowMs;
        _log = new FileSlot(folder, baseOffset, SegmentFiles.Log);
    }

    public long BaseOffset { get; }

    /// <summary>When it was made or found, in ms since 1970: what its age counts from where its first batch has no timestamp.</summary>
    public long CreatedMs { get; }

    /// <summary>Which of its files lie on the disk.</summary>
    public SegmentParts Parts { get; set; }

    public string Path => _log.Path;

    /// <summary>Set before its files are renamed to go: a reader that comes late finds nothing instead of a broken disk.</summary>
    public bool IsDeleted => _log.IsDeleted;

    /// <summary>Its indexes are on the disk as they are, or were when it was opened: recovery need not look at them.</summary>
    public bool HasDurableIndexes
    {
        get => _hasDurableIndexes;
        set => _hasDurableIndexes = value;
    }

    public SegmentEnd End
    {
        get
        {
            var spin = default(SpinWait);
            while (true)
            {
                var before = Volatile.Read(ref _sequence);
                if ((before & 1) == 0)
                {
                    var end = _end;
                    Thread.MemoryBarrier();
                    if (Volatile.Read(ref _sequence) == before) return end;
                }

                spin.SpinOnce();
            }
        }
    }

    public int Bytes => End.Bytes;

    public TransactionIndex Transactions
    {
        get
        {
            if (Volatile.Read(ref _transactions) is { } ready) return ready;
            var made = new TransactionIndex(_context.Handles, new FileSlot(_folder, BaseOffset, SegmentFiles.TransactionIndex));
            return Interlocked.CompareExchange(ref _transactions, made, null) ?? made;
        }
    }

    /// <summary>The latest timestamp; read from the time index for the first who asks.</summary>
    public LatestTimestamp Latest => Indexes().Latest;

    public FileLease Acquire() => _context.Handles.Acquire(_log);

    /// <exception cref="FileNotFoundException">It was deleted before anybody needed them: a new segment may have their names by now.</exception>
    public SegmentIndexes Indexes()
    {
        if (Volatile.Read(ref _indexes) is { } ready) return ready;
        lock (_log)
        {
            if (_indexes is { } other) return other;
            if (IsDeleted) throw new FileNotFoundException($"{Path} is on its way out");
            var indexes = new SegmentIndexes(_context, _folder, this);
            indexes.Load();
            Volatile.Write(ref _indexes, indexes);
            return indexes;
        }
    }

    /// <summary>Writer: makes the files of an empty segment.</summary>
    public void Create()
    {
        using (var lease = _context.Handles.Acquire(_log, OpenFor.WritingOrCreating))
        {
            if (lease.File.Length > 0) lease.File.SetLength(0);
        }

        Indexes().Create();
        Parts |= SegmentParts.Log | SegmentParts.Indexes;
    }

    /// <summary>Writer: writes all pieces behind what is there; nobody sees them before <see cref="Publish"/>.</summary>
    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> pieces, int bytes)
    {
        if ((Parts & SegmentParts.Log) == 0) Create();
        using var lease = Acquire();
        if (pieces.Count == 1) lease.File.Write(_end.Bytes, pieces[0].Span);
        else if (bytes <= JoinedBytesMax) WriteJoined(lease.File, pieces, bytes);
        else lease.File.Write(_end.Bytes, pieces);
    }

    private void WriteJoined(IStorageFile file, IReadOnlyList<ReadOnlyMemory<byte>> pieces, int bytes)
    {
        var joined = ArrayPool<byte>.Shared.Rent(bytes);
        var filled = 0;
        foreach (var piece in pieces)
        {
            piece.Span.CopyTo(joined.AsSpan(filled));
            filled += piece.Length;
        }

        Invariant.That(filled == bytes);
        try
        {
            file.Write(_end.Bytes, joined.AsSpan(0, bytes));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    /// <summary>Writer: cuts off what may have got to the file behind the end.</summary>
    public void CutToEnd()
    {
        if ((Parts & SegmentParts.Log) == 0) return;
        using var lease = Acquire();
        if (lease.File.Length > _end.Bytes) lease.File.SetLength(_end.Bytes);
    }

    /// <summary>Writer: after a write that failed, nothing of it is left, in the log or in the indexes.</summary>
    public void TakeBack()
    {
        CutToEnd();
        if (_indexes is { } indexes) indexes.TruncateTo(_end.NextOffset);
        if ((Parts & SegmentParts.TransactionIndex) != 0) Transactions.TruncateTo(_end.NextOffset);
        _bytesSinceIndexEntry = 0;
    }

    /// <summary>Writer: notes a transaction that was aborted; the file comes with the first.</summary>
    public void NoteAborted(CompletedTransaction aborted)
    {
        Transactions.Append(new(
            new(aborted.ProducerId), new(aborted.FirstOffset), new(aborted.MarkerOffset), new(aborted.LastStableOffset)));
        Parts |= SegmentParts.TransactionIndex;
    }

    /// <summary>Writer: an index entry for the batch where one is due, and its timestamp.</summary>
    public void Index(long lastOffset, long maxTimestamp, int position, int sizeInBytes, int indexIntervalBytes)
    {
        var indexes = Indexes();
        if (_hasDurableIndexes) _hasDurableIndexes = false;
        indexes.NoteTimestamp(maxTimestamp, lastOffset);
        if (position == 0) _firstTimestamp = maxTimestamp;
        if (_bytesSinceIndexEntry > indexIntervalBytes)
        {
            indexes.Append(lastOffset, position);
            _bytesSinceIndexEntry = 0;
        }

        _bytesSinceIndexEntry += sizeInBytes;
    }

    /// <summary>Writer: lets readers see what was written.</summary>
    public void Publish(SegmentEnd end)
    {
        Invariant.That(end.Bytes >= 0 && end.NextOffset >= BaseOffset);
        Volatile.Write(ref _sequence, _sequence + 1);
        Thread.MemoryBarrier();
        _end = end;
        Volatile.Write(ref _sequence, _sequence + 1);
    }

    /// <summary>Timestamp of the first batch in ms since 1970, -1 where it has none or there is no batch: what the age of the segment
    /// counts from.</summary>
    public long FirstTimestamp()
    {
        if (_firstTimestamp != long.MinValue) return _firstTimestamp;
        if (_end.Bytes == 0) return -1;
        using var lease = Acquire();
        var walk = new HeaderWalk(lease.File, 0, _end.Bytes, stackalloc byte[BatchHeader.Size]);
        return _firstTimestamp = walk.Next() ? walk.Header.MaxTimestamp : -1;
    }

    /// <summary>Start of the first batch that ends at <paramref name="offset"/> or after, and its header; false where there is none before
    /// <paramref name="end"/>.</summary>
    /// <exception cref="CorruptBatchException">What is no batch lies before it.</exception>
    public bool TryLocate(IStorageFile file, long offset, SegmentEnd end, out int position, out BatchHeader header)
    {
        var walk = new HeaderWalk(file, Math.Min(Indexes().Offsets.PositionBefore(offset), end.Bytes), end.Bytes,
            stackalloc byte[HeaderWalk.BufferBytes]);
        while (walk.Next())
        {
            if (walk.Header.LastOffset.Value < offset) continue;
            position = walk.Position;
            header = walk.Header;
            return true;
        }

        if (walk.End != BatchesEnd.Whole) throw new CorruptBatchException(Path, walk.NextPosition, walk.End);
        position = 0;
        header = default;
        return false;
    }

    /// <summary>End of the last whole batch that ends at <paramref name="limit"/> or before, and the offset after it; <paramref
    /// name="start"/> is where a batch begins. What is no batch ends it, too.</summary>
    public (int Position, long NextOffset) LastBoundary(IStorageFile file, int start, int limit, SegmentEnd end)
    {
        var indexed = Indexes().Offsets.BatchStartBefore(limit);
        if (indexed <= start || indexed > end.Bytes) return Boundary(file, start, limit, end);
        var boundary = Boundary(file, indexed, limit, end);

        // the batch that the index names is none: the last one before it, whose offset only a walk can tell
        return boundary.NextOffset >= 0 ? boundary : Boundary(file, start, indexed, end);
    }

    private static (int Position, long NextOffset) Boundary(IStorageFile file, int start, int limit, SegmentEnd end)
    {
        var walk = new HeaderWalk(file, start, end.Bytes, stackalloc byte[HeaderWalk.BufferBytes]);
        (int Position, long NextOffset) boundary = (start, -1);
        while (walk.Next())
        {
            if (walk.NextPosition > limit) return boundary.NextOffset < 0 ? (boundary.Position, walk.Header.BaseOffset.Value) : boundary;
            boundary = (walk.NextPosition, walk.Header.NextOffset.Value);
        }

        return boundary;
    }

    /// <summary>Writer: keeps the batches that end before <paramref name="offset"/>, as far as they are whole. Answers the offset that the next record
    /// gets: <paramref name="offset"/>, or an earlier one where what is no batch lies before it.</summary>
    public long TruncateTo(long offset)
    {
        if ((Parts & SegmentParts.Log) == 0)
        {
            Publish(new(offset, 0));
            return offset;
        }

        _hasDurableIndexes = false;
        using var lease = Acquire();
        var kept = Kept(lease.File, offset);
        Publish(kept);
        lease.File.SetLength(kept.Bytes);
        Indexes().TruncateTo(kept.NextOffset);
        if ((Parts & SegmentParts.TransactionIndex) != 0) Transactions.TruncateTo(kept.NextOffset);
        if (kept.Bytes == 0) _firstTimestamp = long.MinValue;
        _bytesSinceIndexEntry = 0;
        return kept.NextOffset;
    }

    private SegmentEnd Kept(IStorageFile file, long offset)
    {
        var end = _end;
        try
        {
            return new(offset, TryLocate(file, offset, end, out var position, out _) ? position : end.Bytes);
        }
        catch (CorruptBatchException corrupt)
        {
            Tell(corrupt);
            var (position, nextOffset) = Boundary(file, 0, corrupt.Position, end);
            return new(nextOffset < 0 ? BaseOffset : nextOffset, position);
        }
    }

    /// <summary>Tells the operator of what is no batch, once for each place.</summary>
    public void Tell(CorruptBatchException corrupt)
    {
        if (Interlocked.Exchange(ref _toldPosition, corrupt.Position) == corrupt.Position) return;
        LogMessages.CorruptBatch(_context.Logger, Path, corrupt.Position, corrupt.Why);
    }

    /// <summary>Puts the log on the disk, and the indexes of a segment that grows no more: those of the last one are built anew after a
    /// crash anyway. Any thread.</summary>
    public void Flush(bool isSealed)
    {
        if ((Parts & SegmentParts.Log) == 0) return;
        try
        {
            using (var lease = Acquire()) lease.File.Flush();
            if (!isSealed || _hasDurableIndexes) return;
            Indexes().Flush();
            if ((Parts & SegmentParts.TransactionIndex) != 0) Transactions.Flush();
            _hasDurableIndexes = true;
        }
        catch (IOException fault) when (IsGone(fault))
        {
            // retention took it meanwhile: nothing is left to be flushed
        }
    }

    /// <summary>Writer: ends the segment's growth: the last timestamp gets its entry, the indexes get to their files, each as long as its
    /// entries.</summary>
    public void Seal()
    {
        if ((Parts & SegmentParts.Log) == 0) return;
        if (_indexes is null && (Parts & SegmentParts.Indexes) == SegmentParts.Indexes) return;
        Indexes().Seal();
        Parts |= SegmentParts.Indexes;
    }

    /// <summary>Indexes to be built by recovery, from nothing.</summary>
    public SegmentIndexes ResetIndexes()
    {
        lock (_log)
        {
            var indexes = new SegmentIndexes(_context, _folder, this);
            if (_indexes is { } old) old.CloseHandles();
            Volatile.Write(ref _indexes, indexes);
            _bytesSinceIndexEntry = 0;
            return indexes;
        }
    }

    /// <summary>Writer: renames the files to `.deleted` and has them removed after the delay; who reads it still can until then.</summary>
    public void Delete(long delayMs)
    {
        // whoever is loading or building the indexes ends first: they must not come into being again under a name that a new segment may get
        lock (_log) _log.IsDeleted = true;
        Volatile.Read(ref _indexes)?.Leave();
        CloseHandles();
        lock (_folder)
        {
            foreach (var (part, suffix) in SegmentFiles.Parts)
            {
                var path = _folder.File(SegmentFiles.Name(BaseOffset, suffix));
                if ((Parts & part) == 0 || !_context.Files.FileExists(path)) continue;
                _context.Files.Rename(path, path + SegmentFiles.Deleted);
                _context.Deletions.Add(path + SegmentFiles.Deleted, isDirectory: false, delayMs);
            }

            _log.Suffix = SegmentFiles.Log + SegmentFiles.Deleted;
        }
    }

    /// <summary>Writer: removes the files of an empty segment that did not come into being; what can't be removed now is found empty at the next
    /// start.</summary>
    public void Discard()
    {
        CloseHandles();
        foreach (var (_, suffix) in SegmentFiles.Parts)
        {
            try
            {
                _context.Files.DeleteFile(_folder.File(SegmentFiles.Name(BaseOffset, suffix)));
            }
            catch (IOException)
            {
                // the caller hears of the first fault, which is the one that matters
            }
        }
    }

    public void CloseHandles()
    {
        _context.Handles.Close(_log);
        Volatile.Read(ref _indexes)?.CloseHandles();
        Volatile.Read(ref _transactions)?.CloseHandle();
    }

    /// <summary>Whether a fault is nothing but a reader's who came late: the files went meanwhile.</summary>
    public bool IsGone(IOException fault) => _log.IsLeaving && fault is FileNotFoundException or DirectoryNotFoundException;
}
