using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Ottla.Log.Checkpoints;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Directories;

/// <summary>A log directory went offline.</summary>
/// <param name="Directory">Which.</param>
/// <param name="Partitions">The partitions that this node can't serve any more.</param>
/// <param name="MustEnd">It was the last one, or the metadata log's: the process ends, as Kafka's does.</param>
public sealed record DirectoryFailure(LogDirectory Directory, IReadOnlyList<TopicPartition> Partitions, bool MustEnd);

/// <summary>All log directories of a broker and the partitions' logs in them.</summary>
/// <remarks>
/// Looking up takes no lock. What changes the set of logs (create, delete, strays, checkpoints of all) is serialised by one lock and
/// touches the disk under it: call it on threads that may
/// block. The metadata log `__cluster_metadata-0` lies in one of the directories but is not one of these logs.
/// Before <see cref="Load"/> and after <see cref="Close"/> nothing is written: a node whose start fails leaves the directories, marks
/// of a clean stop included, as it found them.
/// Failure: a fault of the disk takes its directory offline and is told once, by <c>onFailure</c>, on the thread that met it, with
/// locks held: it must only post.
/// </remarks>
public sealed partial class LogDirectories
{
    private readonly ConcurrentDictionary<TopicPartition, HostedLog> _logs = new();
    private readonly ConcurrentDictionary<(Uuid TopicId, int Partition), HostedLog> _byId = new();
    private readonly ConcurrentDictionary<TopicPartition, LogDirectory> _offline = new();
    private readonly LogContext _context;
    private readonly LogDirectoriesOptions _options;
    private readonly Random _random;
    private readonly Action<DirectoryFailure> _onFailure;
    private readonly Lock _changing = new();
    private readonly List<LogDirectory> _all = [];
    private readonly string _metadataLogDir;
    private readonly RolledLogs _rolled = new();
    private readonly List<LogPlace> _rivals = [];
    private readonly List<DirectoryFailure> _untold = [];
    private bool _isTelling;
    private volatile bool _isServing;

    /// <summary>Looks at the directories' marks of a clean stop, and at nothing else yet.</summary>
    /// <param name="context">The disk, the clock, the handles. Its deletions are not used: each directory has its own.</param>
    /// <param name="options">Settings.</param>
    /// <param name="directories">Paths in the order of log.dirs, with their ids; locked by the caller (<see
    /// cref="DirectoryLocks"/>). One whose `meta.properties` could not be read or written
    /// has no id, the zero id: it is offline from the start.</param>
    /// <param name="metadataLogDir">The directory without which the node can't live.</param>
    /// <param name="random">For names.</param>
    /// <param name="onFailure">Hears of each directory that fails, once; of those that fail now, when <see cref="Load"/> begins.</param>
    /// <param name="unusable">Why a directory has no id, where that is known.</param>
    public LogDirectories(
        LogContext context,
        LogDirectoriesOptions options,
        IEnumerable<(string Path, Uuid Id)> directories,
        string metadataLogDir,
        Random random,
        Action<DirectoryFailure> onFailure,
        IReadOnlyDictionary<string, string>? unusable = null)
    {
        _context = context with { Rolled = _rolled.Add };
        _options = options;
        _random = random;
        _onFailure = onFailure;
        _metadataLogDir = metadataLogDir;
        foreach (var (path, id) in directories) _all.Add(new LogDirectory(_context, path, id, Failed));
        Invariant.That(_all.Count > 0);
        foreach (var directory in _all)
        {
            if (directory.Id.IsZero)
                directory.Fail(new IOException(unusable?.GetValueOrDefault(directory.Path) ?? $"{MetaProperties.FileName} can't be read, so nobody knows whose it is"));
            else Try(directory, "looking at its files", d => d.ReadCleanMark());
        }

        var now = _context.NowMs;
        var firstMs = now + options.InitialDelayMs;
        _retention = new(options.RetentionCheckIntervalMs, firstMs);
        _flushing = new(options.FlushSchedulerIntervalMs, options.FlushSchedulerIntervalMs == long.MaxValue ? long.MaxValue : firstMs);
        _recoveryPoints = new(options.RecoveryPointIntervalMs, firstMs);
        _logStarts = new(options.LogStartIntervalMs, firstMs);
        _highWatermarks = new(options.HighWatermarkIntervalMs, now + options.HighWatermarkIntervalMs);
        _producers = new(options.ProducerExpirationIntervalMs, now + options.ProducerExpirationIntervalMs);
        _copyAllowanceAtMs = now;
    }

