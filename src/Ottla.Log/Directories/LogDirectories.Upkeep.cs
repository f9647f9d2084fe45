using Ottla.Log.Checkpoints;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Directories;

/// <content>What happens by itself: flushing, checkpoints, retention, forgetting producers, removing files. At rest a tick compares a
/// few clocks.</content>
public sealed partial class LogDirectories
{
    /// <summary>Files of one directory flushed one by one; beyond, the volume is flushed as a whole, which is ten times faster for
    /// thousands of files.</summary>
    private const int FlushedOneByOneMax = 64;

    /// <summary>A tick does not copy for longer, so that flushes and checkpoints get their turn.</summary>
    private const long CopyingMsMax = 500;

    private readonly Schedule _retention;
    private readonly Schedule _flushing;
    private readonly Schedule _recoveryPoints;
    private readonly Schedule _logStarts;
    private readonly Schedule _highWatermarks;
    private readonly Schedule _producers;

    /// <summary>Does what is due. Called about once a second on one thread that may block; nothing happens before
    /// <see cref="Load"/> and after
    /// <see cref="Close(BrokerEpoch)"/>.</summary>
    /// <returns>True where there is more to do at once (logs are being moved).</returns>
    public bool Tick()
    {
        if (!_isServing) return false;
        FlushRolled();
        FlushNames();
        RemoveWhatIsDue();
        var now = _context.NowMs;
        if (_flushing.IsDue(now)) EachLog("flushing", log => log.FlushIfDue());
        if (_highWatermarks.IsDue(now)) WriteHighWatermarks();
        if (_recoveryPoints.IsDue(now) | _logStarts.IsDue(now)) WriteCheckpoints();
        else WriteNewLogStarts();
        if (_retention.IsDue(now)) ApplyRetention();
        if (_producers.IsDue(now)) ExpireProducers();
        return CopyMoves(CopyingMsMax);
    }

    /// <summary>Writes recovery points and log start offsets of every directory where they changed.</summary>
    public void WriteCheckpoints()
    {
        lock (_changing)
        {
            if (!_isServing) return;
            foreach (var directory in _all) Try(directory, "writing its checkpoints", WriteCheckpoints);
        }
    }

    /// <summary>Writes the high watermarks of every directory where they changed.</summary>
    public void WriteHighWatermarks()
    {
        lock (_changing)
        {
            if (!_isServing) return;
            foreach (var directory in _all) Try(directory, "writing its high watermarks", WriteHighWatermarks);
        }
    }

    /// <summary>Applies retention to every log now.</summary>
    public void ApplyRetention()
    {
        foreach (var hosted in Logs)
        {
            var log = hosted.Log;
            Try(hosted, log, "retention of", () =>
            {
                // most logs have nothing to delete; that is seen without keeping their writers out
                if (log.DeletableSegments(hosted.HighWatermark) == 0) return;
                lock (hosted.Writer)
                {
                    if (hosted.Log == log) log.ApplyRetention(hosted.HighWatermark);
                }
            });
        }
    }

    private void WriteNewLogStarts()
    {
        foreach (var directory in _all)
        {
            if (directory.HasNewLogStarts) Try(directory, "writing its checkpoints", WriteCheckpoints);
        }
    }

    private void WriteCheckpoints(LogDirectory directory)
    {
        var hadNewLogStarts = directory.HasNewLogStarts;
        // before the starts are read: one that moves meanwhile is written with the next turn
        directory.HasNewLogStarts = false;
        try
        {
            WriteOffsets(directory);
        }
        catch (IOException)
        {
            // a full disk: tried again with the next tick
            if (hadNewLogStarts) directory.HasNewLogStarts = true;
            throw;
        }
    }

