using Ottla.Configuration.Settings;
using Ottla.Protocol.Batches;

namespace Ottla.Broker.Replication;

/// <summary>What a topic's configs mean to the broker's hot path, worked out once for each change of them. Immutable; topics without
/// configs of their own share one.</summary>
internal sealed class TopicPolicy
{
    public TopicPolicy(TopicSettings settings, int producerIdExpirationMs)
    {
        Rules = new BatchRules
        {
            MessageBytesMax = settings.MaxMessageBytes,
            DecompressedBytesMax = settings.MaxDecompressedMessageBytes,
            KeysRequired = settings.IsCompacted,
            TimestampType = settings.UsesLogAppendTime ? TimestampType.LogAppendTime : TimestampType.CreateTime,
            TimestampBeforeMaxMs = settings.TimestampBeforeMaxMs,
            TimestampAfterMaxMs = settings.TimestampAfterMaxMs,
        };
        Recompress = settings.CompressionType switch
        {
            "uncompressed" => CompressionType.None,
            "gzip" => CompressionType.Gzip,
            "snappy" => CompressionType.Snappy,
            "lz4" => CompressionType.Lz4,
            "zstd" => CompressionType.Zstd,
            _ => null,
        };
        CompressionLevel = Recompress switch
        {
            CompressionType.Gzip => settings.GzipLevel,
            CompressionType.Lz4 => settings.Lz4Level,
            CompressionType.Zstd => settings.ZstdLevel,
            _ => -1,
        };
        MinInsyncReplicas = settings.MinInsyncReplicas;
        ThrottledLeaders = ThrottledReplicas.Of(settings.LeaderThrottledReplicas);
        ThrottledFollowers = ThrottledReplicas.Of(settings.FollowerThrottledReplicas);
        IsCompactedOnly = settings.IsCompacted && !settings.IsDeleted;
        Log = new Ottla.Log.LogSettings
        {
            SegmentBytes = settings.SegmentBytes,
            SegmentMs = settings.SegmentMs,
            SegmentJitterMs = settings.SegmentJitterMs,
            SegmentIndexBytes = settings.SegmentIndexBytes,
            IndexIntervalBytes = settings.IndexIntervalBytes,
            RetentionMs = settings.RetentionMs,
            RetentionBytes = settings.RetentionBytes,
            FlushMessages = settings.FlushMessages,
            FlushMs = settings.FlushMs,
            FileDeleteDelayMs = settings.FileDeleteDelayMs,
            Delete = settings.IsDeleted,
            Compact = settings.IsCompacted,
            ProducerIdExpirationMs = producerIdExpirationMs,
        };
    }

    /// <summary>What a produced batch has to keep to.</summary>
    public BatchRules Rules { get; }

    /// <summary>The codec that the log is to have (`compression.type`); null leaves what the producer chose.</summary>
    public CompressionType? Recompress { get; }

    /// <summary>Of <see cref="Recompress"/>; -1 is the codec's own default.</summary>
    public int CompressionLevel { get; }

    public int MinInsyncReplicas { get; }

    /// <summary>Replicas of which leaders give no more than a rate.</summary>
    public ThrottledReplicas ThrottledLeaders { get; }

    /// <summary>Replicas of which followers take no more than a rate.</summary>
    public ThrottledReplicas ThrottledFollowers { get; }

    /// <summary>Records of such a topic can't be deleted by offset.</summary>
    public bool IsCompactedOnly { get; }

    public Ottla.Log.LogSettings Log { get; }
}