    /// <summary>In the order of log.dirs, offline ones too.</summary>
    public IReadOnlyList<LogDirectory> All => _all;

    public int Count => _logs.Count;

    /// <summary>The logs of all online directories, in no order, as of now.</summary>
    public IEnumerable<HostedLog> Logs
    {
        get
        {
            foreach (var (_, hosted) in _logs) yield return hosted;
        }
    }

    /// <summary>The epoch with which this broker last ran, if it stopped cleanly in every directory; else none (KIP-966).</summary>
    public BrokerEpoch EpochAtCleanStop
    {
        get
        {
            LogDirectory? first = null;
            foreach (var directory in _all)
            {
                if (!directory.IsOnline) continue;
                if (first is not null && directory.EpochAtCleanStop != first.EpochAtCleanStop) return BrokerEpoch.None;
                first ??= directory;
            }

            return first?.EpochAtCleanStop ?? BrokerEpoch.None;
        }
    }

    public HostedLog? Find(TopicPartition partition) => _logs.GetValueOrDefault(partition);

    public HostedLog? Find(Uuid topicId, int partition) => _byId.GetValueOrDefault((topicId, partition));

    /// <summary>Whether the partition's log went offline with its directory: those who ask for it get KAFKA_STORAGE_ERROR.</summary>
    public bool IsOffline(TopicPartition partition) => _offline.ContainsKey(partition);

    public LogDirectory? FindDirectory(Uuid id) => _all.Find(d => d.Id == id);

    public LogDirectory? FindDirectory(string path) => _all.Find(d => string.Equals(d.Path, path, StringComparison.Ordinal));

    /// <summary>The partition's log: the one that is there, or a new one in the directory with the fewest.</summary>
    /// <param name="partition">Which.</param>
    /// <param name="topicId">Of its topic.</param>
    /// <param name="settings">Of its topic.</param>
    /// <param name="wanted">The directory that a new log is to lie in; null or unknown: free choice.</param>
    /// <param name="isNew">The partition was made just now: there can be no log of it in a directory that is offline. Otherwise none is made in
    /// another one while one is offline, for records that are there but can't be reached must not seem never to have been.</param>
    /// <returns>KAFKA_STORAGE_ERROR where the disk refuses or no directory takes it; INCONSISTENT_TOPIC_ID where the name belongs
    /// to a log of another topic.</returns>
    public (HostedLog? Log, ErrorCode Error) GetOrCreate(TopicPartition partition, Uuid topicId, LogSettings settings, Uuid? wanted = null, bool isNew = false)
    {
        if (_logs.TryGetValue(partition, out var there) && there.TopicId == topicId) return (there, ErrorCode.None);
        lock (_changing)
        {
            if (_logs.TryGetValue(partition, out there)) return Adopt(there, topicId);
            if (_offline.ContainsKey(partition)) return (null, ErrorCode.KafkaStorageError);
            var directory = Choose(wanted, isNew);
            if (directory is null) return (null, ErrorCode.KafkaStorageError);
            try
            {
                if (directory.MayHaveStaleCheckpoints(partition)) WriteCheckpoints(directory);
                var log = Create(directory, partition, topicId, settings);
                directory.NoteCreated(log.Directory);
                var hosted = new HostedLog(log, directory, log.LogStartOffset);
                Register(hosted);
                return directory.IsOnline ? (hosted, ErrorCode.None) : (null, ErrorCode.KafkaStorageError);
            }
            catch (IOException fault)
            {
                return (null, directory.Report(fault, $"creating {partition}"));
            }
        }
    }

    /// <summary>The partition is this node's no longer: its directory is renamed at once and removed after file.delete.delay.ms. No
    /// writer may use the log any more.</summary>
    public ErrorCode Delete(TopicPartition partition)
    {
        lock (_changing)
        {
            _offline.TryRemove(partition, out _);
            if (!_logs.TryGetValue(partition, out var hosted)) return ErrorCode.UnknownTopicOrPartition;
            lock (hosted.Writer)
            {
                Unregister(hosted);
                EndMove(hosted);
                return PutAside(hosted.Place, DirectoryKind.Deleted);
            }
        }
    }

