using Ottla.Client.Settings;
using Ottla.Network;

namespace Ottla.Client;

/// <summary>What every kind of client is told: where the cluster is and how long to wait. Defaults are Apache Kafka's.</summary>
public sealed record ClientOptions
{
    public required IReadOnlyList<NodeAddress> BootstrapServers { get; init; }

    /// <summary>Named to the broker in each request; quotas and logs go by it.</summary>
    public string ClientId { get; init; } = "ottla";

    /// <summary>How long one request waits for its answer before its connection is given up.</summary>
    public int RequestTimeoutMs { get; init; } = 30_000;

    /// <summary>How long one call of a client may take with all its retries (`default.api.timeout.ms`).</summary>
    public int ApiTimeoutMs { get; init; } = 60_000;

    /// <summary>How long a connection may take to open.</summary>
    public int ConnectTimeoutMs { get; init; } = 10_000;

    /// <summary>Wait before the first retry; doubles with each up to <see cref="RetryBackoffMaxMs"/>, give or take a fifth.</summary>
    public int RetryBackoffMs { get; init; } = 100;

    public int RetryBackoffMaxMs { get; init; } = 1_000;

    /// <summary>Wait before a broker is connected to again; doubles up to <see cref="ReconnectBackoffMaxMs"/>.</summary>
    public int ReconnectBackoffMs { get; init; } = 50;

    public int ReconnectBackoffMaxMs { get; init; } = 1_000;

    /// <summary>Metadata older than this is asked for again.</summary>
    public int MetadataMaxAgeMs { get; init; } = 300_000;

    /// <summary>Reads the settings that all clients share by their Kafka names (`bootstrap.servers`, `client.id`, ...).</summary>
    /// <exception cref="SettingException">A value is not allowed, or asks for what this client cannot do.</exception>
    public static ClientOptions From(ClientSettings settings)
    {
        settings.RefuseSecurity();
        return new ClientOptions
        {
            BootstrapServers = Settings.BootstrapServers.Parse(settings.Text("bootstrap.servers", "")),
            ClientId = settings.Text("client.id", "ottla"),
            RequestTimeoutMs = settings.Int("request.timeout.ms", 30_000, 0),
            ApiTimeoutMs = settings.Int("default.api.timeout.ms", 60_000, 0),
            ConnectTimeoutMs = settings.Int("socket.connection.setup.timeout.ms", 10_000, 0),
            RetryBackoffMs = settings.Int("retry.backoff.ms", 100, 0),
            RetryBackoffMaxMs = settings.Int("retry.backoff.max.ms", 1_000, 0),
            ReconnectBackoffMs = settings.Int("reconnect.backoff.ms", 50, 0),
            ReconnectBackoffMaxMs = settings.Int("reconnect.backoff.max.ms", 1_000, 0),
            MetadataMaxAgeMs = settings.Int("metadata.max.age.ms", 300_000, 0),
        };
    }
}
