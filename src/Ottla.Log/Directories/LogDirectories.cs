using Ottla.Log.Durability;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Loops;

namespace Ottla.Log.Directories;

/// <summary>A log directory went offline.</summary>
/// <param name="Directory">Which.</param>
/// <param name="Partitions">The partitions that this node can't serve any more.</param>
/// <param name="MustEnd">It was the last one, or the metadata log's: the process ends, as Kafka's does.</param>
public sealed record DirectoryFailure(LogDirectory Directory, IReadOnlyList<TopicPartition> Partitions, bool MustEnd);

/// <summary>All log directories of a broker and the partitions' logs in them.</summary>
/// <remarks>
/// Looking up takes no lock. What changes the set of logs (create, delete, strays, checkpoints of all) is serialised by one lock and touches the disk under
/// it: call it on threads that may block. The metadata log `__cluster_metadata-0` lies in one of the directories but is not one of these logs.
/// Before <see cref="Load"/> and after <see cref="Close"/> nothing is written: a node whose start fails leaves the directories, marks of a clean stop
/// included, as it found them.
/// Failure: a fault of the disk takes its directory offline and is told once, by <c>onFailure</c>, on the thread that met it, with locks held: it must only
/// post.
/// </remarks>
public sealed class LogDirectories
{
    private readonly HostedDirectories _hosted;
    private readonly DirectoryCheckpoints _checkpoints;
    private readonly LogLoading _loading;
    private readonly LogMoving _moving;
    private readonly LogUpkeep _upkeep;
    private readonly EventLoop _disk;