    /// <summary>
    /// Once the metadata are known: logs that <paramref name="belongs"/> refuses (their topic is gone, another topic has their
    /// name, or this node is no replica) are renamed to `-stray` and
    /// left to the operator. Returns their partitions.
    /// </summary>
    /// <param name="belongs">By the partition and the topic id in its directory, which is zero where the file was lost.</param>
    public IReadOnlyList<TopicPartition> RemoveStrays(Func<TopicPartition, Uuid, bool> belongs)
    {
        var strays = new List<TopicPartition>();
        lock (_changing)
        {
            foreach (var hosted in Logs)
            {
                if (belongs(hosted.Partition, hosted.TopicId)) continue;
                strays.Add(hosted.Partition);
                lock (hosted.Writer)
                {
                    Unregister(hosted);
                    EndMove(hosted);
                    SetAsStray(hosted.Place);
                }
            }

            foreach (var rival in _rivals)
            {
                var (log, directory) = rival;
                if (!_logs.ContainsKey(log.Partition) && belongs(log.Partition, log.TopicId)) Register(new HostedLog(log, directory, log.LogStartOffset));
                else SetAsStray(rival);
            }

            _rivals.Clear();
        }

        return strays;
    }

    /// <summary>What DescribeLogDirs tells of each directory.</summary>
    public IReadOnlyList<DirectoryDescription> Describe()
    {
        var logs = _all.ToDictionary(d => d, _ => new List<LogDescription>());
        foreach (var hosted in Logs)
        {
            var (log, directory) = hosted.Place;
            logs[directory].Add(new(hosted.Partition, log.SizeInBytes, Math.Max(hosted.HighWatermark - log.LogEndOffset, 0), false));
            if (hosted.Future is not var (future, to)) continue;
            logs[to].Add(new(hosted.Partition, future.SizeInBytes, Math.Max(log.LogEndOffset - future.LogEndOffset, 0), true));
        }

        return [.. _all.Select(d => new DirectoryDescription(d, d.Space(), logs[d]))];
    }

    /// <summary>A directory of the name that is not one of the logs is somebody else's: it is set aside, not written to.</summary>
    private PartitionLog Create(LogDirectory directory, TopicPartition partition, Uuid topicId, LogSettings settings)
    {
        var path = directory.File(DirectoryName.Current(partition));
        if (_context.Files.DirectoryExists(path))
        {
            var found = PartitionLog.Open(
                directory.Context, path, partition, null, settings, logStartOffset: Offset.Zero, recoveryPoint: Offset.Zero, cleanShutdown: false);
            if (found.TopicId == topicId) return found;
            SetAsStray(new(found, directory));
        }

        return PartitionLog.Create(directory.Context, path, partition, topicId, settings);
    }

    private (HostedLog? Log, ErrorCode Error) Adopt(HostedLog there, Uuid topicId)
    {
        if (there.TopicId == topicId) return (there, ErrorCode.None);
        if (!there.TopicId.IsZero) return (null, ErrorCode.InconsistentTopicId);
        try
        {
            lock (there.Writer) there.Log.AssignTopicId(topicId);
            _byId[(topicId, there.Partition.Partition)] = there;
            return (there, ErrorCode.None);
        }
        catch (IOException fault)
        {
            return (null, there.Directory.Report(fault, $"noting the topic id of {there.Partition}"));
        }
    }

    private LogDirectory? Choose(Uuid? wanted, bool isNew)
    {
        if (wanted is { } id && FindDirectory(id) is { } asked) return asked.IsOnline ? asked : null;
        if (!isNew && !_all.TrueForAll(d => d.IsOnline)) return null;
        return _all.Where(d => d is { IsOnline: true, IsCordoned: false }).MinBy(d => d.PartitionCount);
    }

    private void Register(HostedLog hosted)
    {
        var partition = hosted.Partition;
        var added = _logs.TryAdd(partition, hosted);
        Invariant.That(added);
        if (!hosted.TopicId.IsZero) _byId[(hosted.TopicId, partition.Partition)] = hosted;
        hosted.Directory.CountPartition(+1);
        hosted.Directory.HasNewHighWatermarks = true;
        if (!hosted.Directory.IsOnline) GoOffline(hosted);
    }

