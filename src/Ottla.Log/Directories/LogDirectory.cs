using Microsoft.Extensions.Logging;
using Ottla.Log.Checkpoints;
using Ottla.Log.Retention;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Log.Directories;

/// <summary>One of `log.dirs`: whether it is served from, its root files, what fails it.</summary>
/// <remarks>
/// Any thread. Root files are written as a whole and only where they would change; one lock keeps two writers of them apart. Failure:
/// <see cref="Report"/> is told of every fault of the disk. A full disk and a process that may open no more files are passed over, for they
/// heal by themselves; anything else takes the directory offline for good (until the next start), with all its partitions, and nothing is
/// written to it any more.
/// </remarks>
public sealed class LogDirectory
{
    private readonly IFileSystem _files;
    private readonly ILogger _logger;
    private readonly Action<LogDirectory> _failed;
    private readonly Lock _writing = new();
    private readonly Dictionary<string, ulong> _written = new(StringComparer.Ordinal);
    private readonly HashSet<TopicPartition> _goneSinceCheckpoint = [];
    private readonly HashSet<string> _created = new(StringComparer.Ordinal);
    private volatile bool _hasNewHighWatermarks = true;
    private volatile bool _hasLoweredRecoveryPoints;
    private IOException? _cause;
    private int _partitions;
    private long _lastFullWarningMs = long.MinValue;

    internal LogDirectory(LogContext context, string path, Uuid id, Action<LogDirectory> failed)
    {
        _files = context.Files;
        _logger = context.Logger;
        _failed = failed;
        Path = path;
        Id = id;
        Deletions = new FileDeletions(context.Files, context.Time);
        Context = context with { Deletions = Deletions, Truncated = _ => HasLoweredRecoveryPoints = true };
    }

    public string Path { get; }

    /// <summary>`directory.id` of its `meta.properties`.</summary>
    public Uuid Id { get; }

    public bool IsOnline => Volatile.Read(ref _cause) is null;

    /// <summary>Why it is offline.</summary>
    public IOException? Cause => Volatile.Read(ref _cause);

    /// <summary>Logs in it, copies under way included: what a new partition's place is chosen by.</summary>
    public int PartitionCount => Volatile.Read(ref _partitions);

    /// <summary>Takes no new partitions (cordoned.log.dirs); those that it has are served on.</summary>
    public bool IsCordoned { get; set; }

    /// <summary>Whether the node that used it last stopped cleanly.</summary>
    public bool WasClean { get; private set; }

    /// <summary>The epoch of the broker that stopped cleanly; none where it did not, or did not say.</summary>
    public BrokerEpoch EpochAtCleanStop { get; private set; } = BrokerEpoch.None;

    /// <summary>A log in it was truncated: the checkpoint on the disk may say more of it than is true.</summary>
    internal bool HasLoweredRecoveryPoints
    {
        get => _hasLoweredRecoveryPoints;
        set => _hasLoweredRecoveryPoints = value;
    }

    /// <summary>A high watermark in it is another than the checkpoint says. Told on the hot path: written only where it changes.</summary>
    internal bool HasNewHighWatermarks
    {
        get => _hasNewHighWatermarks;
        set
        {
            if (_hasNewHighWatermarks != value) _hasNewHighWatermarks = value;
        }
    }

    /// <summary>
    /// Records were deleted by request: the logs' starts are written down with the next turn of the upkeep, not with the next checkpoint a minute later, so that a
    /// crash does not bring back what somebody wanted gone.
    /// </summary>
    public bool HasNewLogStarts { get; set; }

    internal LogContext Context { get; }

    internal FileDeletions Deletions { get; }

    /// <summary>Names were changed in it and are not durable yet.</summary>
    internal bool HasDirtyNames { get; set; }

    /// <summary>Tells of a fault of the disk under this directory. Answers what those get who asked for what failed:
    /// KAFKA_STORAGE_ERROR.</summary>
    public ErrorCode Report(IOException fault, string what)
    {
        if (DiskFault.IsFull(fault)) WarnFull(what);
        else if (DiskFault.IsShortage(fault)) WarnShortage(fault, what);
        else Fail(fault);
        return ErrorCode.KafkaStorageError;
    }

    /// <summary>Takes the directory offline. The first cause counts; its files stay as they are.</summary>
    public void Fail(IOException cause)
    {
        if (Interlocked.CompareExchange(ref _cause, cause, null) is null) _failed(this);
    }

    /// <summary>Room on its volume, -1 and -1 where it is offline (DescribeLogDirs).</summary>
    public VolumeSpace Space()
    {
        if (!IsOnline) return new(-1, -1);
        try
        {
            return _files.Space(Path);
        }
        catch (IOException fault)
        {
            Report(fault, "asking for its room");
            return new(-1, -1);
        }
    }

    internal string File(string name) => System.IO.Path.Combine(Path, name);

