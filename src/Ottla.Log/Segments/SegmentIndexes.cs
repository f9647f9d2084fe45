using Ottla.Log.Handles;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Segments;

/// <summary>Offset and time index of one segment, loaded together when the first of them is needed.</summary>
/// <remarks>One writer, many readers; the latest timestamp is an immutable pair behind a reference, since readers want both halves of the
/// same moment.</remarks>
internal sealed class SegmentIndexes
{
    private readonly LogContext _context;
    private readonly Segment _segment;
    private readonly FileSlot _offsetsSlot;
    private readonly FileSlot _timesSlot;
    private readonly Lock _latestLock = new();
    private LatestTimestamp _latest = LatestTimestamp.None;

    public SegmentIndexes(LogContext context, LogFolder folder, Segment segment)
    {
        _context = context;
        _segment = segment;
        _offsetsSlot = new FileSlot(folder, segment.BaseOffset, SegmentFiles.OffsetIndex);
        _timesSlot = new FileSlot(folder, segment.BaseOffset, SegmentFiles.TimeIndex);
        Offsets = new OffsetIndex(new IndexFile(context.Handles, _offsetsSlot, OffsetIndex.EntryBytes), segment.BaseOffset);
        Times = new TimeIndex(new IndexFile(context.Handles, _timesSlot, TimeIndex.EntryBytes), segment.BaseOffset);
    }

    public OffsetIndex Offsets { get; }

    public TimeIndex Times { get; }

    public LatestTimestamp Latest
    {
        get
        {
            lock (_latestLock) return _latest;
        }
    }

    /// <summary>Takes up the files, or builds them anew from the log where they are missing or can't be right.</summary>
    public void Load()
    {
        var bytes = _segment.Bytes;
        if (bytes == 0 && (_segment.Parts & SegmentParts.Log) == 0) return;
        var sane = TryLoad(bytes);
        if (!sane) Rebuild(bytes);
        else if (Times.Last() is { } last) _latest = new(last.Timestamp, last.Offset);
        _segment.Parts |= SegmentParts.Indexes;
    }

    /// <summary>Makes both files, empty.</summary>
    public void Create()
    {
        Offsets.File.Create(_context.Files);
        Times.File.Create(_context.Files);
    }

    public void NoteTimestamp(long timestamp, long lastOffset)
    {
        lock (_latestLock)
        {
            if (timestamp > _latest.Timestamp) _latest = new(timestamp, lastOffset);
        }
    }

    /// <summary>An entry in each: for a batch, and for the latest timestamp up to and with it.</summary>
    public void Append(long lastOffset, int position)
    {
        Offsets.Append(lastOffset, position);
        var latest = Latest;
        if (latest.Timestamp >= 0) Times.Append(latest.Timestamp, latest.Offset);
    }

    /// <summary>Whether another entry would pass segment.index.bytes.</summary>
    public bool IsFull(int indexBytesMax) =>
        Offsets.Count >= indexBytesMax / OffsetIndex.EntryBytes || Times.Count >= indexBytesMax / TimeIndex.EntryBytes - 1;

    public void TruncateTo(long offset)
    {
        Offsets.TruncateTo(offset);
        Times.TruncateTo(offset);
        var end = _segment.End;
        var latest = LatestTimestamp.None;
        var from = 0L;
        if (Times.Last() is { } last)
        {
            latest = new(last.Timestamp, last.Offset);
            from = last.Offset;
        }

        if (end.Bytes > 0)
        {
            using var lease = _segment.Acquire();
            var walk = new HeaderWalk(lease.File, Offsets.PositionBefore(from), end.Bytes, stackalloc byte[HeaderWalk.BufferBytes]);
            while (walk.Next())
            {
                if (walk.Header.MaxTimestamp > latest.Timestamp) latest = new(walk.Header.MaxTimestamp, walk.Header.LastOffset.Value);
            }
        }

        lock (_latestLock) _latest = latest;
    }

    public void Seal()
    {
        var latest = Latest;
        if (latest.Timestamp >= 0) Times.Append(latest.Timestamp, latest.Offset);
        Offsets.File.Trim();
        Times.File.Trim();
    }

    public void Flush()
    {
        Offsets.File.Flush();
        Times.File.Flush();
    }

    /// <summary>The segment is deleted: whoever still searches finds no file, rather than that of a new segment of the same name.</summary>
    public void Leave() => _offsetsSlot.IsGone = _timesSlot.IsGone = true;

    public void CloseHandles()
    {
        _context.Handles.Close(_offsetsSlot);
        _context.Handles.Close(_timesSlot);
    }

    private bool TryLoad(int bytes)
    {
        if ((_segment.Parts & SegmentParts.Indexes) != SegmentParts.Indexes) return bytes == 0;
        try
        {
            return Offsets.File.Load() & Times.File.Load() && Offsets.IsSane(bytes) && Times.IsSane();
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    private void Rebuild(int bytes)
    {
        Offsets.File.Truncate(0);
        Times.File.Truncate(0);
        using (var lease = _segment.Acquire())
        {
            var walk = new HeaderWalk(lease.File, 0, bytes, stackalloc byte[HeaderWalk.BufferBytes]);
            var since = 0;
            while (walk.Next())
            {
                NoteTimestamp(walk.Header.MaxTimestamp, walk.Header.LastOffset.Value);
                if (since > LogSettings.Default.IndexIntervalBytes)
                {
                    Append(walk.Header.LastOffset.Value, walk.Position);
                    since = 0;
                }

                since += walk.Header.SizeInBytes;
            }
        }

        Seal();
        Flush();
        LogMessages.IndexRebuilt(_context.Logger, _segment.Path);
    }
}
