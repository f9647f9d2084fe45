namespace Ottla.Configuration.Settings;

/// <summary>The controllers' quorum (KRaft): who votes, timing and sizes.</summary>
public sealed class QuorumSettings
{
    internal QuorumSettings(ConfigReader reader, NodeSettings node)
    {
        Voters = node.Voters;
        BootstrapServers = node.BootstrapServers;
        AutoJoinEnable = reader.Bool("controller.quorum.auto.join.enable");
        ElectionTimeoutMs = reader.Int("controller.quorum.election.timeout.ms");
        ElectionBackoffMaxMs = reader.Int("controller.quorum.election.backoff.max.ms");
        FetchTimeoutMs = reader.Int("controller.quorum.fetch.timeout.ms");
        RequestTimeoutMs = reader.Int("controller.quorum.request.timeout.ms");
        RetryBackoffMs = reader.Int("controller.quorum.retry.backoff.ms");
        AppendLingerMs = reader.Int("controller.quorum.append.linger.ms");
        FetchMaxBytes = reader.Int("controller.quorum.fetch.max.bytes");
        FetchSnapshotMaxBytes = reader.Int("controller.quorum.fetch.snapshot.max.bytes");
        PerformanceSamplePeriodMs = reader.Long("controller.performance.sample.period.ms");
        PerformanceAlwaysLogThresholdMs = reader.Long("controller.performance.always.log.threshold.ms");
    }

    /// <summary>The controllers that vote, where the config says it; empty in a cluster whose log says it (KIP-853).</summary>
    public IReadOnlyList<StaticVoter> Voters { get; }

    /// <summary>Where the leader is looked for. With static voters it may be empty: they are asked then.</summary>
    public IReadOnlyList<HostAndPort> BootstrapServers { get; }

    /// <summary>A controller that is no voter asks to become one. Means nothing beside static voters.</summary>
    public bool AutoJoinEnable { get; }

    /// <summary>How long a candidate waits for votes.</summary>
    public int ElectionTimeoutMs { get; }

    /// <summary>The longest random wait after an election that nobody won.</summary>
    public int ElectionBackoffMaxMs { get; }

    /// <summary>Silence of the leader after which a voter seeks another; a leader resigns after half as much again without fetches of a
    /// majority.</summary>
    public int FetchTimeoutMs { get; }

    public int RequestTimeoutMs { get; }

    public int RetryBackoffMs { get; }

    /// <summary>How long the leader gathers records before it writes them.</summary>
    public int AppendLingerMs { get; }

    public int FetchMaxBytes { get; }

    public int FetchSnapshotMaxBytes { get; }

    /// <summary>How often the controller says how long its events took.</summary>
    public long PerformanceSamplePeriodMs { get; }

    public long PerformanceAlwaysLogThresholdMs { get; }
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
        LogDirFailureTimeoutMs = reader.Long("log.dir.failure.timeout.ms");
        MaxStartupTimeMs = reader.Long("server.max.startup.time.ms");
    }

    public int HeartbeatIntervalMs { get; }

    /// <summary>Silence after which the controller fences the broker.</summary>
    public int SessionTimeoutMs { get; }

    /// <summary>How long a starting broker tries to register before it gives up.</summary>
    public int InitialTimeoutMs { get; }

    /// <summary>A broker that stops asks the controller to move its leaders first.</summary>
    public bool ControlledShutdownEnable { get; }

    /// <summary>How long a broker that can't tell the controller of a failed directory goes on before it ends itself.</summary>
    public long LogDirFailureTimeoutMs { get; }

    public long MaxStartupTimeMs { get; }
}
