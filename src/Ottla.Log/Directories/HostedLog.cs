using Ottla.Protocol.Primitives;

namespace Ottla.Log.Directories;

/// <summary>A log and the directory that it lies in, of one moment: a fault of this log is a fault of this directory.</summary>
public sealed record LogPlace(PartitionLog Log, LogDirectory Directory);

/// <summary>A partition's log as long as this node has it, whichever directory it lies in.</summary>
/// <remarks>
/// Whoever writes to the log (append, truncate, retention, the swap to another directory) holds <see cref="Writer"/>; so the partition
/// takes this lock instead of one of its own.
/// Readers take none: they take <see cref="Place"/> once and read from its log, which stays readable after a swap until its files are
/// removed.
/// </remarks>
public sealed class HostedLog
{
    private LogPlace _place;
    private long _highWatermark;

    internal HostedLog(PartitionLog log, LogDirectory directory, Offset highWatermark)
    {
        _place = new LogPlace(log, directory);
        _highWatermark = highWatermark.Value;
    }

    /// <summary>Held by whoever changes the log. Never held while waiting for anything but the disk.</summary>
    public Lock Writer { get; } = new();

    public LogPlace Place => Volatile.Read(ref _place);

    public PartitionLog Log => Place.Log;

    public LogDirectory Directory => Place.Directory;

    public TopicPartition Partition => Log.Partition;

    public Uuid TopicId => Log.TopicId;

    /// <summary>The partition tells it here, after each change: it is checkpointed, and retention stays below it. At the start it is what
    /// the checkpoint said, within the log.</summary>
    public Offset HighWatermark
    {
        get => new(Volatile.Read(ref _highWatermark));
        set
        {
            if (Volatile.Read(ref _highWatermark) == value.Value) return;
            Volatile.Write(ref _highWatermark, value.Value);
            Directory.HasNewHighWatermarks = true;
        }
    }

    /// <summary>The copy in another directory that is to take the log's place (AlterReplicaLogDirs); null where there is none.</summary>
    public LogPlace? Future { get; internal set; }

    /// <summary>Under <see cref="Writer"/>.</summary>
    internal void MoveTo(LogPlace place) => Volatile.Write(ref _place, place);
}
