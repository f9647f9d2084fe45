using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Ottla.Log.Checkpoints;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Directories;

/// <content>The start: every partition's log that lies in the directories, several at a time.</content>
public sealed partial class LogDirectories
{
    private const string MetadataTopic = "__cluster_metadata";

    /// <summary>What a partition's directory is opened with.</summary>
    private sealed record Opening(
        LogDirectory Directory, DirectoryName Name, string Path, Offset RecoveryPoint, Offset LogStart, Offset HighWatermark);

    /// <summary>A log that was opened, and the high watermark that was known of it.</summary>
    private sealed record Opened(LogPlace Place, DirectoryName Name, Offset HighWatermark);

    /// <summary>
    /// Opens every log. After a clean stop nothing is read but names; after another one each log is read from its recovery point
    /// on. When it returns, the directories no longer carry
    /// the mark of a clean stop.
    /// </summary>
    /// <param name="settings">Of a partition's topic.</param>
    public void Load(Func<TopicPartition, LogSettings> settings)
    {
        var begun = _context.Time.GetTimestamp();
        TellFailures();
        lock (_changing)
        {
            Invariant.That(!_isServing);
            var openings = new List<Opening>();
            foreach (var directory in _all) Try(directory, "listing it", d => openings.AddRange(Scan(d)));
            var opened = OpenAll(openings, settings);
            foreach (var log in opened.Where(o => o.Name.Kind == DirectoryKind.Current)) Settle(log);
            foreach (var log in opened.Where(o => o.Name.Kind == DirectoryKind.Future)) SettleFuture(log);
            foreach (var (log, directory) in opened.Select(o => o.Place))
            {
                // a process that was killed may have left names and topic ids that are not on the disk yet
                if (!directory.WasClean) directory.NoteCreated(log.Directory);
            }

            foreach (var directory in _all) Try(directory, "removing the mark of a clean stop", d => d.RemoveCleanMark());
            var recovered = opened.Count(o => !o.Place.Directory.WasClean);
            _isServing = true;
            var elapsedMs = (long)_context.Time.GetElapsedTime(begun).TotalMilliseconds;
            DirectoryMessages.Loaded(_context.Logger, _logs.Count, _all.Count(d => d.IsOnline), elapsedMs, recovered);
        }
    }

