namespace Ottla.Metadata.Log;

/// <summary>What the metadata log obeys, under the names and with the defaults of Kafka's `metadata.*` configs.</summary>
public sealed record MetadataLogLimits
{
    /// <summary>metadata.log.segment.bytes.</summary>
    public int SegmentBytes { get; init; } = 1 << 30;

    /// <summary>metadata.log.segment.ms.</summary>
    public long SegmentMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary>metadata.log.max.record.bytes.between.snapshots.</summary>
    public long RecordBytesBetweenSnapshotsMax { get; init; } = 20 << 20;

    /// <summary>metadata.log.max.snapshot.interval.ms; 0 is never by time.</summary>
    public long SnapshotIntervalMsMax { get; init; } = 60L * 60 * 1000;

    /// <summary>metadata.max.retention.bytes of log and snapshots together.</summary>
    public long RetentionBytes { get; init; } = 100L << 20;

    /// <summary>metadata.max.retention.ms of snapshots that a newer one has followed.</summary>
    public long RetentionMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary>internal.metadata.delete.delay.millis.</summary>
    public long DeleteDelayMs { get; init; } = 60_000;
}
