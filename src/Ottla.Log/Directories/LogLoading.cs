using System.Diagnostics.CodeAnalysis;
using Ottla.Log.Checkpoints;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Platform;

namespace Ottla.Log.Directories;

/// <summary>The start: every partition's log that lies in the directories, several at a time.</summary>
internal sealed class LogLoading(HostedDirectories hosted)
{
    /// <summary>Logs that have the name of another one and another topic id: which one is true the metadata know.</summary>
    public List<LogPlace> Rivals { get; } = [];

    /// <summary>Logs with a copy that was under way.</summary>
    public List<HostedLog> Moving { get; } = [];

    private const string MetadataTopic = "__cluster_metadata";

    /// <summary>What a partition's directory is opened with.</summary>
    private sealed record Opening(
        LogDirectory Directory, DirectoryName Name, string Path, Offset RecoveryPoint, Offset LogStart, Offset HighWatermark, Offset CleanedUpTo, long ActiveBytes);

    /// <summary>A log that was opened, and the high watermark that was known of it.</summary>
    private sealed record Opened(LogPlace Place, DirectoryName Name, Offset HighWatermark);

    public void Load(Func<TopicPartition, LogSettings> settings)
    {
        var begun = hosted.Context.Time.GetTimestamp();
        hosted.TellFailures();
        lock (hosted.Changing)
        {
            Invariant.That(!hosted.IsServing);
            var openings = new List<Opening>();
            foreach (var directory in hosted.All) HostedDirectories.Try(directory, "listing it", d => openings.AddRange(Scan(d)));
            var opened = OpenAll(openings, settings);
            foreach (var log in opened.Where(o => o.Name.Kind == DirectoryKind.Current)) Settle(log);
            foreach (var log in opened.Where(o => o.Name.Kind == DirectoryKind.Future)) SettleFuture(log);
            foreach (var (log, directory) in opened.Select(o => o.Place))
            {
                // a process that was killed may have left names and topic ids that are not on the disk yet
                if (!directory.WasClean) directory.NoteCreated(log.Directory);
            }

            foreach (var directory in hosted.All) HostedDirectories.Try(directory, "removing the mark of a clean stop", d => d.RemoveCleanMark());
            var recovered = opened.Count(o => !o.Place.Directory.WasClean);
            hosted.IsServing = true;
            var elapsedMs = (long)hosted.Context.Time.GetElapsedTime(begun).TotalMilliseconds;
            DirectoryMessages.Loaded(hosted.Context.Logger, hosted.Logs.Count, hosted.All.Count(d => d.IsOnline), elapsedMs, recovered);
        }
    }

    private List<Opening> Scan(LogDirectory directory)
    {
        var recoveryPoints = directory.ReadCheckpoint(OffsetCheckpoint.RecoveryPointFile, "a longer start");
        var logStarts = directory.ReadCheckpoint(OffsetCheckpoint.LogStartFile, "that records deleted by DeleteRecords may come back");
        var highWatermarks = directory.ReadCheckpoint(OffsetCheckpoint.HighWatermarkFile, "that high watermarks begin at the logs' starts");
        var cleaned = directory.WasClean ? [] : directory.ReadCheckpoint(OffsetCheckpoint.CleanerFile, "that holes may pass for losses");
        var activeBytes = directory.WasClean ? directory.ReadCheckpoint(OffsetCheckpoint.ActiveBytesFile, "a longer start") : [];
        // until they are found: an entry whose log is gone must not outlive the next log of its name
        foreach (var partition in recoveryPoints.Keys.Concat(logStarts.Keys).Concat(highWatermarks.Keys)) directory.NoteGone(partition);
        var openings = new List<Opening>();
        foreach (var entry in hosted.Context.Files.List(directory.Path))
        {
            if (!entry.IsDirectory || entry.Name == "remote-log-index-cache") continue;
            var path = directory.File(entry.Name);
            if (!DirectoryName.TryParse(entry.Name, out var parsed))
            {
                DirectoryMessages.UnknownDirectory(hosted.Context.Logger, path);
                continue;
            }

            var name = parsed.Value;
            if (name.Partition.Topic == MetadataTopic) continue;
            if (name.Kind == DirectoryKind.Deleted) directory.Deletions.Add(path, isDirectory: true, 0);
            else if (name.Kind == DirectoryKind.Stray) DirectoryMessages.StrayFound(hosted.Context.Logger, path);
            else
            {
                // the checkpoints speak of the current log; a copy is scanned from its beginning
                var isCurrent = name.Kind == DirectoryKind.Current;
                openings.Add(new(
                    directory,
                    name,
                    path,
                    isCurrent ? recoveryPoints.GetValueOrDefault(name.Partition) : Offset.Zero,
                    isCurrent ? logStarts.GetValueOrDefault(name.Partition) : Offset.Zero,
                    highWatermarks.GetValueOrDefault(name.Partition),
                    isCurrent ? cleaned.GetValueOrDefault(name.Partition) : Offset.Zero,
                    isCurrent ? activeBytes.GetValueOrDefault(name.Partition, Offset.None).Value : -1));
            }
        }

        return openings;
    }

