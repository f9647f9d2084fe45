namespace Ottla.Log.Directories;

/// <summary>The broker's settings that its log directories obey, under Kafka's names and with its defaults.</summary>
public sealed record LogDirectoriesOptions
{
    /// <summary>num.recovery.threads.per.data.dir, for all directories together: logs opened or closed at the same time.</summary>
    public int Workers { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 16);

    /// <summary>log.retention.check.interval.ms.</summary>
    public long RetentionCheckIntervalMs { get; init; } = 300_000;

    /// <summary>log.flush.scheduler.interval.ms: how often logs are looked at for flush.ms; the default is never.</summary>
    public long FlushSchedulerIntervalMs { get; init; } = long.MaxValue;

    /// <summary>log.flush.offset.checkpoint.interval.ms.</summary>
    public long RecoveryPointIntervalMs { get; init; } = 60_000;

    /// <summary>log.flush.start.offset.checkpoint.interval.ms.</summary>
    public long LogStartIntervalMs { get; init; } = 60_000;

    /// <summary>replica.high.watermark.checkpoint.interval.ms.</summary>
    public long HighWatermarkIntervalMs { get; init; } = 5_000;

    /// <summary>producer.id.expiration.check.interval.ms.</summary>
    public long ProducerExpirationIntervalMs { get; init; } = 600_000;

    /// <summary>log.initial.task.delay.ms: nothing is deleted or checkpointed earlier after a start.</summary>
    public long InitialDelayMs { get; init; } = 30_000;

    /// <summary>Hears of a bug on one of the loops; ends the process.</summary>
    public Action<Exception> Fault { get; init; } = static bug => throw new InvalidOperationException("a loop of the log directories broke", bug);
}
