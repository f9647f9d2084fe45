using Ottla.Log.Appending;
using Ottla.Log.Handles;
using Ottla.Log.Producers;
using Ottla.Log.Reading;
using Ottla.Log.Recovery;
using Ottla.Log.Retention;
using Ottla.Log.Segments;
using Ottla.Log.Truncation;
using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <summary>One partition's log on the disk: segments with their indexes, producers, leader epochs, in Apache Kafka's files.</summary>
/// <remarks>
/// The room's door; what is behind it is <see cref="LogState"/> and those who work on it. Writers (everything that is not named a read) are serialised by the
/// owner, the partition under its lock. Reads - <see cref="Read(Offset, int, HighWatermark, bool)"/>, the offsets, look-ups by time and epoch - run on any
/// thread beside one writer. <see cref="Flush()"/> runs on any thread.
/// Costs no handle and a few hundred bytes until it is used: files open through <see cref="FileCache"/>, epochs and indexes are read when they are first
/// needed, and an empty log that begins at 0 has nothing in its directory but `partition.metadata`.
/// Failure: every <see cref="IOException"/> goes to the caller, which decides whether the directory is lost (<see cref="Ottla.Runtime.Platform.DiskFault"/>);
/// what the log says of itself stays true, and an append that failed left nothing behind.
/// Why not memory-mapped indexes as in Kafka: 10 MiB of address space and two mappings a partition are what makes 10,000 partitions dear there.
/// </remarks>
public sealed class PartitionLog
{
    private readonly LogState _log;

    private PartitionLog(LogContext context, string directory, TopicPartition partition, LogSettings settings) =>
        _log = new LogState(context, directory, partition, settings) { Owner = this };

    public TopicPartition Partition => _log.Partition;

    /// <summary>From `partition.metadata`; zero where there is none.</summary>
    public Uuid TopicId => _log.TopicId;

    public string Directory => _log.Folder.Path;

    public LogSettings Settings => _log.Settings;

    /// <summary>What <see cref="Open"/> had to do.</summary>
    public LogRecovery Recovery { get; private set; }

    /// <summary>First offset that is served; moves by retention and DeleteRecords, may lie inside a segment or batch.</summary>
    public Offset LogStartOffset => new(_log.Start);

    /// <summary>Offset that the next record gets.</summary>
    public Offset LogEndOffset => new(_log.End);

    /// <summary>Everything below is on the disk for sure.</summary>
    public Offset RecoveryPoint => new(_log.Durability.RecoveryPoint);

    /// <summary>Records that a crash of the machine could lose.</summary>
    public long UnflushedMessages => LogEndOffset - RecoveryPoint;

    /// <summary>Bytes of all segments' batches.</summary>
    public long SizeInBytes
    {
        get
        {
            var bytes = 0L;
            foreach (var segment in _log.Segments) bytes += segment.Bytes;
            return bytes;
        }
    }

    public int SegmentCount => _log.Segments.Length;

    /// <summary>Base offset and size of each segment, the oldest first.</summary>
    public IReadOnlyList<(Offset BaseOffset, int Bytes)> SegmentSizes =>
        [.. _log.Segments.Select(segment => (new Offset(segment.BaseOffset), segment.Bytes))];

    /// <summary>First offset of the oldest segment.</summary>
    public Offset FirstSegmentBaseOffset => new(_log.Segments[0].BaseOffset);

    /// <summary>First offset of the segment that is being written.</summary>
    public Offset ActiveSegmentBaseOffset => new(_log.Active.BaseOffset);

    /// <summary>Bytes of its batches: what a clean stop notes, so that the next start sees without opening the file whether it is all there.</summary>
    public int ActiveSegmentBytes => _log.Active.Bytes;

    /// <summary>The epoch of the last record or of the leader that was assigned last; none where the log never had one.</summary>
    public LeaderEpoch LatestEpoch => _log.Epochs.Latest;

    /// <summary>First offset of the earliest transaction that is open or whose marker is not replicated yet; null where there is none. Any
    /// thread.</summary>
    public Offset? FirstUnstableOffset => _log.Producers.Known?.FirstUnstableOffset;

    /// <summary>Writer: the producers that the partition knows.</summary>
    public IReadOnlyList<ActiveProducer> ActiveProducers => _log.Producers.Known is not { } producers ? [] :
    [
        .. producers.Entries.Select(entry => new ActiveProducer(new(entry.ProducerId), entry.Epoch, entry.LastSequence,
            entry.LastTimestamp, entry.CoordinatorEpoch, new(entry.TransactionFirstOffset))),
    ];

