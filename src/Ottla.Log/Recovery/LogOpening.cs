using Ottla.Log.Checkpoints;
using Ottla.Log.Segments;
using Ottla.Log.Truncation;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Recovery;

/// <summary>What the root files of the log's directory say of it.</summary>
/// <param name="ActiveBytes">Bytes of the segment that was being written when the node stopped cleanly; -1 where nobody noted them.</param>
internal readonly record struct KnownOfLog(long LogStart, long RecoveryPoint, bool IsClean, long CleanedUpTo, long ActiveBytes);

/// <summary>Makes a new log, or takes up what lies in a directory. Nobody else knows the log yet.</summary>
internal static class LogOpening
{
    public static void Create(LogState log, Uuid topicId)
    {
        log.EnsureDirectory();
        if (!topicId.IsZero) WriteNewTopicId(log, topicId);
        log.BeginAt(0, 0);
    }

    public static LogRecovery Open(LogState log, Uuid? topicId, in KnownOfLog known)
    {
        var files = log.Context.Files;
        if (!files.DirectoryExists(log.Folder.Path))
        {
            Create(log, topicId ?? Uuid.Zero);
            if (known.LogStart > 0) LogTruncation.TruncateFully(log, known.LogStart, known.LogStart);
            return default;
        }

        var found = DirectoryContents.Read(log.Context, log.Folder.Path);
        log.HasDirectory = true;
        log.HasEpochFile = found.HasEpochs;
        TakeTopicId(log, found, topicId);

        if (!known.IsClean)
        {
            // a process that was killed may have left them in the page cache alone
            if (found.HasPartitionMetadata) log.Durability.NoteNewTopicId();
            log.Durability.NoteNewNames();
            log.Durability.NoteNewFolder();
        }

        log.Producers.Found(found.Snapshots);
        if (found.Segments.Count > 0) return TakeSegments(log, found, known);
        log.BeginAt(known.LogStart, known.LogStart);
        log.Durability.Begin(known.LogStart);
        return default;
    }

    private static void TakeTopicId(LogState log, DirectoryContents found, Uuid? wanted)
    {
        if (found.HasPartitionMetadata)
        {
            var bytes = log.Context.Files.ReadAll(log.Folder.File(PartitionMetadataFile.FileName), PartitionMetadataFile.FileBytesMax);
            if (PartitionMetadataFile.TryParse(bytes, out var id, out var problem)) log.TopicId = id;
            else LogMessages.FileSetAside(log.Context.Logger, log.Folder.Path, PartitionMetadataFile.FileName, problem!);
        }

        if (log.TopicId.IsZero && wanted is { IsZero: false } given) AssignTopicId(log, given);
    }

    /// <summary>The topic got its id after the log was made, or the file was lost.</summary>
    public static void AssignTopicId(LogState log, Uuid topicId)
    {
        log.EnsureDirectory();
        log.Durability.NoteNewTopicId();
        log.Durability.NoteNewNames();
        log.Context.Files.Replace(log.Folder.File(PartitionMetadataFile.FileName), PartitionMetadataFile.Format(topicId), flush: false);
        log.TopicId = topicId;
    }

    private static void WriteNewTopicId(LogState log, Uuid topicId)
    {
        log.TopicId = topicId;
        log.Durability.NoteNewTopicId();
        log.Durability.NoteNewNames();
        using var file = log.Context.Files.Open(log.Folder.File(PartitionMetadataFile.FileName), OpenFor.WritingOrCreating);
        var bytes = PartitionMetadataFile.Format(topicId);
        file.Write(0, bytes);
        if (file.Length > bytes.Length) file.SetLength(bytes.Length);
    }

    private static LogRecovery TakeSegments(LogState log, DirectoryContents found, in KnownOfLog known)
    {
        var segments = new Segment[found.Segments.Count];
        for (var i = 0; i < segments.Length; i++)
        {
            var file = found.Segments[i];
            var next = i + 1 < segments.Length ? found.Segments[i + 1].BaseOffset : file.BaseOffset;
            segments[i] = new Segment(log.Context, log.Folder, file.BaseOffset, new(next, (int)file.LogBytes), file.Parts) { HasDurableIndexes = true };
        }

        if (!known.IsClean) segments = WithoutDeleted(log, segments, known.LogStart);
        log.TakeUp(segments, Math.Max(known.LogStart, segments[0].BaseOffset));
        var recovery = known.IsClean ? CleanEnd.Take(log, known) : CrashRecovery.Run(log, known.RecoveryPoint, known.CleanedUpTo);
        if (log.Start > log.End)
        {
            LogMessages.StartBehindEnd(log.Context.Logger, log.Folder.Path, log.Start, log.End);
            LogTruncation.TruncateFully(log, log.Start, log.Start);
            return recovery;
        }

        log.Durability.Begin(known.IsClean ? log.End : Math.Min(known.RecoveryPoint, log.End));
        var bases = log.Segments.Select(segment => segment.BaseOffset).ToHashSet();
        var latest = log.Producers.LatestSnapshot;
        log.Producers.DeleteSnapshots(log, offset => offset > log.End || offset != latest && !bases.Contains(offset));
        return recovery;
    }

    /// <summary>Segments that were deleted before the crash may be back, in part: they would only mislead recovery.</summary>
    private static Segment[] WithoutDeleted(LogState log, Segment[] segments, long logStartOffset)
    {
        var gone = 0;
        while (gone + 1 < segments.Length && segments[gone + 1].BaseOffset <= logStartOffset) segments[gone++].Delete(log.Settings.FileDeleteDelayMs);
        return segments[gone..];
    }
}