    private List<Opening> Scan(LogDirectory directory)
    {
        var recoveryPoints = directory.ReadCheckpoint(OffsetCheckpoint.RecoveryPointFile, "a longer start");
        var logStarts = directory.ReadCheckpoint(OffsetCheckpoint.LogStartFile, "that records deleted by DeleteRecords may come back");
        var highWatermarks = directory.ReadCheckpoint(OffsetCheckpoint.HighWatermarkFile, "that high watermarks begin at the logs' starts");
        // until they are found: an entry whose log is gone must not outlive the next log of its name
        foreach (var partition in recoveryPoints.Keys.Concat(logStarts.Keys).Concat(highWatermarks.Keys)) directory.NoteGone(partition);
        var openings = new List<Opening>();
        foreach (var entry in _context.Files.List(directory.Path))
        {
            if (!entry.IsDirectory || entry.Name == "remote-log-index-cache") continue;
            var path = directory.File(entry.Name);
            if (!DirectoryName.TryParse(entry.Name, out var parsed))
            {
                DirectoryMessages.UnknownDirectory(_context.Logger, path);
                continue;
            }

            var name = parsed.Value;
            if (name.Partition.Topic == MetadataTopic) continue;
            if (name.Kind == DirectoryKind.Deleted) directory.Deletions.Add(path, isDirectory: true, 0);
            else if (name.Kind == DirectoryKind.Stray) DirectoryMessages.StrayFound(_context.Logger, path);
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
                    highWatermarks.GetValueOrDefault(name.Partition)));
            }
        }

        return openings;
    }

    private List<Opened> OpenAll(List<Opening> openings, Func<TopicPartition, LogSettings> settings)
    {
        var opened = new Opened?[openings.Count];
        var loaded = 0;
        var lastSaid = _context.Time.GetTimestamp();
        var saying = new Lock();
        Parallel.For(0, openings.Count, new ParallelOptions { MaxDegreeOfParallelism = _options.Workers }, i =>
        {
            opened[i] = OpenOne(openings[i], settings);
            var done = Interlocked.Increment(ref loaded);
            if (!saying.TryEnter()) return;
            try
            {
                if (_context.Time.GetElapsedTime(lastSaid) < TimeSpan.FromSeconds(1)) return;
                lastSaid = _context.Time.GetTimestamp();
                DirectoryMessages.Loading(_context.Logger, done, openings.Count);
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
        var (directory, name, path, recoveryPoint, logStart, highWatermark) = opening;
        if (!directory.IsOnline) return null;
        try
        {
            var isClean = directory.WasClean && name.Kind == DirectoryKind.Current;
            var log = PartitionLog.Open(
                directory.Context, path, name.Partition, null, settings(name.Partition), logStart, recoveryPoint, isClean);
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
        var entries = _context.Files.List(path);
        if (entries.Any(e => e.IsDirectory || !e.Name.StartsWith(PartitionMetadataFile.FileName, StringComparison.Ordinal))) return false;
        _context.Files.DeleteDirectory(path);
        return true;
    }

    private void Settle(Opened opened)
    {
        var partition = opened.Place.Log.Partition;
        if (!_logs.TryGetValue(partition, out var other))
        {
            Register(new HostedLog(opened.Place.Log, opened.Place.Directory, opened.HighWatermark));
            opened.Place.Directory.NoteFound(partition);
            return;
        }

        if (other.TopicId != opened.Place.Log.TopicId)
        {
            // two topics had the name, one after the other; which one is true the metadata know
            _rivals.Add(opened.Place);
            return;
        }

        // a crash while a log moved, or a copy made by hand: the longer one is used, the other kept for a human
        var loser = opened.Place;
        if (opened.Place.Log.LogEndOffset > other.Log.LogEndOffset)
        {
            loser = other.Place;
            Unregister(other);
            Register(new HostedLog(opened.Place.Log, opened.Place.Directory, opened.HighWatermark));
            opened.Place.Directory.NoteFound(partition);
        }

        var winner = _logs[partition].Log;
        var (log, _) = loser;
        var before = log.Directory;
        if (PutAside(loser, DirectoryKind.Stray) != ErrorCode.None) return;
        DirectoryMessages.Duplicate(
            _context.Logger, partition.ToString(), winner.Directory, winner.LogEndOffset.Value, before, log.LogEndOffset.Value, log.Directory);
    }

    /// <summary>A copy that was under way goes on where its log is found; a copy of nothing is of no use, unless the directory of
    /// its log is offline.</summary>
    private void SettleFuture(Opened opened)
    {
        if (TryFindOriginal(opened, out var hosted) && hosted.Future is null && hosted.Directory != opened.Place.Directory)
        {
            // what a crash took from the log, the copy must not keep: other records come to these offsets
            if (!Try(opened.Place.Directory, $"cutting {opened.Place.Log.Directory}", _ => opened.Place.Log.TruncateTo(hosted.Log.LogEndOffset))) return;
            hosted.Future = opened.Place;
            _moving[hosted.Partition] = hosted;
            opened.Place.Directory.CountPartition(+1);
            return;
        }

        if (hosted is not null || _all.TrueForAll(d => d.IsOnline)) PutAside(opened.Place, DirectoryKind.Deleted);
    }

    private bool TryFindOriginal(Opened opened, [NotNullWhen(true)] out HostedLog? hosted)
    {
        // of a long name only a prefix is left, but the id tells
        var (topic, partition) = opened.Name.Partition;
        hosted = Find(opened.Place.Log.TopicId, partition);
        return hosted is not null && hosted.Partition.Topic.StartsWith(topic, StringComparison.Ordinal);
    }
}
