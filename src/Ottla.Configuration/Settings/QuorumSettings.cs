namespace Ottla.Configuration.Settings;

/// <summary>Timing and sizes of the controllers' quorum (KRaft).</summary>
public sealed class QuorumSettings
{
    internal QuorumSettings(ConfigReader reader)
    {
        ElectionTimeoutMs = reader.Int("controller.quorum.election.timeout.ms");
        ElectionBackoffMaxMs = reader.Int("controller.quorum.election.backoff.max.ms");
        FetchTimeoutMs = reader.Int("controller.quorum.fetch.timeout.ms");
        RequestTimeoutMs = reader.Int("controller.quorum.request.timeout.ms");
        RetryBackoffMs = reader.Int("controller.quorum.retry.backoff.ms");
        AppendLingerMs = reader.Int("controller.quorum.append.linger.ms");
        FetchMaxBytes = reader.Int("controller.quorum.fetch.max.bytes");
        FetchSnapshotMaxBytes = reader.Int("controller.quorum.fetch.snapshot.max.bytes");
        AutoJoinEnable = reader.Bool("controller.quorum.auto.join.enable");
    }

    public int ElectionTimeoutMs { get; }

    public int ElectionBackoffMaxMs { get; }

    public int FetchTimeoutMs { get; }

    public int RequestTimeoutMs { get; }

    public int RetryBackoffMs { get; }

    public int AppendLingerMs { get; }

    public int FetchMaxBytes { get; }

    public int FetchSnapshotMaxBytes { get; }

    public bool AutoJoinEnable { get; }
}

/// <summary>Segments, snapshots and retention of `__cluster_metadata`.</summary>
public sealed class MetadataLogSettings
{
    internal MetadataLogSettings(ConfigReader reader)
    {
        SegmentBytes = reader.IntOrNull("internal.metadata.log.segment.bytes") ?? reader.Int("metadata.log.segment.bytes");
        SegmentMs = reader.Long("metadata.log.segment.ms");
        RetentionBytes = reader.Long("metadata.max.retention.bytes");
        RetentionMs = reader.Long("metadata.max.retention.ms");
        MaxRecordBytesBetweenSnapshots = reader.Long("metadata.log.max.record.bytes.between.snapshots");
        MaxSnapshotIntervalMs = reader.Long("metadata.log.max.snapshot.interval.ms");
        MaxIdleIntervalMs = reader.Int("metadata.max.idle.interval.ms");
        MaxBatchBytes = reader.Int("internal.metadata.max.batch.size.in.bytes");
        DeleteDelayMs = reader.Long("internal.metadata.delete.delay.millis");
    }

    public int SegmentBytes { get; }

    public long SegmentMs { get; }

    public long RetentionBytes { get; }

    public long RetentionMs { get; }

    public long MaxRecordBytesBetweenSnapshots { get; }

    /// <summary>0: by size alone.</summary>
    public long MaxSnapshotIntervalMs { get; }

    /// <summary>How often an idle leader writes a no-op record; 0 is never.</summary>
    public int MaxIdleIntervalMs { get; }

    public int MaxBatchBytes { get; }

    public long DeleteDelayMs { get; }
}

/// <summary>A broker's registration with the controllers.</summary>
public sealed class RegistrationSettings
{
    internal RegistrationSettings(ConfigReader reader)
    {
        HeartbeatIntervalMs = reader.Int("broker.heartbeat.interval.ms");
        SessionTimeoutMs = reader.Int("broker.session.timeout.ms");
        InitialTimeoutMs = reader.Int("initial.broker.registration.timeout.ms");
        ControlledShutdownEnable = reader.Bool("controlled.shutdown.enable");
    }

    public int HeartbeatIntervalMs { get; }

    /// <summary>Silence after which the controller fences the broker.</summary>
    public int SessionTimeoutMs { get; }

    public int InitialTimeoutMs { get; }

    public bool ControlledShutdownEnable { get; }
}
