namespace Ottla.Configuration.Settings;

/// <summary>Committed offsets and their topic.</summary>
public sealed class OffsetsSettings
{
    internal OffsetsSettings(ConfigReader reader)
    {
        TopicNumPartitions = reader.Int("offsets.topic.num.partitions");
        TopicReplicationFactor = reader.Short("offsets.topic.replication.factor");
        TopicSegmentBytes = reader.Int("offsets.topic.segment.bytes");
        TopicCompressionCodec = reader.Int("offsets.topic.compression.codec");
        LoadBufferBytes = reader.Int("offsets.load.buffer.size");
        CommitTimeoutMs = reader.Int("offsets.commit.timeout.ms");
        RetentionMs = reader.Int("offsets.retention.minutes") * 60_000L;
        RetentionCheckIntervalMs = reader.Long("offsets.retention.check.interval.ms");
        MetadataMaxBytes = reader.Int("offset.metadata.max.bytes");
    }

    public int TopicNumPartitions { get; }

    public short TopicReplicationFactor { get; }

    public int TopicSegmentBytes { get; }

    /// <summary>Number of the codec as in a batch's attributes; 0 is none.</summary>
    public int TopicCompressionCodec { get; }

    public int LoadBufferBytes { get; }

    public int CommitTimeoutMs { get; }

    public long RetentionMs { get; }

    public long RetentionCheckIntervalMs { get; }

    public int MetadataMaxBytes { get; }
}

/// <summary>Groups of the classic protocol (JoinGroup, SyncGroup).</summary>
public sealed class ClassicGroupSettings
{
    internal ClassicGroupSettings(ConfigReader reader)
    {
        InitialRebalanceDelayMs = reader.Int("group.initial.rebalance.delay.ms");
        MinSessionTimeoutMs = reader.Int("group.min.session.timeout.ms");
        MaxSessionTimeoutMs = reader.Int("group.max.session.timeout.ms");
        MaxSize = reader.Int("group.max.size");
        RebalanceProtocols = reader.List("group.coordinator.rebalance.protocols");
    }

    public int InitialRebalanceDelayMs { get; }

    public int MinSessionTimeoutMs { get; }

    public int MaxSessionTimeoutMs { get; }

    public int MaxSize { get; }

    /// <summary>classic, consumer, share, streams: the kinds of groups that the node offers.</summary>
    public IReadOnlyList<string> RebalanceProtocols { get; }
}

/// <summary>Groups of the consumer protocol (ConsumerGroupHeartbeat, KIP-848). A group's own configs may set the first three.</summary>
public sealed class ConsumerGroupSettings
{
    internal ConsumerGroupSettings(ConfigReader reader)
    {
        SessionTimeoutMs = reader.Int("group.consumer.session.timeout.ms");
        HeartbeatIntervalMs = reader.Int("group.consumer.heartbeat.interval.ms");
        AssignmentIntervalMs = reader.Int("group.consumer.assignment.interval.ms");
        MinSessionTimeoutMs = reader.Int("group.consumer.min.session.timeout.ms");
        MaxSessionTimeoutMs = reader.Int("group.consumer.max.session.timeout.ms");
        MinHeartbeatIntervalMs = reader.Int("group.consumer.min.heartbeat.interval.ms");
        MaxHeartbeatIntervalMs = reader.Int("group.consumer.max.heartbeat.interval.ms");
        MaxSize = reader.Int("group.consumer.max.size");
        Assignors = reader.List("group.consumer.assignors");
        MigrationPolicy = reader.Text("group.consumer.migration.policy")!.ToLowerInvariant();
        RegexRefreshIntervalMs = reader.Int("group.consumer.regex.refresh.interval.ms");
    }

    public int SessionTimeoutMs { get; }

    public int HeartbeatIntervalMs { get; }

    public int AssignmentIntervalMs { get; }

    public int MinSessionTimeoutMs { get; }

    public int MaxSessionTimeoutMs { get; }

    public int MinHeartbeatIntervalMs { get; }

    public int MaxHeartbeatIntervalMs { get; }

    public int MaxSize { get; }

    /// <summary>The first is the one for members that name none.</summary>
    public IReadOnlyList<string> Assignors { get; }

    /// <summary>disabled, downgrade, upgrade or bidirectional.</summary>
    public string MigrationPolicy { get; }

    public int RegexRefreshIntervalMs { get; }
}