    /// <summary>Makes the log of a new partition: its directory and `partition.metadata`; the other files come with the first
    /// record.</summary>
    public static PartitionLog Create(LogContext context, string directory, TopicPartition partition, Uuid topicId, LogSettings settings)
    {
        var made = new PartitionLog(context, directory, partition, settings);
        LogOpening.Create(made._log, topicId);
        return made;
    }

    /// <summary>
    /// Opens the log in <paramref name="directory"/>, or begins one where there is none. Without <paramref name="cleanShutdown"/> everything from the segment
    /// of <paramref name="recoveryPoint"/> on is read: what is not whole is cut off at the first broken batch, the indexes are built anew.
    /// </summary>
    /// <param name="context">What all logs share.</param>
    /// <param name="directory">The partition's own directory.</param>
    /// <param name="partition">Its name, for messages.</param>
    /// <param name="topicId">Noted where the directory has none yet; null takes what the directory says.</param>
    /// <param name="settings">The topic's.</param>
    /// <param name="logStartOffset">As checkpointed; 0 where it was not.</param>
    /// <param name="recoveryPoint">As checkpointed; 0 where it was not.</param>
    /// <param name="cleanShutdown">The log directory carries the mark of a clean stop.</param>
    /// <param name="cleanedUpTo">As the cleaner's checkpoint says: holes below it were made by compaction, whatever the topic's policy is now.</param>
    /// <param name="activeBytes">What <see cref="ActiveSegmentBytes"/> was at the clean stop; -1 where nobody noted it.</param>
    /// <exception cref="IOException">The disk refused.</exception>
    public static PartitionLog Open(LogContext context, string directory, TopicPartition partition, Uuid? topicId, LogSettings settings,
        Offset logStartOffset, Offset recoveryPoint, bool cleanShutdown, Offset cleanedUpTo = default, long activeBytes = -1)
    {
        var opened = new PartitionLog(context, directory, partition, settings);
        var known = new KnownOfLog(logStartOffset.Value, recoveryPoint.Value, cleanShutdown, cleanedUpTo.Value, activeBytes);
        opened.Recovery = LogOpening.Open(opened._log, topicId, known);
        return opened;
    }

    /// <summary>The settings change from the next append or retention on.</summary>
    public void Configure(LogSettings settings) => _log.Settings = settings;

    /// <summary>The topic got its id after the log was made (or the file was lost): notes it in `partition.metadata`.</summary>
    public void AssignTopicId(Uuid topicId)
    {
        Invariant.That(!topicId.IsZero && (TopicId.IsZero || TopicId == topicId));
        if (TopicId != topicId) LogOpening.AssignTopicId(_log, topicId);
    }

    /// <summary>
    /// Appends a leader's batches: each gets its offsets and <paramref name="epoch"/>, or its error. All of them are written with one call
    /// of the system, or one for each segment.
    /// </summary>
    /// <exception cref="IOException">The disk refused: the batches whose write failed have KAFKA_STORAGE_ERROR, are not in the log, and it can be tried
    /// again; those that were written before have no error.</exception>
    public void Append(Span<PendingBatch> batches, LeaderEpoch epoch, AppendOrigin origin = AppendOrigin.Client)
    {
        Invariant.That(origin != AppendOrigin.Replication);
        LogAppender.Append(_log, batches, epoch, origin);
    }

    /// <summary>Appends batches as the leader has them, offsets and epochs included. The first that can't be taken (<see cref="FollowerRules"/>) has the
    /// reason as its error, and so have those behind it: a log has no holes that its leader's has not.</summary>
    /// <param name="batches">As they came.</param>
    /// <param name="leaderEpoch">Of the leader that gave them.</param>
    /// <exception cref="IOException">As with <see cref="Append"/>.</exception>
    public void AppendAsFollower(Span<PendingBatch> batches, LeaderEpoch leaderEpoch) =>
        LogAppender.Append(_log, batches, leaderEpoch, AppendOrigin.Replication);

    /// <summary>Begins a new segment at the log's end, unless the last one is still empty.</summary>
    public void Roll() => SegmentRolling.Roll(_log, _log.End);

