namespace Ottla.Log;

/// <summary>The settings of a topic that its logs obey, under Kafka's names and with its defaults. Immutable; shared by the topic's
/// partitions.</summary>
public sealed record LogSettings
{
    public static readonly LogSettings Default = new();

    /// <summary>segment.bytes: a segment takes no batch that would make it larger.</summary>
    public int SegmentBytes { get; init; } = 1 << 30;

    /// <summary>segment.ms: a segment whose first batch is older than this against the newest is rolled.</summary>
    public long SegmentMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary>segment.jitter.ms: each segment is rolled up to so much earlier, so that not all are at once.</summary>
    public long SegmentJitterMs { get; init; }

    /// <summary>segment.index.bytes: a segment whose index would grow larger is rolled.</summary>
    public int SegmentIndexBytes { get; init; } = 10 << 20;

    /// <summary>index.interval.bytes: an index entry for the first batch after so many bytes.</summary>
    public int IndexIntervalBytes { get; init; } = 4096;

    /// <summary>retention.ms; -1 is no limit.</summary>
    public long RetentionMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary>retention.bytes; -1 is no limit.</summary>
    public long RetentionBytes { get; init; } = -1;

    /// <summary>flush.messages: records appended before the log is flushed, and before the last of them is acknowledged.</summary>
    public long FlushMessages { get; init; } = long.MaxValue;

    /// <summary>flush.ms: age of unflushed records at which <see cref="PartitionLog.FlushIfDue"/> flushes.</summary>
    public long FlushMs { get; init; } = long.MaxValue;

    /// <summary>file.delete.delay.ms: how long a deleted file stays, renamed to `.deleted`.</summary>
    public long FileDeleteDelayMs { get; init; } = 60_000;

    /// <summary>cleanup.policy contains `delete`.</summary>
    public bool Delete { get; init; } = true;

    /// <summary>cleanup.policy contains `compact`.</summary>
    public bool Compact { get; init; }

    /// <summary>producer.id.expiration.ms: a producer that wrote nothing for so long is forgotten.</summary>
    public long ProducerIdExpirationMs { get; init; } = 24L * 60 * 60 * 1000;
}
