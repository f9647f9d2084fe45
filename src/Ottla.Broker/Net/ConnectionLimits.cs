using Ottla.Configuration.Settings;

namespace Ottla.Broker.Net;

/// <summary>Bounds of connections, from the configuration.</summary>
/// <param name="FrameBytesMax">`socket.request.max.bytes`.</param>
/// <param name="Memory">Bytes of large requests over all connections.</param>
/// <param name="IdleMax">`connections.max.idle.ms`: a connection on which nothing came for so long is closed; infinite where that is
/// negative.</param>
/// <param name="ConnectionsMax">`max.connections`.</param>
/// <param name="ConnectionsPerHostMax">`max.connections.per.ip`.</param>
internal sealed record ConnectionLimits(int FrameBytesMax, RequestMemory Memory, TimeSpan IdleMax, int ConnectionsMax, int ConnectionsPerHostMax)
{
    /// <summary>Bytes of large requests, unless `queued.max.request.bytes` says otherwise: a quarter of the memory that a node under load
    /// is promised to stay within (150 MiB).</summary>
    private const long RequestBytesInFlightMax = 36 << 20;

    public static ConnectionLimits Of(NetworkSettings network) => new(
        network.RequestMaxBytes,
        new RequestMemory(network.QueuedMaxRequestBytes > 0 ? network.QueuedMaxRequestBytes : RequestBytesInFlightMax),
        network.ConnectionsMaxIdleMs < 0 ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(network.ConnectionsMaxIdleMs),
        network.MaxConnections,
        network.MaxConnectionsPerIp);
}