    /// <summary>
    /// For consumers: whole batches from the one that holds <paramref name="from"/> on, from one segment, never at or past the high watermark.
    /// </summary>
    /// <param name="from">From the log's start to its end; else OFFSET_OUT_OF_RANGE.</param>
    /// <param name="maxBytes">Bytes of records.</param>
    /// <param name="upTo">First offset that is not given.</param>
    /// <param name="atLeastOneBatch">The first batch comes even where it is larger than <paramref name="maxBytes"/>.</param>
    /// <exception cref="IOException">The disk refused.</exception>
    public LogSlice Read(Offset from, int maxBytes, HighWatermark upTo, bool atLeastOneBatch) =>
        LogReader.Read(_log, from, maxBytes, upTo.Value, atLeastOneBatch);

    /// <summary>As <see cref="Read(Offset, int, HighWatermark, bool)"/>, for readers of committed records.</summary>
    public LogSlice Read(Offset from, int maxBytes, LastStableOffset upTo, bool atLeastOneBatch) =>
        LogReader.Read(_log, from, maxBytes, upTo.Value, atLeastOneBatch);

    /// <summary>As <see cref="Read(Offset, int, HighWatermark, bool)"/>, for those who see all that is in the log: followers, coordinators that load.</summary>
    public LogSlice ReadToEnd(Offset from, int maxBytes, bool atLeastOneBatch) =>
        LogReader.Read(_log, from, maxBytes, new(long.MaxValue), atLeastOneBatch);

    /// <summary>Up to where read_committed sees, given the high watermark. Any thread.</summary>
    public LastStableOffset LastStableOffset(HighWatermark highWatermark) =>
        new(_log.Producers.Known?.LastStableOffset(highWatermark.Value) ?? highWatermark.Value);

    /// <summary>The aborted transactions that a reader of the offsets from <paramref name="from"/> up to <paramref name="upTo"/> has to
    /// know, by their markers' order. Any thread.</summary>
    public IReadOnlyList<AbortedTransaction> AbortedTransactions(Offset from, Offset upTo) => AbortedLookup.Find(_log, from.Value, upTo.Value);

    /// <summary>Whether the producer has a transaction open here. Writer.</summary>
    public bool HasOpenTransaction(ProducerId producer) => _log.Producers.Known?.Find(producer.Value) is { TransactionFirstOffset: >= 0 };

    /// <summary>Writer, from time to time: forgets producers that wrote nothing for producer.id.expiration.ms. Returns how many.</summary>
    public int ExpireProducers() => _log.Producers.Known?.Expire(_log.Context.NowMs, Settings.ProducerIdExpirationMs) ?? 0;

    /// <summary>The first record, from the log's start on, whose timestamp is at least <paramref name="timestampMs"/>; null where there is
    /// none. Reads batches, so it may wait for the disk.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    /// <exception cref="CorruptBatchException">What is no batch lies before it.</exception>
    public TimestampedOffset? OffsetForTimestamp(long timestampMs) => TimeLookup.FirstAtOrAfter(_log, timestampMs);

    /// <summary>The first record that has the latest timestamp of the log, or the first of all where none has a timestamp; null where there is no
    /// record.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    /// <exception cref="CorruptBatchException">What is no batch lies where it should be.</exception>
    public TimestampedOffset? MaxTimestampOffset() => TimeLookup.WithLatestTimestamp(_log);

    /// <summary>Where an epoch ends, as OffsetForLeaderEpoch answers it (KIP-320); both none where the epoch is unknown.</summary>
    public (LeaderEpoch Epoch, Offset EndOffset) EndOffsetFor(LeaderEpoch epoch)
    {
        var end = _log.Epochs.EndOf(epoch, LogEndOffset);
        return (end.Epoch, end.StartOffset);
    }

    /// <summary>Where each epoch begins that is known here, in order.</summary>
    public IReadOnlyList<Checkpoints.EpochStart> EpochStarts => _log.Epochs.Entries;

    /// <summary>Epoch of the leader that wrote the offset; none where it is not known.</summary>
    public LeaderEpoch EpochAt(Offset offset) => _log.Epochs.EpochAt(offset);

    /// <summary>Writer: this node leads the partition from now on; the epoch begins at the log's end.</summary>
    public void AssignEpoch(LeaderEpoch epoch) => _log.Epochs.Assign(epoch, LogEndOffset);

    /// <summary>Writer: drops every batch that reaches <paramref name="offset"/> or lies behind; the next record gets that offset, or an earlier one where the
    /// log is broken before it. At or behind the end nothing is dropped but an epoch in which nothing was written. True where something was dropped.</summary>
    public bool TruncateTo(Offset offset) => LogTruncation.TruncateTo(_log, offset.Value);

