namespace Ottla.Configuration.Settings;

/// <summary>Followers, leaders, and how fast replicas are moved.</summary>
public sealed class ReplicationSettings
{
    internal const string RackAwareSelector = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

    internal ReplicationSettings(ConfigReader reader)
    {
        LagTimeMaxMs = reader.Long("replica.lag.time.max.ms");
        NumFetchers = reader.Int("num.replica.fetchers");
        FetchMaxBytes = reader.Int("replica.fetch.max.bytes");
        FetchResponseMaxBytes = reader.Int("replica.fetch.response.max.bytes");
        FetchMinBytes = reader.Int("replica.fetch.min.bytes");
        FetchWaitMaxMs = reader.Int("replica.fetch.wait.max.ms");
        FetchBackoffMs = reader.Int("replica.fetch.backoff.ms");
        SocketTimeoutMs = reader.Int("replica.socket.timeout.ms");
        SocketReceiveBufferBytes = reader.Int("replica.socket.receive.buffer.bytes");
        HighWatermarkCheckpointIntervalMs = reader.Long("replica.high.watermark.checkpoint.interval.ms");
        NumAlterLogDirsThreads = reader.IntOrNull("num.replica.alter.log.dirs.threads");
        IsRackAware = reader.Text("replica.selector.class") == RackAwareSelector;
        LeaderThrottledRate = reader.Long("leader.replication.throttled.rate");
        FollowerThrottledRate = reader.Long("follower.replication.throttled.rate");
        AlterLogDirsMaxBytesPerSecond = reader.Long("replica.alter.log.dirs.io.max.bytes.per.second");
        QuotaWindowNum = reader.Int("replication.quota.window.num");
        QuotaWindowSizeSeconds = reader.Int("replication.quota.window.size.seconds");
        AlterLogDirsQuotaWindowNum = reader.Int("alter.log.dirs.replication.quota.window.num");
        AlterLogDirsQuotaWindowSizeSeconds = reader.Int("alter.log.dirs.replication.quota.window.size.seconds");
    }

    /// <summary>How long a follower may lag before it leaves the in-sync replicas.</summary>
    public long LagTimeMaxMs { get; }

    /// <summary>Connections to each leader's broker.</summary>
    public int NumFetchers { get; }

    /// <summary>Of one partition; a larger batch comes whole.</summary>
    public int FetchMaxBytes { get; }

    /// <summary>Of all partitions of one fetch.</summary>
    public int FetchResponseMaxBytes { get; }

    public int FetchMinBytes { get; }

    public int FetchWaitMaxMs { get; }

    /// <summary>After a fetch that failed.</summary>
    public int FetchBackoffMs { get; }

    public int SocketTimeoutMs { get; }

    /// <summary>-1 leaves it to the system.</summary>
    public int SocketReceiveBufferBytes { get; }

    public long HighWatermarkCheckpointIntervalMs { get; }

    /// <summary>Null: one for each directory.</summary>
    public int? NumAlterLogDirsThreads { get; }

    /// <summary>Consumers that name a rack are sent to a replica in it (KIP-392). Other selectors are classes of Java's, which can't be had
    /// here.</summary>
    public bool IsRackAware { get; }

    /// <summary>Bytes a second to throttled followers; the largest number is no limit.</summary>
    public long LeaderThrottledRate { get; }

    /// <summary>Bytes a second that throttled replicas fetch; the largest number is no limit.</summary>
    public long FollowerThrottledRate { get; }

    /// <summary>Of moves between directories; the largest number is no limit.</summary>
    public long AlterLogDirsMaxBytesPerSecond { get; }

    /// <summary>Samples over which throttled replication is measured.</summary>
    public int QuotaWindowNum { get; }

    public int QuotaWindowSizeSeconds { get; }

    /// <summary>Samples over which moves between directories are measured.</summary>
    public int AlterLogDirsQuotaWindowNum { get; }

    public int AlterLogDirsQuotaWindowSizeSeconds { get; }

    /// <summary>Kafka's own two: by rack, and the one that always answers the leader.</summary>
    internal static bool IsKnownSelector(string name) => name is RackAwareSelector or "org.apache.kafka.common.replica.LeaderSelector";
}