    private void Unregister(HostedLog hosted)
    {
        if (!_logs.TryRemove(KeyValuePair.Create(hosted.Partition, hosted))) return;
        _byId.TryRemove((hosted.TopicId, hosted.Partition.Partition), out _);
        hosted.Directory.CountPartition(-1);
        hosted.Directory.NoteGone(hosted.Partition);
    }

    /// <summary>Renames a log's directory to a name that says what it is for, and has it removed later where that is meant.</summary>
    private ErrorCode PutAside(LogPlace place, DirectoryKind kind)
    {
        var (log, directory) = place;
        if (!directory.IsOnline) return ErrorCode.KafkaStorageError;
        try
        {
            log.Close(clean: false);
            log.RenameTo(directory.File(DirectoryName.Format(log.Partition, kind, _random)));
            directory.HasDirtyNames = true;
            if (kind == DirectoryKind.Deleted) directory.Deletions.Add(log.Directory, isDirectory: true, log.Settings.FileDeleteDelayMs);
            return ErrorCode.None;
        }
        catch (IOException fault)
        {
            return directory.Report(fault, $"renaming {log.Directory}");
        }
    }

    private void SetAsStray(LogPlace place)
    {
        var (log, _) = place;
        var before = log.Directory;
        if (PutAside(place, DirectoryKind.Stray) == ErrorCode.None)
            DirectoryMessages.Stray(_context.Logger, log.Partition.ToString(), before, log.TopicId.ToString(), log.Directory);
    }

    private void Failed(LogDirectory directory)
    {
        var gone = new List<TopicPartition>();
        foreach (var hosted in Logs)
        {
            if (hosted.Future?.Directory == directory) hosted.Future = null;
            if (hosted.Directory != directory) continue;
            GoOffline(hosted);
            gone.Add(hosted.Partition);
        }

        const int examplesMax = 5;
        var examples = string.Join(", ", gone.Take(examplesMax)) + (gone.Count > examplesMax ? ", ..." : "");
        var cause = directory.Cause!.Message.TrimEnd('.');
        if (gone.Count == 0) DirectoryMessages.DirectoryUnusable(_context.Logger, directory.Path, cause);
        else DirectoryMessages.DirectoryFailed(_context.Logger, directory.Path, cause, gone.Count, examples);
        var mustEnd = _all.TrueForAll(d => !d.IsOnline) || string.Equals(directory.Path, _metadataLogDir, StringComparison.Ordinal);
        var failure = new DirectoryFailure(directory, gone, mustEnd);
        lock (_untold)
        {
            if (_isTelling) _onFailure(failure);
            else _untold.Add(failure);
        }
    }

    private void TellFailures()
    {
        lock (_untold)
        {
            _isTelling = true;
            foreach (var failure in _untold) _onFailure(failure);
            _untold.Clear();
        }
    }

    private void GoOffline(HostedLog hosted)
    {
        _offline[hosted.Partition] = hosted.Directory;
        _logs.TryRemove(KeyValuePair.Create(hosted.Partition, hosted));
        _byId.TryRemove((hosted.TopicId, hosted.Partition.Partition), out _);
    }

    /// <summary>Runs something on an online directory; a fault goes to it.</summary>
    private static bool Try(LogDirectory directory, string what, Action<LogDirectory> action)
    {
        if (!directory.IsOnline) return false;
        try
        {
            action(directory);
            return true;
        }
        catch (IOException fault)
        {
            directory.Report(fault, what);
            return false;
        }
    }
}

/// <summary>A log directory, as DescribeLogDirs tells it.</summary>
/// <param name="Space">-1 where the directory is offline.</param>
public sealed record DirectoryDescription(LogDirectory Directory, VolumeSpace Space, IReadOnlyList<LogDescription> Logs)
{
    /// <summary>KAFKA_STORAGE_ERROR where the directory is offline.</summary>
    public ErrorCode Error => Directory.IsOnline ? ErrorCode.None : ErrorCode.KafkaStorageError;
}

/// <summary>A log in a directory, as DescribeLogDirs tells it.</summary>
/// <param name="OffsetLag">Offsets that the log lacks: a copy against its original, a follower against the high watermark.</param>
public readonly record struct LogDescription(TopicPartition Partition, long SizeBytes, long OffsetLag, bool IsFuture);
