namespace Ottla.Configuration.Settings;

/// <summary>What requests of clients may ask for.</summary>
public sealed class RequestSettings
{
    internal RequestSettings(ConfigReader reader)
    {
        FetchMaxBytes = reader.Int("fetch.max.bytes");
        FetchSessionCacheSlots = reader.Int("max.incremental.fetch.session.cache.slots");
        MaxRequestPartitionSizeLimit = reader.Int("max.request.partition.size.limit");
        RequestTimeoutMs = reader.Int("request.timeout.ms");
        TelemetryMaxBytes = reader.Int("telemetry.max.bytes");
    }

    /// <summary>The most that one fetch returns, whatever the client asks for; a first batch larger than that is returned whole.</summary>
    public int FetchMaxBytes { get; }

    public int FetchSessionCacheSlots { get; }

    /// <summary>Partitions that one DescribeTopicPartitions answers.</summary>
    public int MaxRequestPartitionSizeLimit { get; }

    /// <summary>How long the broker waits for an answer of the controller.</summary>
    public int RequestTimeoutMs { get; }

    public int TelemetryMaxBytes { get; }
}
