namespace Ottla.Configuration.Settings;

/// <summary>How a node looks after all its logs. What holds for one partition is in <see cref="TopicSettings"/>.</summary>
public sealed class LogSettings
{
    internal LogSettings(ConfigReader reader)
    {
        RetentionCheckIntervalMs = reader.Long("log.retention.check.interval.ms");
        FlushSchedulerIntervalMs = reader.Long("log.flush.scheduler.interval.ms");
        FlushOffsetCheckpointIntervalMs = reader.Int("log.flush.offset.checkpoint.interval.ms");
        FlushStartOffsetCheckpointIntervalMs = reader.Int("log.flush.start.offset.checkpoint.interval.ms");
        InitialTaskDelayMs = reader.Long("log.initial.task.delay.ms");
        RecoveryThreadsPerDataDir = reader.Int("num.recovery.threads.per.data.dir");
        DirFailureTimeoutMs = reader.Long("log.dir.failure.timeout.ms");
        CordonedLogDirs = reader.List("cordoned.log.dirs");
        CleanerEnable = reader.Bool("log.cleaner.enable");
        CleanerThreads = reader.Int("log.cleaner.threads");
        CleanerBackoffMs = reader.Long("log.cleaner.backoff.ms");
        CleanerDedupeBufferBytes = reader.Long("log.cleaner.dedupe.buffer.size");
        CleanerIoBufferBytes = reader.Int("log.cleaner.io.buffer.size");
        CleanerIoBufferLoadFactor = reader.Double("log.cleaner.io.buffer.load.factor");
        CleanerIoMaxBytesPerSecond = reader.Double("log.cleaner.io.max.bytes.per.second");
        ProducerIdExpirationMs = reader.Int("producer.id.expiration.ms");
        ProducerIdExpirationCheckIntervalMs = reader.Int("producer.id.expiration.check.interval.ms");
    }

    public long RetentionCheckIntervalMs { get; }

    public long FlushSchedulerIntervalMs { get; }

    public int FlushOffsetCheckpointIntervalMs { get; }

    public int FlushStartOffsetCheckpointIntervalMs { get; }

    /// <summary>Time after the start at which retention and flushing begin.</summary>
    public long InitialTaskDelayMs { get; }

    public int RecoveryThreadsPerDataDir { get; }

    public long DirFailureTimeoutMs { get; }

    /// <summary>Directories that get no new partitions; `*` is all.</summary>
    public IReadOnlyList<string> CordonedLogDirs { get; }

    public bool CleanerEnable { get; }

    public int CleanerThreads { get; }

    public long CleanerBackoffMs { get; }

    public long CleanerDedupeBufferBytes { get; }

    public int CleanerIoBufferBytes { get; }

    public double CleanerIoBufferLoadFactor { get; }

    public double CleanerIoMaxBytesPerSecond { get; }

    /// <summary>How long a partition remembers an idempotent producer that is silent.</summary>
    public int ProducerIdExpirationMs { get; }

    public int ProducerIdExpirationCheckIntervalMs { get; }
}