    private List<Opened> OpenAll(List<Opening> openings, Func<TopicPartition, LogSettings> settings)
    {
        var opened = new Opened?[openings.Count];
        var loaded = 0;
        var lastSaid = hosted.Context.Time.GetTimestamp();
        var saying = new Lock();
        Workers.For(openings.Count, hosted.Options.Workers, i =>
        {
            opened[i] = OpenOne(openings[i], settings);
            var done = Interlocked.Increment(ref loaded);
            if (!saying.TryEnter()) return;
            try
            {
                if (hosted.Context.Time.GetElapsedTime(lastSaid) < TimeSpan.FromSeconds(1)) return;
                lastSaid = hosted.Context.Time.GetTimestamp();
                DirectoryMessages.Loading(hosted.Context.Logger, done, openings.Count);
            }
            finally
            {
                saying.Exit();
            }
        });
        return [.. opened.OfType<Opened>().Where(o => o.Place.Directory.IsOnline)];
    }

    private Opened? OpenOne(Opening opening, Func<TopicPartition, LogSettings> settings)
    {
        var (directory, name, path, recoveryPoint, logStart, highWatermark, cleanedUpTo, activeBytes) = opening;
        if (!directory.IsOnline) return null;
        try
        {
            var isClean = directory.WasClean && name.Kind == DirectoryKind.Current;
            var log = PartitionLog.Open(
                directory.Context, path, name.Partition, null, settings(name.Partition), logStart, recoveryPoint, isClean, cleanedUpTo, activeBytes);
            if (log.TopicId.IsZero && log.LogEndOffset == Offset.Zero && RemoveLeftover(path)) return null;
            return new(new(log, directory), name, Offset.Max(log.LogStartOffset, Offset.Min(highWatermark, log.LogEndOffset)));
        }
        catch (IOException fault)
        {
            directory.Report(fault, $"opening {path}");
            return null;
        }
    }

    /// <summary>A crash between making the directory and writing its `partition.metadata` leaves nothing that anybody could miss.</summary>
    private bool RemoveLeftover(string path)
    {
        var entries = hosted.Context.Files.List(path);
        if (entries.Any(e => e.IsDirectory || !e.Name.StartsWith(PartitionMetadataFile.FileName, StringComparison.Ordinal))) return false;
        hosted.Context.Files.DeleteDirectory(path);
        return true;
    }

    private void Settle(Opened opened)
    {
        var partition = opened.Place.Log.Partition;
        if (hosted.Logs.Find(partition) is not { } other)
        {
            hosted.Logs.Register(new HostedLog(opened.Place.Log, opened.Place.Directory, opened.HighWatermark));
            opened.Place.Directory.NoteFound(partition);
            return;
        }

        if (other.TopicId != opened.Place.Log.TopicId)
        {
            // two topics had the name, one after the other; which one is true the metadata know
            Rivals.Add(opened.Place);
            return;
        }

        // a crash while a log moved, or a copy made by hand: the longer one is used, the other kept for a human
        var loser = opened.Place;
        if (opened.Place.Log.LogEndOffset > other.Log.LogEndOffset)
        {
            loser = other.Place;
            hosted.Logs.Unregister(other);
            hosted.Logs.Register(new HostedLog(opened.Place.Log, opened.Place.Directory, opened.HighWatermark));
            opened.Place.Directory.NoteFound(partition);
        }

        var winner = hosted.Logs.Find(partition)!.Log;
        var (log, _) = loser;
        var before = log.Directory;
        if (hosted.PutAside(loser, DirectoryKind.Stray) != ErrorCode.None) return;
        DirectoryMessages.Duplicate(
            hosted.Context.Logger, partition.ToString(), winner.Directory, winner.LogEndOffset.Value, before, log.LogEndOffset.Value, log.Directory);
    }

    /// <summary>A copy that was under way goes on where its log is found; a copy of nothing is of no use, unless the directory of its log
    /// is offline.</summary>
    private void SettleFuture(Opened opened)
    {
        if (TryFindOriginal(opened, out var original) && original.Future is null && original.Directory != opened.Place.Directory)
        {
            // what a crash took from the log, the copy must not keep: other records come to these offsets
            if (!HostedDirectories.Try(opened.Place.Directory, $"cutting {opened.Place.Log.Directory}", _ => opened.Place.Log.TruncateTo(original.Log.LogEndOffset))) return;
            original.Future = opened.Place;
            Moving.Add(original);
            opened.Place.Directory.CountPartition(+1);
            return;
        }

        if (original is not null || hosted.All.TrueForAll(d => d.IsOnline)) hosted.PutAside(opened.Place, DirectoryKind.Deleted);
    }

    private bool TryFindOriginal(Opened opened, [NotNullWhen(true)] out HostedLog? original)
    {
        // of a long name only a prefix is left, but the id tells
        var (topic, partition) = opened.Name.Partition;
        original = hosted.Logs.Find(opened.Place.Log.TopicId, partition);
        return original is not null && original.Partition.Topic.StartsWith(topic, StringComparison.Ordinal);
    }
}
