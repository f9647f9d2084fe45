using Ottla.Log;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Metadata.Snapshots;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Metadata.Log;

/// <summary>`__cluster_metadata-0`: the log of all metadata records, its snapshots and the quorum's state, in Kafka's formats.</summary>
/// <remarks>
/// Appends, deletions and closing belong to the metadata loop. <see cref="Flush"/> and <see cref="WriteSnapshot"/> block on the disk and
/// run beside it, one at a time each.
/// On opening, what lies behind the latest snapshot is checked batch by batch and a torn tail is cut, as Kafka does at each start: nothing
/// that was acknowledged can be in it, since answers wait for a flush.
/// Failure: an <see cref="IOException"/> here means that the metadata directory is lost, and the process ends with it; bytes that make no
/// sense are <see cref="MalformedMessageException"/>, and the node does not start.
/// </remarks>
public sealed partial class MetadataLog : IDisposable
{
    public const string DirectoryName = "__cluster_metadata-0";

    /// <summary>Bytes that are read from the log at once while it is loaded; a batch that is larger is read whole.</summary>
    private const int ReadBytes = 1 << 20;

    private readonly LogContext _context;
    private readonly MetadataLogLimits _limits;
    private readonly PartitionLog _log;
    private readonly SnapshotFiles _snapshots;
    private readonly List<SnapshotFile> _found;
    private readonly BatchEncoder _encoder = new();

    private MetadataLog(LogContext context, string logDirectory, MetadataLogLimits limits)
    {
        _context = context;
        _limits = limits;
        Directory = Path.Combine(logDirectory, DirectoryName);
        context.Files.CreateDirectory(Directory);
        _snapshots = new SnapshotFiles(context.Files, Directory);
        _found = _snapshots.Find();
        Bootstrap = ReadBootstrap(logDirectory);
        var latest = LatestSnapshot;
        _log = PartitionLog.Open(
            context, Directory, new TopicPartition("__cluster_metadata", 0), Uuid.MetadataTopic, SettingsOf(limits), Offset.Zero, latest?.EndOffset ?? Offset.Zero,
            cleanShutdown: false);
        // a snapshot ahead of the log came from another node, or the log's end was lost: the log goes on behind it
        if (latest is { } snapshot && snapshot.EndOffset > _log.LogEndOffset) _log.TruncateFullyAndStartAt(snapshot.EndOffset);
        else if (latest is { } covered && covered.EndOffset < _log.LogStartOffset)
            throw new MalformedMessageException($"{Directory}: the log begins at {_log.LogStartOffset}, but no snapshot reaches so far; records between are missing");
    }

    /// <summary>The directory of the log itself.</summary>
    public string Directory { get; }

    public Offset LogEndOffset => _log.LogEndOffset;

    public Offset LogStartOffset => _log.LogStartOffset;

    /// <summary>The epoch of the last batch; that of the latest snapshot where the log is empty behind it, none where there is nothing at
    /// all.</summary>
    public LeaderEpoch LatestEpoch => _log.LatestEpoch.Value >= 0 ? _log.LatestEpoch : LatestSnapshot?.Epoch ?? LeaderEpoch.None;

    /// <summary>What formatting left: the records with which the cluster begins.</summary>
    public BootstrapContents Bootstrap { get; }

    /// <summary>The newest snapshot that holds metadata; null before the first.</summary>
    public OffsetAndEpoch? LatestSnapshot =>
        _found.Count > 0 && _found[^1].Id is var latest && latest != SnapshotName.Bootstrap ? latest : null;

    /// <summary>The oldest snapshot that holds metadata; null for none.</summary>
    public OffsetAndEpoch? EarliestSnapshot => _found.Find(file => file.Id != SnapshotName.Bootstrap)?.Id;

    /// <summary>Bytes appended behind the latest snapshot.</summary>
    public long BytesSinceSnapshot { get; private set; }

    /// <summary>Opens the metadata log in a formatted log directory.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    /// <exception cref="MalformedMessageException">What lies there makes no sense.</exception>
    public static MetadataLog Open(LogContext context, string logDirectory, MetadataLogLimits limits) => new(context, logDirectory, limits);