    /// <summary>Looks at the directories' marks of a clean stop, and at nothing else yet.</summary>
    /// <param name="context">The disk, the clock, the handles. Its deletions are not used: each directory has its own.</param>
    /// <param name="options">Settings.</param>
    /// <param name="directories">Paths in the order of log.dirs, with their ids; locked by the caller (<see cref="DirectoryLocks"/>). One whose
    /// `meta.properties` could not be read or written has no id, the zero id: it is offline from the start.</param>
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
        _hosted = new(context, options, metadataLogDir, random, onFailure);
        foreach (var (path, id) in directories) _hosted.Add(path, id, unusable?.GetValueOrDefault(path));
        Invariant.That(_hosted.All.Count > 0);
        _checkpoints = new(_hosted);
        _loading = new(_hosted);
        _moving = new(_hosted, _checkpoints);
        _upkeep = new(_hosted, _checkpoints, _moving);
        _disk = new("log-directories", options.Fault);
        Flushes = new(options.Fault);
    }

    /// <summary>Flushes that somebody waits for.</summary>
    public LogFlushes Flushes { get; }

    /// <summary>Hears of each log that lies in another directory now, on the upkeep's thread: the controller is to be told
    /// (AssignReplicasToDirs).</summary>
    public Action<HostedLog>? OnMoved
    {
        get => _moving.OnMoved;
        set => _moving.OnMoved = value;
    }

    /// <summary>replica.alter.log.dirs.io.max.bytes.per.second, as it is now.</summary>
    public long MoveBytesPerSecondMax
    {
        get => _moving.BytesPerSecondMax;
        set => _moving.BytesPerSecondMax = value;
    }

    /// <summary>In the order of log.dirs, offline ones too.</summary>
    public IReadOnlyList<LogDirectory> All => _hosted.All;

    public int Count => _hosted.Logs.Count;

    /// <summary>The logs of all online directories, in no order, as of now.</summary>
    public IEnumerable<HostedLog> Logs => _hosted.Logs.All;

    /// <summary>The epoch with which this broker last ran, if it stopped cleanly in every directory; else none (KIP-966).</summary>
    public BrokerEpoch EpochAtCleanStop
    {
        get
        {
            LogDirectory? first = null;
            foreach (var directory in _hosted.All)
            {
                if (!directory.IsOnline) continue;
                if (first is not null && directory.EpochAtCleanStop != first.EpochAtCleanStop) return BrokerEpoch.None;
                first ??= directory;
            }

            return first?.EpochAtCleanStop ?? BrokerEpoch.None;
        }
    }

    public HostedLog? Find(TopicPartition partition) => _hosted.Logs.Find(partition);

    public HostedLog? Find(Uuid topicId, int partition) => _hosted.Logs.Find(topicId, partition);

    /// <summary>Whether the partition's log went offline with its directory: those who ask for it get KAFKA_STORAGE_ERROR.</summary>
    public bool IsOffline(TopicPartition partition) => _hosted.Logs.IsOffline(partition);

    public LogDirectory? FindDirectory(Uuid id) => _hosted.All.Find(d => d.Id == id);

    public LogDirectory? FindDirectory(string path) => _hosted.All.Find(d => string.Equals(d.Path, path, StringComparison.Ordinal));

    /// <summary>
    /// Opens every log. After a clean stop nothing is read but names; after another one each log is read from its recovery point on. When it returns, the
    /// directories no longer carry the mark of a clean stop.
    /// </summary>
    /// <param name="settings">Of a partition's topic.</param>
    public void Load(Func<TopicPartition, LogSettings> settings)
    {
        _loading.Load(settings);
        foreach (var hosted in _loading.Moving) _moving.GoOn(hosted);
    }

    /// <summary>The partition's log: the one that is there, or a new one in the directory with the fewest.</summary>
    /// <param name="partition">Which.</param>
    /// <param name="topicId">Of its topic.</param>
    /// <param name="settings">Of its topic.</param>
    /// <param name="wanted">The directory that a new log is to lie in; null or unknown: free choice.</param>
    /// <param name="isNew">The partition was made just now: there can be no log of it in a directory that is offline. Otherwise none is made in
    /// another one while one is offline, for records that are there but can't be reached must not seem never to have been.</param>
    /// <returns>KAFKA_STORAGE_ERROR where the disk refuses or no directory takes it; INCONSISTENT_TOPIC_ID where the name belongs to a log
    /// of another topic.</returns>
    public (HostedLog? Log, ErrorCode Error) GetOrCreate(TopicPartition partition, Uuid topicId, LogSettings settings, Uuid? wanted = null, bool isNew = false)
    {
        if (_hosted.Logs.Find(partition) is { } known && known.TopicId == topicId) return (known, ErrorCode.None);
        lock (_hosted.Changing)
        {
            if (_hosted.Logs.Find(partition) is { } there) return Adopt(there, topicId);
            if (_hosted.Logs.IsOffline(partition)) return (null, ErrorCode.KafkaStorageError);
            var directory = Choose(wanted, isNew);
            if (directory is null) return (null, ErrorCode.KafkaStorageError);
            try
            {
                if (directory.MayHaveStaleCheckpoints(partition)) _checkpoints.Write(directory);
                var log = Create(directory, partition, topicId, settings);
                directory.NoteCreated(log.Directory);
                var hosted = new HostedLog(log, directory, log.LogStartOffset);
                _hosted.Logs.Register(hosted);
                return directory.IsOnline ? (hosted, ErrorCode.None) : (null, ErrorCode.KafkaStorageError);
            }
            catch (IOException fault)
            {
                return (null, directory.Report(fault, $"creating {partition}"));
            }
        }
    }

    /// <summary>The partition is this node's no longer: its directory is renamed at once and removed after file.delete.delay.ms. No writer
    /// may use the log any more.</summary>
    public ErrorCode Delete(TopicPartition partition)
    {
        lock (_hosted.Changing)
        {
            _hosted.Logs.ForgetOffline(partition);
            if (_hosted.Logs.Find(partition) is not { } hosted) return ErrorCode.UnknownTopicOrPartition;
            lock (hosted.Writer)
            {
                _hosted.Logs.Unregister(hosted);
                _moving.End(hosted);
                return _hosted.PutAside(hosted.Place, DirectoryKind.Deleted);
            }
        }
    }

    /// <summary>
    /// Once the metadata are known: logs that <paramref name="belongs"/> refuses (their topic is gone, another topic has their name, or
    /// this node is no replica) are renamed to `-stray` and left to the operator. Returns their partitions.
    /// </summary>
    /// <param name="belongs">By the partition and the topic id in its directory, which is zero where the file was lost.</param>
    public IReadOnlyList<TopicPartition> RemoveStrays(Func<TopicPartition, Uuid, bool> belongs)
    {
        var strays = new List<TopicPartition>();
        lock (_hosted.Changing)
        {
            foreach (var hosted in Logs)
            {
                if (belongs(hosted.Partition, hosted.TopicId)) continue;
                strays.Add(hosted.Partition);
                lock (hosted.Writer)
                {
                    _hosted.Logs.Unregister(hosted);
                    _moving.End(hosted);
                    _hosted.SetAsStray(hosted.Place);
                }
            }

            foreach (var rival in _loading.Rivals)
            {
                var (log, directory) = rival;
                if (_hosted.Logs.Find(log.Partition) is null && belongs(log.Partition, log.TopicId)) _hosted.Logs.Register(new HostedLog(log, directory, log.LogStartOffset));
                else _hosted.SetAsStray(rival);
            }

            _loading.Rivals.Clear();
        }

        return strays;
    }

    /// <summary>Runs what may wait for the disk or for <see cref="Load"/> and its like on a loop of its own, for callers who serve sockets.</summary>
    public Task<T> OnDisk<T>(Func<T> step) => _disk.Run(step);

    /// <summary>Begins to move a log; the upkeep does the work. Touches the disk. Moving it to where it is ends a move that is under way.</summary>
    /// <returns>REPLICA_NOT_AVAILABLE: no such log. LOG_DIR_NOT_FOUND: no such directory. KAFKA_STORAGE_ERROR: it is offline or
    /// refuses.</returns>
    public ErrorCode BeginMove(TopicPartition partition, string path)
    {
        if (FindDirectory(path) is not { } to) return ErrorCode.LogDirNotFound;
        if (!to.IsOnline || IsOffline(partition)) return ErrorCode.KafkaStorageError;
        return _moving.Begin(partition, to);
    }

    /// <summary>Does what is due. Called about once a second on one thread that may block; nothing happens before <see cref="Load"/> and after
    /// <see cref="Close"/>.</summary>
    /// <returns>True where there is more to do at once (logs are being moved).</returns>
    public bool Tick() => _hosted.IsServing && _upkeep.Tick();

    /// <summary>Writes recovery points and log start offsets of every directory where they changed.</summary>
    public void WriteCheckpoints() => _checkpoints.Write();

    /// <summary>Writes the high watermarks of every directory where they changed.</summary>
    public void WriteHighWatermarks() => _checkpoints.WriteHighWatermarks();

    /// <summary>Applies retention to every log now.</summary>
    public void ApplyRetention() => _upkeep.ApplyRetention();

    /// <summary>
    /// Closes every log; no writer may use one any more. A directory where something can't be written stays without the mark of a clean stop and is recovered
    /// at the next start; the others are not held up by it.
    /// </summary>
    /// <param name="epoch">With which the broker ran.</param>
    public void Close(BrokerEpoch epoch) => new LogClosing(_hosted, _checkpoints).Close(epoch);

    /// <summary>What DescribeLogDirs tells of each directory.</summary>
    public IReadOnlyList<DirectoryDescription> Describe()
    {
        var logs = _hosted.All.ToDictionary(d => d, _ => new List<LogDescription>());
        foreach (var hosted in Logs)
        {
            var (log, directory) = hosted.Place;
            logs[directory].Add(new(hosted.Partition, log.SizeInBytes, Math.Max(hosted.HighWatermark - log.LogEndOffset, 0), false));
            if (hosted.Future is not var (future, to)) continue;
            logs[to].Add(new(hosted.Partition, future.SizeInBytes, Math.Max(log.LogEndOffset - future.LogEndOffset, 0), true));
        }

        return [.. _hosted.All.Select(d => new DirectoryDescription(d, d.Space(), logs[d]))];
    }

    /// <summary>A directory of the name that is not one of the logs is somebody else's: it is set aside, not written to.</summary>
    private PartitionLog Create(LogDirectory directory, TopicPartition partition, Uuid topicId, LogSettings settings)
    {
        var path = directory.File(DirectoryName.Current(partition));
        if (_hosted.Context.Files.DirectoryExists(path))
        {
            var found = PartitionLog.Open(
                directory.Context, path, partition, null, settings, logStartOffset: Offset.Zero, recoveryPoint: Offset.Zero, cleanShutdown: false);
            if (found.TopicId == topicId) return found;
            _hosted.SetAsStray(new(found, directory));
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
            _hosted.Logs.NoteId(there);
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
        if (!isNew && !_hosted.All.TrueForAll(d => d.IsOnline)) return null;
        return _hosted.All.Where(d => d is { IsOnline: true, IsCordoned: false }).MinBy(d => d.PartitionCount);
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
