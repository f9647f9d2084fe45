using Ottla.Log.Checkpoints;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Directories;

/// <summary>What the directories' root files say of all logs: recovery points, log start offsets, high watermarks; and that names are on the disk.</summary>
/// <remarks>Under <see cref="HostedDirectories.Changing"/> or on the upkeep's thread; each file is replaced as a whole, and only where it would
/// change.</remarks>
internal sealed class DirectoryCheckpoints(HostedDirectories hosted)
{
    /// <summary>Files of one directory flushed one by one; beyond, the volume is flushed as a whole, which is ten times faster for
    /// thousands of files.</summary>
    public const int FlushedOneByOneMax = 64;

    /// <summary>Recovery points and log start offsets, in every directory.</summary>
    public void Write()
    {
        lock (hosted.Changing)
        {
            if (!hosted.IsServing) return;
            foreach (var directory in hosted.All) HostedDirectories.Try(directory, "writing its checkpoints", Write);
        }
    }

    public void WriteHighWatermarks()
    {
        lock (hosted.Changing)
        {
            if (!hosted.IsServing) return;
            foreach (var directory in hosted.All) HostedDirectories.Try(directory, "writing its high watermarks", WriteHighWatermarks);
        }
    }

    /// <summary>Of directories in which somebody asked for records to be deleted, or a log was truncated: what was written down is not true any
    /// more.</summary>
    public void WriteUrgent()
    {
        foreach (var directory in hosted.All)
        {
            if (directory.HasNewLogStarts || directory.HasLoweredRecoveryPoints) HostedDirectories.Try(directory, "writing its checkpoints", Write);
        }
    }

    public void Write(LogDirectory directory)
    {
        var (hadNewLogStarts, hadLowered) = (directory.HasNewLogStarts, directory.HasLoweredRecoveryPoints);
        // before they are read: what moves meanwhile is written with the next turn
        directory.HasNewLogStarts = directory.HasLoweredRecoveryPoints = false;
        try
        {
            WriteOffsets(directory);
        }
        catch (IOException)
        {
            // a full disk: tried again with the next tick
            if (hadNewLogStarts) directory.HasNewLogStarts = true;
            if (hadLowered) directory.HasLoweredRecoveryPoints = true;
            throw;
        }
    }

    private void WriteOffsets(LogDirectory directory)
    {
        var recoveryPoints = new List<KeyValuePair<TopicPartition, Offset>>(directory.PartitionCount);
        var logStarts = new List<KeyValuePair<TopicPartition, Offset>>();
        foreach (var one in hosted.Logs.All)
        {
            var (log, at) = one.Place;
            if (at != directory) continue;
            recoveryPoints.Add(new(one.Partition, log.RecoveryPoint));
            if (log.LogStartOffset > log.FirstSegmentBaseOffset) logStarts.Add(new(one.Partition, log.LogStartOffset));
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

    public void WriteHighWatermarks(LogDirectory directory)
    {
        if (!directory.HasNewHighWatermarks) return;
        directory.HasNewHighWatermarks = false;
        try
        {
            var entries = hosted.Logs.All.Where(log => log.Directory == directory).Select(log => KeyValuePair.Create(log.Partition, log.HighWatermark));
            directory.WriteCheckpoint(OffsetCheckpoint.HighWatermarkFile, [.. entries]);
        }
        catch (IOException)
        {
            directory.HasNewHighWatermarks = true;
            throw;
        }
    }

    /// <summary>At a clean stop, of logs that have records: the next start sees by them whether the files are all there.</summary>
    public void WriteActiveBytes(LogDirectory directory)
    {
        var bytes = new List<KeyValuePair<TopicPartition, Offset>>();
        foreach (var one in hosted.Logs.All)
        {
            var (log, at) = one.Place;
            if (at == directory && log.ActiveSegmentBytes > 0) bytes.Add(new(one.Partition, new(log.ActiveSegmentBytes)));
        }

        directory.WriteCheckpoint(OffsetCheckpoint.ActiveBytesFile, bytes);
    }

    /// <summary>How far compaction was says nothing of a later log of the same name; what is written of the other logs stays.</summary>
    private static void ForgetCleaned(LogDirectory directory)
    {
        var entries = directory.ReadCheckpoint(OffsetCheckpoint.CleanerFile, "that compaction begins anew");
        if (directory.RemoveGone(entries)) directory.WriteCheckpoint(OffsetCheckpoint.CleanerFile, entries);
    }

    /// <summary>New partitions and changed names become durable together, a second or so after the fact.</summary>
    public void FlushNames()
    {
        foreach (var directory in hosted.All) HostedDirectories.Try(directory, "flushing its names", FlushNames);
    }

    public void FlushNames(LogDirectory directory)
    {
        var created = directory.TakeCreated();
        if (created.Count == 0 && !directory.HasDirtyNames) return;
        directory.HasDirtyNames = false;
        try
        {
            if (created.Count > FlushedOneByOneMax && hosted.Context.Files.TryFlushVolume(directory.Path)) return;
            foreach (var path in created) FlushCreated(path);
            hosted.Context.Files.FlushDirectory(directory.Path);
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
            using (var file = hosted.Context.Files.Open(Path.Combine(path, PartitionMetadataFile.FileName), OpenFor.Writing)) file.Flush();
            hosted.Context.Files.FlushDirectory(path);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            // deleted or moved meanwhile
        }
    }
}
