using Ottla.Log.Checkpoints;
using Ottla.Log.Epochs;
using Ottla.Log.Handles;
using Ottla.Log.Producers;
using Ottla.Log.Segments;
using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <summary>One partition's log on the disk: segments with their indexes, producers, leader epochs, in Apache Kafka's files.</summary>
/// <remarks>
/// Writers (everything that is not named a read) are serialised by the owner, the partition under its lock. Reads - <see cref="Read"/>,
/// the offsets, look-ups by time and epoch - run on any
/// thread beside one writer: they see an immutable array of segments, and of a segment what was published after it was written. <see
/// cref="Flush()"/> runs on any thread.
/// Costs no handle and a few hundred bytes until it is used: files open through <see cref="FileCache"/>, epochs and indexes are read when
/// they are first needed, and
/// an empty log that begins at 0 has nothing in its directory but `partition.metadata`.
/// Failure: every <see cref="IOException"/> goes to the caller, which decides whether the directory is lost (<see
/// cref="Ottla.Runtime.Platform.DiskFault"/>); what the log says of itself stays true, and an append
/// that failed left nothing behind.
/// Why not memory-mapped indexes as in Kafka: 10 MiB of address space and two mappings a partition are what makes 10,000 partitions dear
/// there.
/// </remarks>
public sealed partial class PartitionLog
{
    private readonly LogContext _context;
    private readonly LogFolder _folder;
    private readonly Lock _lazy = new();
    private LogSettings _settings;
    private Segment[] _segments = [];
    private long _logStartOffset;
    private long _logEndOffset;
    private long _recoveryPoint;
    private long _rollJitterMs;
    private long _lastFlushMs;
    private LeaderEpochCache? _epochs;
    private ProducerState? _producers;
    private List<long>? _snapshots;
    private ReadHints? _hints;
    private bool _hasEpochFile;
    private bool _hasDirectory;
    private bool _mustSeal;
    private bool _hasNewNames;
    private bool _hasNewTopicId;

    private PartitionLog(LogContext context, string directory, TopicPartition partition, Uuid topicId, LogSettings settings)
    {
        _context = context;
        _folder = new LogFolder(directory);
        _settings = settings;
        Partition = partition;
        TopicId = topicId;
        _lastFlushMs = context.NowMs;
    }

    public TopicPartition Partition { get; }

    /// <summary>From `partition.metadata`; zero where there is none.</summary>
    public Uuid TopicId { get; private set; }

    public string Directory => _folder.Path;

    public LogSettings Settings => Volatile.Read(ref _settings);

    /// <summary>First offset that is served; moves by retention and DeleteRecords, may lie inside a segment or batch.</summary>
    public Offset LogStartOffset => new(Volatile.Read(ref _logStartOffset));

    /// <summary>Offset that the next record gets.</summary>
    public Offset LogEndOffset => new(Volatile.Read(ref _logEndOffset));

    /// <summary>Everything below is on the disk for sure.</summary>
    public Offset RecoveryPoint => new(Volatile.Read(ref _recoveryPoint));

    /// <summary>Records that a crash of the machine could lose.</summary>
    public long UnflushedMessages => LogEndOffset - RecoveryPoint;

    /// <summary>Bytes of all segments' batches.</summary>
    public long SizeInBytes
    {
        get
        {
            var bytes = 0L;
            foreach (var segment in Segments) bytes += segment.Bytes;
            return bytes;
        }
    }

    public int SegmentCount => Segments.Length;

    /// <summary>Base offset and size of each segment, the oldest first.</summary>
    public IReadOnlyList<(Offset BaseOffset, int Bytes)> SegmentSizes =>
        [.. Segments.Select(segment => (new Offset(segment.BaseOffset), segment.Bytes))];

    /// <summary>First offset of the oldest segment.</summary>
    public Offset FirstSegmentBaseOffset => new(Segments[0].BaseOffset);

    /// <summary>First offset of the segment that is being written.</summary>
    public Offset ActiveSegmentBaseOffset => new(Active.BaseOffset);

    private Segment[] Segments => Volatile.Read(ref _segments);

    private Segment Active => Segments[^1];

    /// <summary>The settings change from the next append or retention on.</summary>
    public void Configure(LogSettings settings) => Volatile.Write(ref _settings, settings);

    /// <summary>The topic got its id after the log was made (or the file was lost): notes it in `partition.metadata`.</summary>
    public void AssignTopicId(Uuid topicId)
    {
        Invariant.That(!topicId.IsZero && (TopicId.IsZero || TopicId == topicId));
        if (TopicId == topicId) return;
        EnsureDirectory();
        TopicId = topicId;
        Volatile.Write(ref _hasNewTopicId, true);
        _context.Files.Replace(_folder.File(PartitionMetadataFile.FileName), PartitionMetadataFile.Format(topicId), flush: false);
    }