    /// <summary>Reads everything: the latest snapshot, which is committed, then the log behind it, of which the quorum has yet to say how
    /// much is.</summary>
    /// <param name="lists">Stays with whoever goes on with the image.</param>
    internal LoadedMetadata Load(SharedLists lists)
    {
        var committed = LoadSnapshot(lists);
        var whole = committed.Fork();
        BytesSinceSnapshot = ReadOn(whole, LogEndOffset);
        var voters = whole.LastVoters is { } recorded ? new VoterSet(whole.KRaftLevel, recorded) : null;
        var image = whole.Fork().Take(out _);
        return new LoadedMetadata(image, voters, whole.OpenTransaction is not null, whole.RecordCount) { Committed = committed, Whole = whole };
    }

    /// <summary>The latest snapshot; nothing where there is none.</summary>
    internal MetadataReplay LoadSnapshot(SharedLists lists)
    {
        var replay = new MetadataReplay(lists);
        if (LatestSnapshot is not { } snapshot) return replay;
        replay.BeginSnapshot(snapshot);
        _snapshots.Read(snapshot, replay);
        replay.EndSnapshot();
        return replay;
    }

    /// <summary>The quorum's state; that of a node that never voted where there is none.</summary>
    public QuorumState ReadQuorumState()
    {
        var path = Path.Combine(Directory, QuorumState.FileName);
        return _context.Files.FileExists(path) ? QuorumState.Read(_context.Files.ReadAll(path, QuorumState.BytesMax)) : QuorumState.None;
    }

    /// <summary>Replaces the quorum's state; durable on return.</summary>
    public void SaveQuorumState(QuorumState state) => _context.Files.Replace(Path.Combine(Directory, QuorumState.FileName), state.Write());

    /// <summary>Encodes records for the end of the log: one batch, or as many as they take where they need not hold together.</summary>
    internal EncodedRecords Encode(IReadOnlyList<VersionedRecord> records, bool isAtomic, LeaderEpoch epoch, long nowMs) =>
        _encoder.EncodeForLog(records, isAtomic, LogEndOffset, epoch, nowMs);

    /// <summary>Appends what was encoded for the end of the log; not durable yet.</summary>
    /// <returns>What the log holds now.</returns>
    internal OffsetAndEpoch Append(EncodedRecords records)
    {
        Invariant.That(records.Refusal is null && records.BaseOffset == LogEndOffset);
        var end = new OffsetAndEpoch(LogEndOffset, records.Epoch);
        foreach (var batch in records.Batches) end = Append(batch, records.Epoch);
        return end;
    }

    /// <summary>Appends the control records that open an epoch.</summary>
    public OffsetAndEpoch Append(EpochOpening opening, LeaderEpoch epoch, long nowMs) =>
        Append(_encoder.EncodeOpening(opening, LogEndOffset, epoch, nowMs), epoch);

    /// <summary>Appends the control records that name the voters.</summary>
    public OffsetAndEpoch Append(VoterSet voters, bool withLevel, LeaderEpoch epoch, long nowMs) =>
        Append(_encoder.EncodeVoters(voters, withLevel, LogEndOffset, epoch, nowMs), epoch);

    /// <summary>Makes all that was appended durable. Blocks; any thread.</summary>
    public void Flush() => _log.Flush();

    /// <summary>Whether records enough lie behind the latest snapshot that the next one is due.</summary>
    public bool IsSnapshotDue => BytesSinceSnapshot >= _limits.RecordBytesBetweenSnapshotsMax;

