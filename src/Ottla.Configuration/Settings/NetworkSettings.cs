namespace Ottla.Configuration.Settings;

/// <summary>Sockets and connections.</summary>
public sealed class NetworkSettings
{
    internal NetworkSettings(ConfigReader reader)
    {
        SendBufferBytes = reader.Int("socket.send.buffer.bytes");
        ReceiveBufferBytes = reader.Int("socket.receive.buffer.bytes");
        RequestMaxBytes = reader.Int("socket.request.max.bytes");
        ListenBacklog = reader.Int("socket.listen.backlog.size");
        ConnectionsMaxIdleMs = reader.Long("connections.max.idle.ms");
        MaxConnections = reader.Int("max.connections");
        MaxConnectionsPerIp = reader.Int("max.connections.per.ip");
        MaxConnectionsPerIpOverrides = ReadOverrides(reader.Text("max.connections.per.ip.overrides"), out _) ?? [];
        MaxConnectionCreationRate = reader.Int("max.connection.creation.rate");
        QueuedMaxRequests = reader.Int("queued.max.requests");
        QueuedMaxRequestBytes = reader.Long("queued.max.request.bytes");
    }

    /// <summary>-1 leaves it to the system.</summary>
    public int SendBufferBytes { get; }

    /// <summary>-1 leaves it to the system.</summary>
    public int ReceiveBufferBytes { get; }

    public int RequestMaxBytes { get; }

    public int ListenBacklog { get; }

    /// <summary>Negative: never.</summary>
    public long ConnectionsMaxIdleMs { get; }

    public int MaxConnections { get; }

    public int MaxConnectionsPerIp { get; }

    /// <summary>By host name or address, as written.</summary>
    public IReadOnlyDictionary<string, int> MaxConnectionsPerIpOverrides { get; }

    /// <summary>New connections a second.</summary>
    public int MaxConnectionCreationRate { get; }

    public int QueuedMaxRequests { get; }

    /// <summary>-1: no limit of its own.</summary>
    public long QueuedMaxRequestBytes { get; }

    /// <summary>`host:count,...`; null and the item that is wrong.</summary>
    internal static Dictionary<string, int>? ReadOverrides(string? text, out string? wrong)
    {
        wrong = null;
        var overrides = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var item in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = item.LastIndexOf(':');
            if (colon < 1 || !int.TryParse(item.AsSpan(colon + 1), out var count))
            {
                wrong = item;
                return null;
            }

            overrides[item[..colon].Trim()] = count;
        }

        return overrides;
    }
}