    /// <summary>Writer: drops everything; the log goes on, empty, at <paramref name="offset"/>.</summary>
    public void TruncateFullyAndStartAt(Offset offset) => LogTruncation.TruncateFully(_log, offset.Value, offset.Value);

    /// <summary>Writer: nothing below <paramref name="upTo"/> is served any more; segments that lie below go with the next retention.</summary>
    /// <param name="upTo">At most the high watermark.</param>
    /// <returns>OFFSET_OUT_OF_RANGE where it lies behind the log's end; nothing happens where it lies before the log's start.</returns>
    public ErrorCode DeleteRecords(Offset upTo)
    {
        if (upTo > LogEndOffset) return ErrorCode.OffsetOutOfRange;
        if (upTo > LogStartOffset) LogRetention.MoveStartTo(_log, upTo.Value);
        return ErrorCode.None;
    }

    /// <summary>The oldest segments that retention lets go: out of time, out of size, or below the log's start. Only what lies below the
    /// high watermark.</summary>
    public int DeletableSegments(Offset highWatermark) => RetentionRules.Deletable(
        _log.Segments, Settings, _log.Start, _log.End, highWatermark.Value, _log.Context.NowMs);

    /// <summary>Writer: deletes what <see cref="DeletableSegments"/> counts. Files go after file.delete.delay.ms.</summary>
    /// <param name="highWatermark">Nothing at or behind it goes.</param>
    public RetentionOutcome ApplyRetention(Offset highWatermark) => LogRetention.Apply(_log, highWatermark.Value);

    /// <summary>Puts everything appended so far on the disk and moves the recovery point. Any thread, beside a writer.</summary>
    public void Flush() => Flush(LogEndOffset);

    /// <summary>Puts what lies below <paramref name="upTo"/> on the disk, at least, and moves the recovery point there.</summary>
    public void Flush(Offset upTo) => _log.Durability.Flush(_log, upTo.Value);

    /// <summary>flush.messages records are not on the disk yet: who appended them flushes, outside of the writer's lock, before they are acknowledged
    /// (<see cref="Durability.LogFlushes"/>).</summary>
    public bool IsFlushDue => UnflushedMessages >= Settings.FlushMessages;

    /// <summary>Nobody uses it any more; its files may be elsewhere.</summary>
    public bool IsClosed => _log.Folder.IsClosed;

    /// <summary>Flushes where unflushed records are older than flush.ms. True where it did.</summary>
    public bool FlushIfDue()
    {
        if (UnflushedMessages <= 0 || Settings.FlushMs == long.MaxValue) return false;
        if (_log.Context.NowMs - _log.Durability.LastFlushMs < Settings.FlushMs) return false;
        Flush();
        return true;
    }

    /// <summary>Ends the log's work. A clean end seals the indexes, snapshots the producers and flushes, so that the next start has nothing
    /// to recover.</summary>
    /// <param name="clean">False where the files are not to be touched.</param>
    /// <param name="flush">False where the caller flushes the whole volume afterwards, and counts on the recovery point only then.</param>
    public void Close(bool clean = true, bool flush = true)
    {
        try
        {
            if (clean && _log.MustSeal) SealAndFlush(flush);
        }
        finally
        {
            // a disk that refuses to the last leaves no handles behind either
            _log.Folder.IsClosed = true;
            foreach (var segment in _log.Segments) segment.CloseHandles();
        }
    }

    /// <summary>Moves the directory, before it is deleted or once a copy of the log has caught up. Handles that readers hold stay
    /// good.</summary>
    public void RenameTo(string directory)
    {
        foreach (var segment in _log.Segments) segment.CloseHandles();
        lock (_log.Folder)
        {
            if (_log.HasDirectory) _log.Context.Files.Rename(_log.Folder.Path, directory);
            _log.Folder.Path = directory;
        }

        _log.Durability.NoteNewFolder();
    }

    private void SealAndFlush(bool flush)
    {
        _log.Active.CutToEnd();
        _log.Active.Seal();
        _log.Producers.Snapshot(_log, _log.End);
        if (flush) _log.Durability.Flush(_log, _log.End, @sealed: true);
        else _log.Durability.RaiseTo(_log, _log.End);
        _log.Epochs.Save(_log.Context, _log.Folder, durable: flush);
    }
}