    /// <summary>Writes a snapshot of an image all of whose records are durable. Blocks; any thread, one at a time.</summary>
    public long WriteSnapshot(MetadataImage image, VoterSet? voters) =>
        _snapshots.Write(image, voters, _context.Time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Takes note of a snapshot that was written, then removes snapshots and log that nobody needs any more.</summary>
    /// <param name="id">The snapshot.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="bytesBehind">Bytes of the log behind it.</param>
    public void SnapshotWritten(OffsetAndEpoch id, long bytes, long bytesBehind)
    {
        Invariant.That(_found.Count == 0 || id >= _found[^1].Id);
        _found.RemoveAll(file => file.Id == id);
        _found.Add(new SnapshotFile(id, bytes));
        BytesSinceSnapshot = bytesBehind;
        RemoveOld();
    }

    public void Dispose()
    {
        _log.Close();
        _encoder.Dispose();
    }

    private OffsetAndEpoch Append(ReadOnlyMemory<byte> batch, LeaderEpoch epoch)
    {
        Invariant.That(BatchHeader.TryRead(batch.Span, out var header));
        PendingBatch[] pending = [new PendingBatch(System.Runtime.InteropServices.MemoryMarshal.AsMemory(batch), header)];
        _log.Append(pending, epoch, AppendOrigin.Coordinator);
        Invariant.That(pending[0].Error == ErrorCode.None && pending[0].BaseOffset == header.BaseOffset);
        BytesSinceSnapshot += batch.Length;
        return new OffsetAndEpoch(LogEndOffset, epoch);
    }

    /// <summary>Reads on from where a replay stands.</summary>
    /// <param name="replay">Stands in this log, or before its first record.</param>
    /// <param name="upTo">Where a batch ends; at most the log's end.</param>
    /// <returns>Bytes that were read.</returns>
    internal long ReadOn(MetadataReplay replay, Offset upTo)
    {
        Invariant.That(upTo <= LogEndOffset);
        var position = Offset.Max(replay.End.EndOffset, LogStartOffset);
        if (position >= upTo) return 0;
        var bytes = 0L;
        var buffer = new byte[Math.Min(ReadBytes, Math.Max(_log.SizeInBytes, 1))];
        while (position < upTo)
        {
            var slice = _log.Read(position, ReadBytes, new HighWatermark(upTo), atLeastOneBatch: true);
            if (slice.Error != ErrorCode.None || slice.Records is not { } records)
                throw new MalformedMessageException($"{Directory}: the log can't be read at {position} ({slice.Error.ProtocolName()})");
            using (records)
            {
                if (records.Length > buffer.Length) buffer = new byte[records.Length];
                var read = records.ReadInto(buffer);
                var decoded = BatchDecoder.Decode(buffer.AsSpan(0, read), replay);
                if (decoded == 0) throw new MalformedMessageException($"{Directory}: there is no whole batch at {position}");
                bytes += decoded;
            }

            position = slice.NextOffset;
        }

        return bytes;
    }

    /// <summary>Drops the oldest snapshots, and the log before the next, while log and snapshots are too large or too old. The latest
    /// always stays.</summary>
    private void RemoveOld()
    {
        var now = _context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        while (_found.Count > 1
            && (_log.SizeInBytes + _found.Sum(file => file.Bytes) > _limits.RetentionBytes || IsTooOld(_found[0].Id, now)))
        {
            var oldest = _found[0].Id;
            var next = _found[1].Id;
            _ = _log.DeleteRecords(next.EndOffset);
            _log.ApplyRetention(next.EndOffset);
            _snapshots.Remove(oldest);
            _found.RemoveAt(0);
        }
    }

    private bool IsTooOld(OffsetAndEpoch id, long nowMs) =>
        _limits.RetentionMs >= 0 && id != SnapshotName.Bootstrap && nowMs - _snapshots.ReadTimestamp(id) > _limits.RetentionMs;

    private BootstrapContents ReadBootstrap(string logDirectory)
    {
        var reader = new BootstrapReader();
        var old = Path.Combine(logDirectory, SnapshotName.OldBootstrapFile);
        if (_found.Count > 0 && _found[0].Id == SnapshotName.Bootstrap) _snapshots.Read(SnapshotName.Bootstrap, reader);
        else if (_context.Files.FileExists(old)) _snapshots.ReadFile(old, reader);
        return new BootstrapContents(reader.Records, reader.LastVoters is { } voters ? new VoterSet(reader.KRaftLevel, voters) : null);
    }

    private static LogSettings SettingsOf(MetadataLogLimits limits) => LogSettings.Default with
    {
        SegmentBytes = limits.SegmentBytes,
        SegmentMs = limits.SegmentMs,
        RetentionBytes = -1,
        RetentionMs = -1,
        FileDeleteDelayMs = limits.DeleteDelayMs,
    };
}

/// <summary>What formatting left in the bootstrap snapshot.</summary>
/// <param name="Records">The records with which the cluster begins.</param>
/// <param name="Voters">The voters of a dynamic quorum; null where the properties file names them.</param>
public sealed record BootstrapContents(IReadOnlyList<VersionedRecord> Records, VoterSet? Voters);

/// <summary>What the metadata log held.</summary>
/// <param name="Image">All of it.</param>
/// <param name="Voters">The last voters that were recorded; null for none.</param>
/// <param name="HasOpenTransaction">The last leader began a transaction and did not end it.</param>
/// <param name="RecordCount">Records read.</param>
internal sealed record LoadedMetadata(MetadataImage Image, VoterSet? Voters, bool HasOpenTransaction, long RecordCount)
{
    /// <summary>Stands at the end of what is known to be committed: the latest snapshot.</summary>
    public required MetadataReplay Committed { get; init; }

    /// <summary>Stands at the end of the log.</summary>
    public required MetadataReplay Whole { get; init; }
}
