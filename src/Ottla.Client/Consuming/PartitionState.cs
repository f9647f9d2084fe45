using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming;

/// <summary>How far one assigned partition is read, and what of it is fetched and not yet returned. Owned by the consumer's caller; nothing
/// here is shared.</summary>
internal sealed class PartitionState(TopicPartition partition, StartAt? start)
{
    public TopicPartition Partition => partition;

    /// <summary>The next record to return; null as long as nobody has said where to begin.</summary>
    public Offset? Position { get; set; } = start?.Offset;

    /// <summary>Where to begin, when the cluster must be asked what offset that is; null asks the group, then the reset policy.</summary>
    public StartAt? Start { get; set; } = start;

    /// <summary>The group's committed offset was asked for and there was none.</summary>
    public bool NothingCommitted { get; set; }

    public bool Paused { get; set; }

    /// <summary>A fetch of it is under way.</summary>
    public bool Fetching { get; set; }

    /// <summary>What came and is not returned yet.</summary>
    public FetchedRecords? Fetched { get; set; }

    /// <summary>The position last committed; no commit is sent for the same one again.</summary>
    public Offset? Committed { get; set; }

    public Offset HighWatermark { get; set; } = Offset.None;

    public void Seek(StartAt to)
    {
        Position = to.Offset;
        Start = to;
        Fetched = null;
    }
}
