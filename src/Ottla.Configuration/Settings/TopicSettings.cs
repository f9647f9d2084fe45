using Ottla.Configuration.Effective;

namespace Ottla.Configuration.Settings;

/// <summary>What holds for one topic: its own configs above the broker's. Immutable.</summary>
public sealed class TopicSettings
{
    private TopicSettings(TopicReader reader)
    {
        var policy = reader.List("cleanup.policy");
        IsDeleted = policy.Contains("delete");
        IsCompacted = policy.Contains("compact");
        RetentionMs = reader.Long("retention.ms");
        RetentionBytes = reader.Long("retention.bytes");
        LocalRetentionMs = reader.Long("local.retention.ms");
        LocalRetentionBytes = reader.Long("local.retention.bytes");
        FileDeleteDelayMs = reader.Long("file.delete.delay.ms");
        DeleteRetentionMs = reader.Long("delete.retention.ms");
        SegmentBytes = reader.IntOrNull("internal.segment.bytes") ?? reader.Int("segment.bytes");
        SegmentMs = reader.Long("segment.ms");
        SegmentJitterMs = reader.Long("segment.jitter.ms");
        SegmentIndexBytes = reader.Int("segment.index.bytes");
        IndexIntervalBytes = reader.Int("index.interval.bytes");
        Preallocate = reader.Bool("preallocate");
        FlushMessages = reader.Long("flush.messages");
        FlushMs = reader.Long("flush.ms");
        MaxMessageBytes = reader.Int("max.message.bytes");
        MaxDecompressedMessageBytes = reader.Int("max.decompressed.message.bytes");
        CompressionType = reader.Text("compression.type");
        GzipLevel = reader.Int("compression.gzip.level");
        Lz4Level = reader.Int("compression.lz4.level");
        ZstdLevel = reader.Int("compression.zstd.level");
        UsesLogAppendTime = reader.Text("message.timestamp.type") == "LogAppendTime";
        TimestampBeforeMaxMs = reader.Long("message.timestamp.before.max.ms");
        TimestampAfterMaxMs = reader.Long("message.timestamp.after.max.ms");
        MinInsyncReplicas = reader.Int("min.insync.replicas");
        UncleanLeaderElectionEnable = reader.Bool("unclean.leader.election.enable");
        MinCleanableDirtyRatio = reader.Double("min.cleanable.dirty.ratio");
        MinCompactionLagMs = reader.Long("min.compaction.lag.ms");
        MaxCompactionLagMs = reader.Long("max.compaction.lag.ms");
        LeaderThrottledReplicas = reader.List("leader.replication.throttled.replicas");
        FollowerThrottledReplicas = reader.List("follower.replication.throttled.replicas");
    }

    internal static TopicSettings Of(EffectiveConfig config, IReadOnlyDictionary<string, string> ofTopic) =>
        new(new TopicReader(config, ofTopic));

    /// <summary>`*`, or `partition:broker` each: what leaders give of these is held to leader.replication.throttled.rate.</summary>
    public IReadOnlyList<string> LeaderThrottledReplicas { get; }

    /// <summary>Likewise what followers take, held to follower.replication.throttled.rate.</summary>
    public IReadOnlyList<string> FollowerThrottledReplicas { get; }

    /// <summary>cleanup.policy has `delete`: old segments go by age and size. Neither policy: nothing ever goes.</summary>
    public bool IsDeleted { get; }

    /// <summary>cleanup.policy has `compact`: the newest record of each key stays.</summary>
    public bool IsCompacted { get; }

    /// <summary>-1: without limit.</summary>
    public long RetentionMs { get; }

    /// <summary>Negative: without limit.</summary>
    public long RetentionBytes { get; }

    /// <summary>-2: as <see cref="RetentionMs"/>.</summary>
    public long LocalRetentionMs { get; }

    /// <summary>-2: as <see cref="RetentionBytes"/>.</summary>
    public long LocalRetentionBytes { get; }

    public long FileDeleteDelayMs { get; }

    public long DeleteRetentionMs { get; }

    public int SegmentBytes { get; }

    public long SegmentMs { get; }

    public long SegmentJitterMs { get; }

    public int SegmentIndexBytes { get; }

    public int IndexIntervalBytes { get; }

    public bool Preallocate { get; }

    public long FlushMessages { get; }

    public long FlushMs { get; }

    public int MaxMessageBytes { get; }

    public int MaxDecompressedMessageBytes { get; }

    /// <summary>producer, uncompressed, gzip, snappy, lz4 or zstd.</summary>
    public string CompressionType { get; }

    /// <summary>-1: the codec's own default.</summary>
    public int GzipLevel { get; }

    public int Lz4Level { get; }

    public int ZstdLevel { get; }

    /// <summary>message.timestamp.type is LogAppendTime, else CreateTime.</summary>
    public bool UsesLogAppendTime { get; }

    public long TimestampBeforeMaxMs { get; }

    public long TimestampAfterMaxMs { get; }

    public int MinInsyncReplicas { get; }

    public bool UncleanLeaderElectionEnable { get; }

    public double MinCleanableDirtyRatio { get; }

    public long MinCompactionLagMs { get; }

    public long MaxCompactionLagMs { get; }

    private readonly struct TopicReader(EffectiveConfig config, IReadOnlyDictionary<string, string> ofTopic)
    {
        public bool Bool(string name) => config.TopicValueOf(name, ofTopic).AsBoolean();

        public int Int(string name) => config.TopicValueOf(name, ofTopic).AsInt();

        public int? IntOrNull(string name) => config.TopicValueOf(name, ofTopic) is { IsNull: false } value ? value.AsInt() : null;

        public long Long(string name) => config.TopicValueOf(name, ofTopic).AsLong();

        public double Double(string name) => config.TopicValueOf(name, ofTopic).AsDouble();

        public string Text(string name) => config.TopicValueOf(name, ofTopic).AsText()!;

        public IReadOnlyList<string> List(string name) => config.TopicValueOf(name, ofTopic).AsList();
    }
}
