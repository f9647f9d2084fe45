namespace Ottla.Configuration.Settings;

/// <summary>Followers and leaders.</summary>
public sealed class ReplicationSettings
{
    private const string RackAwareSelector = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

    internal ReplicationSettings(ConfigReader reader)
    {
        LagTimeMaxMs = reader.Long("replica.lag.time.max.ms");
        FetchMaxBytes = reader.Int("replica.fetch.max.bytes");
        FetchMinBytes = reader.Int("replica.fetch.min.bytes");
        FetchWaitMaxMs = reader.Int("replica.fetch.wait.max.ms");
        FetchBackoffMs = reader.Int("replica.fetch.backoff.ms");
        FetchResponseMaxBytes = reader.Int("replica.fetch.response.max.bytes");
        NumFetchers = reader.Int("num.replica.fetchers");
        HighWatermarkCheckpointIntervalMs = reader.Long("replica.high.watermark.checkpoint.interval.ms");
        SocketTimeoutMs = reader.Int("replica.socket.timeout.ms");
        SocketReceiveBufferBytes = reader.Int("replica.socket.receive.buffer.bytes");
        IsRackAware = reader.Text("replica.selector.class") == RackAwareSelector;
    }

    public long LagTimeMaxMs { get; }

    public int FetchMaxBytes { get; }

    public int FetchMinBytes { get; }

    public int FetchWaitMaxMs { get; }

    public int FetchBackoffMs { get; }

    public int FetchResponseMaxBytes { get; }

    public int NumFetchers { get; }

    public long HighWatermarkCheckpointIntervalMs { get; }

    public int SocketTimeoutMs { get; }

    public int SocketReceiveBufferBytes { get; }

    /// <summary>Consumers that name a rack are sent to a replica in it (KIP-392). Other selectors are classes of Java's, which can't be had here.</summary>
    public bool IsRackAware { get; }
}
