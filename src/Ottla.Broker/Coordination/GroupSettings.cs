using Ottla.Broker.Coordination.Consumer;

namespace Ottla.Broker.Coordination;

/// <summary>What the configuration says about groups, with Kafka's defaults. Times in ms.</summary>
public sealed record GroupSettings
{
    /// <summary>`offsets.topic.num.partitions`: used until `__consumer_offsets` exists; then the topic's own count counts.</summary>
    public int OffsetsTopicPartitions { get; init; } = 50;

    /// <summary>`group.min.session.timeout.ms`</summary>
    public int MinSessionTimeoutMs { get; init; } = 6_000;

    /// <summary>`group.max.session.timeout.ms`</summary>
    public int MaxSessionTimeoutMs { get; init; } = 1_800_000;

    /// <summary>`group.initial.rebalance.delay.ms`</summary>
    public int InitialRebalanceDelayMs { get; init; } = 3_000;

    /// <summary>`group.max.size`: members of one classic group.</summary>
    public int MaxSize { get; init; } = int.MaxValue;

    /// <summary>`offset.metadata.max.bytes`: Kafka compares it with the number of characters, so we do.</summary>
    public int OffsetMetadataMax { get; init; } = 4_096;

    /// <summary>`offsets.commit.timeout.ms`: how long a request waits until its records are on all replicas that count.</summary>
    public int OffsetsCommitTimeoutMs { get; init; } = 5_000;

    /// <summary>`offsets.retention.minutes`, in ms.</summary>
    public long OffsetsRetentionMs { get; init; } = 10_080L * 60_000;

    /// <summary>`offsets.retention.check.interval.ms`</summary>
    public long OffsetsRetentionCheckIntervalMs { get; init; } = 600_000;

    /// <summary>`group.consumer.session.timeout.ms`</summary>
    public int ConsumerSessionTimeoutMs { get; init; } = 45_000;

    /// <summary>`group.consumer.heartbeat.interval.ms`</summary>
    public int ConsumerHeartbeatIntervalMs { get; init; } = 5_000;

    /// <summary>`group.consumer.max.size`</summary>
    public int ConsumerMaxSize { get; init; } = int.MaxValue;

    /// <summary>`group.consumer.assignors`: the first is the default.</summary>
    public IReadOnlyList<string> ConsumerAssignors { get; init; } = ["uniform", "range"];

    /// <summary>`group.consumer.assignment.interval.ms`: the least time between two assignments of one group.</summary>
    public int ConsumerAssignmentIntervalMs { get; init; } = 1_000;

    /// <summary>`group.consumer.regex.refresh.interval.ms`</summary>
    public long ConsumerRegexRefreshIntervalMs { get; init; } = 600_000;

    /// <summary>`group.consumer.migration.policy`</summary>
    public MigrationPolicy ConsumerMigrationPolicy { get; init; } = MigrationPolicy.Bidirectional;

    /// <summary>What a group's own configuration (`kafka-configs --entity-type groups`) overrides; null where it has none.</summary>
    public Func<string, GroupOverrides?> Overrides { get; init; } = static _ => null;
}

/// <summary>Configuration of one group: `consumer.session.timeout.ms`, `consumer.heartbeat.interval.ms`,
/// `consumer.assignment.interval.ms`.</summary>
public sealed record GroupOverrides(int? ConsumerSessionTimeoutMs, int? ConsumerHeartbeatIntervalMs, int? ConsumerAssignmentIntervalMs);