    internal void CountPartition(int change)
    {
        var count = Interlocked.Add(ref _partitions, change);
        Invariant.That(count >= 0);
    }

    /// <summary>A log of this name is no longer here, though the checkpoints on the disk still speak of it.</summary>
    internal void NoteGone(TopicPartition partition)
    {
        lock (_writing) _goneSinceCheckpoint.Add(partition);
    }

    /// <summary>The log that the checkpoints on the disk speak of is here.</summary>
    internal void NoteFound(TopicPartition partition)
    {
        lock (_writing) _goneSinceCheckpoint.Remove(partition);
    }

    /// <summary>Whether the checkpoints on the disk may speak of an earlier log of the same name.</summary>
    internal bool MayHaveStaleCheckpoints(TopicPartition partition)
    {
        lock (_writing) return _goneSinceCheckpoint.Contains(partition);
    }

    internal void ReadCleanMark()
    {
        var path = File(CleanShutdownFile.FileName);
        WasClean = _files.FileExists(path);
        if (WasClean) EpochAtCleanStop = CleanShutdownFile.Parse(_files.ReadAll(path, CleanShutdownFile.FileBytesMax));
    }

    /// <summary>From here on the directory counts as unclean: durable before the first record is written.</summary>
    internal void RemoveCleanMark()
    {
        if (!WasClean) return;
        _files.DeleteFile(File(CleanShutdownFile.FileName));
        _files.DeleteFile(File(OffsetCheckpoint.ActiveBytesFile));
        _files.FlushDirectory(Path);
    }

    internal void WriteCleanMark(BrokerEpoch epoch)
    {
        _files.Replace(File(CleanShutdownFile.FileName), CleanShutdownFile.Format(epoch));
    }

    /// <summary>Entries of a checkpoint; none where there is no file, or a broken one.</summary>
    internal Dictionary<TopicPartition, Offset> ReadCheckpoint(string name, string costOfLoss)
    {
        var path = File(name);
        if (!_files.FileExists(path)) return [];
        var bytes = _files.ReadAll(path, OffsetCheckpoint.FileBytesMax);
        if (OffsetCheckpoint.TryParse(bytes, out var entries, out var problem)) return entries;
        DirectoryMessages.CheckpointIgnored(_logger, path, problem!, costOfLoss);
        return [];
    }

    /// <summary>Replaces a checkpoint where it would change.</summary>
    internal void WriteCheckpoint(string name, IReadOnlyCollection<KeyValuePair<TopicPartition, Offset>> entries)
    {
        var bytes = OffsetCheckpoint.Format(entries);
        var hash = HashOf(bytes);
        lock (_writing)
        {
            if (_written.TryGetValue(name, out var before) && before == hash) return;
            _files.Replace(File(name), bytes);
            _written[name] = hash;
        }
    }

    /// <summary>Whether logs are gone of which the checkpoints on the disk still speak.</summary>
    internal bool HasGone
    {
        get
        {
            lock (_writing) return _goneSinceCheckpoint.Count > 0;
        }
    }

    /// <summary>Drops the entries of logs that are gone. True where there were some.</summary>
    internal bool RemoveGone(Dictionary<TopicPartition, Offset> entries)
    {
        var any = false;
        lock (_writing)
        {
            foreach (var partition in _goneSinceCheckpoint) any |= entries.Remove(partition);
        }

        return any;
    }

    /// <summary>A partition's directory was made and is not durable yet.</summary>
    internal void NoteCreated(string path)
    {
        lock (_writing) _created.Add(path);
    }

    internal IReadOnlyCollection<string> TakeCreated()
    {
        lock (_writing)
        {
            if (_created.Count == 0) return [];
            string[] taken = [.. _created];
            _created.Clear();
            return taken;
        }
    }

    /// <summary>Both checkpoints were just written: they speak of nobody who is gone.</summary>
    internal void ForgetGone()
    {
        lock (_writing) _goneSinceCheckpoint.Clear();
    }

    /// <summary>FNV-1a: tells whether a text is the one written last.</summary>
    private static ulong HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037;
        foreach (var value in bytes) hash = (hash ^ value) * 1099511628211;
        return hash;
    }

    private void WarnFull(string what)
    {
        if (MayWarn()) DirectoryMessages.DiskFull(_logger, Path, what);
    }

    private void WarnShortage(IOException fault, string what)
    {
        if (MayWarn()) DirectoryMessages.Shortage(_logger, Path, what, fault.Message);
    }

    private bool MayWarn()
    {
        const long warnEveryMs = 60_000;
        var now = Context.NowMs;
        var last = Volatile.Read(ref _lastFullWarningMs);
        if (last != long.MinValue && now - last < warnEveryMs) return false;
        return Interlocked.CompareExchange(ref _lastFullWarningMs, now, last) == last;
    }
}