    /// <summary>Puts everything appended so far on the disk and moves the recovery point. Any thread, beside a writer.</summary>
    public void Flush() => Flush(LogEndOffset);

    /// <summary>Puts what lies below <paramref name="upTo"/> on the disk, at least, and moves the recovery point there.</summary>
    public void Flush(Offset upTo)
    {
        var from = RecoveryPoint;
        if (upTo <= from || _folder.IsClosed) return;
        var segments = Segments;
        for (var i = FloorIndex(segments, from.Value); i < segments.Length && segments[i].BaseOffset < upTo.Value; i++)
            segments[i].Flush(isSealed: i + 1 < segments.Length);

        if (Volatile.Read(ref _hasNewTopicId)) FlushTopicId();
        if (Volatile.Read(ref _hasNewNames))
        {
            Volatile.Write(ref _hasNewNames, false);
            _context.Files.FlushDirectory(_folder.Path);
        }

        Volatile.Read(ref _epochs)?.Save(_context, _folder, durable: true);
        RaiseRecoveryPoint(upTo.Value);
        Volatile.Write(ref _lastFlushMs, _context.NowMs);
    }

    /// <summary>Records on the disk are worth nothing while nobody knows their topic.</summary>
    private void FlushTopicId()
    {
        Volatile.Write(ref _hasNewTopicId, false);
        try
        {
            using var file = _context.Files.Open(_folder.File(PartitionMetadataFile.FileName), Ottla.Runtime.Files.OpenFor.Writing);
            file.Flush();
        }
        catch (IOException gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            // the directory was renamed meanwhile: the log is on its way out, or was flushed before it was moved
        }
    }

    /// <summary>Flushes where unflushed records are older than flush.ms. True where it did.</summary>
    public bool FlushIfDue()
    {
        if (UnflushedMessages <= 0 || Settings.FlushMs == long.MaxValue || _context.NowMs - Volatile.Read(ref _lastFlushMs) < Settings.FlushMs) return false;
        Flush();
        return true;
    }

    /// <summary>Ends the log's work. A clean end seals the indexes, snapshots the producers and flushes, so that the next start has
    /// nothing to recover.</summary>
    /// <param name="clean">False where the files are not to be touched.</param>
    /// <param name="flush">False where the caller flushes the whole volume afterwards, and counts on the recovery point only then.</param>
    public void Close(bool clean = true, bool flush = true)
    {
        try
        {
            if (clean && _mustSeal) SealAndFlush(flush);
        }
        finally
        {
            // a disk that refuses to the last leaves no handles behind either
            _folder.IsClosed = true;
            foreach (var segment in Segments) segment.CloseHandles();
        }
    }

    private void SealAndFlush(bool flush)
    {
        Active.CutToEnd();
        Active.Seal();
        SnapshotProducers();
        if (flush) Flush();
        else Volatile.Write(ref _recoveryPoint, _logEndOffset);
        EpochCache.Save(_context, _folder, durable: flush);
    }

    /// <summary>Moves the directory, before it is deleted or once a copy of the log has caught up. Handles that readers hold stay
    /// good.</summary>
    public void RenameTo(string directory)
    {
        foreach (var segment in Segments) segment.CloseHandles();
        lock (_folder)
        {
            if (_hasDirectory) _context.Files.Rename(_folder.Path, directory);
            _folder.Path = directory;
        }
    }

    /// <summary>Index of the last segment that begins at <paramref name="offset"/> or before; 0 where all begin later.</summary>
    private static int FloorIndex(Segment[] segments, long offset)
    {
        int low = 0, high = segments.Length - 1;
        while (low < high)
        {
            var middle = low + (high - low + 1) / 2;
            if (segments[middle].BaseOffset <= offset) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    private void EnsureDirectory()
    {
        if (_hasDirectory) return;
        _context.Files.CreateDirectory(_folder.Path);
        _hasDirectory = true;
    }

    private void RaiseRecoveryPoint(long offset)
    {
        for (var seen = Volatile.Read(ref _recoveryPoint); seen < offset;)
        {
            var before = Interlocked.CompareExchange(ref _recoveryPoint, offset, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    private void SetLogEnd(long offset) => Volatile.Write(ref _logEndOffset, offset);

    private void SetSegments(Segment[] segments)
    {
        Invariant.That(segments.Length > 0);
        Volatile.Write(ref _segments, segments);
    }
}