    private void WriteOffsets(LogDirectory directory)
    {
        var recoveryPoints = new List<KeyValuePair<TopicPartition, Offset>>(directory.PartitionCount);
        var logStarts = new List<KeyValuePair<TopicPartition, Offset>>();
        foreach (var hosted in Logs)
        {
            var (log, at) = hosted.Place;
            if (at != directory) continue;
            recoveryPoints.Add(new(hosted.Partition, log.RecoveryPoint));
            if (log.LogStartOffset > log.FirstSegmentBaseOffset) logStarts.Add(new(hosted.Partition, log.LogStartOffset));
        }

        directory.WriteCheckpoint(OffsetCheckpoint.RecoveryPointFile, recoveryPoints);
        directory.WriteCheckpoint(OffsetCheckpoint.LogStartFile, logStarts);
        if (directory.HasGone)
        {
            directory.HasNewHighWatermarks = true;
            WriteHighWatermarks(directory);
            ForgetCleaned(directory);
            directory.ForgetGone();
        }
    }

    private void WriteHighWatermarks(LogDirectory directory)
    {
        if (!directory.HasNewHighWatermarks) return;
        directory.HasNewHighWatermarks = false;
        try
        {
            var entries = Logs.Where(hosted => hosted.Directory == directory).Select(hosted => KeyValuePair.Create(hosted.Partition, hosted.HighWatermark));
            directory.WriteCheckpoint(OffsetCheckpoint.HighWatermarkFile, [.. entries]);
        }
        catch (IOException)
        {
            directory.HasNewHighWatermarks = true;
            throw;
        }
    }

    /// <summary>How far compaction was says nothing of a later log of the same name; what is written of the other logs stays.</summary>
    private static void ForgetCleaned(LogDirectory directory)
    {
        var entries = directory.ReadCheckpoint(OffsetCheckpoint.CleanerFile, "that compaction begins anew");
        if (directory.RemoveGone(entries)) directory.WriteCheckpoint(OffsetCheckpoint.CleanerFile, entries);
    }

    private void FlushRolled()
    {
        foreach (var log in _rolled.TakeAll())
        {
            if (Find(log.Partition) is not { } hosted || hosted.Log != log) continue;
            var isFlushed = Try(hosted, log, "flushing", () => log.Flush(log.ActiveSegmentBaseOffset));
            if (!isFlushed) _rolled.Add(log);
        }
    }

    /// <summary>New partitions and changed names become durable together, a second or so after the fact.</summary>
    private void FlushNames()
    {
        foreach (var directory in _all) Try(directory, "flushing its names", FlushNames);
    }

    private void FlushNames(LogDirectory directory)
    {
        var created = directory.TakeCreated();
        if (created.Count == 0 && !directory.HasDirtyNames) return;
        directory.HasDirtyNames = false;
        try
        {
            if (created.Count > FlushedOneByOneMax && _context.Files.TryFlushVolume(directory.Path)) return;
            foreach (var path in created) FlushCreated(path);
            _context.Files.FlushDirectory(directory.Path);
        }
        catch (IOException)
        {
            // a full disk: tried again with the next tick
            directory.HasDirtyNames = true;
            foreach (var path in created) directory.NoteCreated(path);
            throw;
        }
    }

    private void FlushCreated(string path)
    {
        try
        {
            using (var file = _context.Files.Open(Path.Combine(path, PartitionMetadataFile.FileName), OpenFor.Writing)) file.Flush();
            _context.Files.FlushDirectory(path);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            // deleted or moved meanwhile
        }
    }

    private void RemoveWhatIsDue()
    {
        foreach (var directory in _all) Try(directory, "removing deleted files", d => d.Deletions.RunDue());
    }

    private void ExpireProducers()
    {
        foreach (var hosted in Logs)
        {
            lock (hosted.Writer) hosted.Log.ExpireProducers();
        }
    }

    private void EachLog(string what, Action<PartitionLog> action)
    {
        foreach (var hosted in Logs)
        {
            var log = hosted.Log;
            Try(hosted, log, what, () => action(log));
        }
    }

    /// <summary>Runs something on a log beside its writer. Its files may get other names meanwhile, when it is deleted or moved: not
    /// finding them is no fault of the disk then.</summary>
    private bool Try(HostedLog hosted, PartitionLog log, string what, Action action)
    {
        var directory = hosted.Directory;
        if (!directory.IsOnline) return false;
        try
        {
            action();
            return true;
        }
        catch (IOException fault)
        {
            if (Find(log.Partition) == hosted && hosted.Log == log) directory.Report(fault, $"{what} {log.Partition}");
            return false;
        }
    }
}
