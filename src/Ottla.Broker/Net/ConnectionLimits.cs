using Ottla.Configuration.Settings;

namespace Ottla.Broker.Net;

/// <summary>Bounds of connections, from the configuration and from what the system gives.</summary>
/// <param name="FrameBytesMax">`socket.request.max.bytes`.</param>
/// <param name="Memory">Bytes of large requests over all connections.</param>
/// <param name="IdleMax">`connections.max.idle.ms`: a connection on which nothing came for so long is closed; infinite where that is
/// negative, or longer than any time span.</param>
/// <param name="ConnectionsMax">`max.connections`, or what the files that the process may open leave for them.</param>
/// <param name="ConnectionsPerHostMax">`max.connections.per.ip`.</param>
internal sealed record ConnectionLimits(int FrameBytesMax, RequestMemory Memory, TimeSpan IdleMax, int ConnectionsMax, int ConnectionsPerHostMax)
{
    /// <summary>Bytes of large requests, unless `queued.max.request.bytes` says otherwise: a quarter of the memory that a node under load
    /// is promised to stay within (150 MiB).</summary>
    private const long RequestBytesInFlightMax = 36 << 20;

    /// <summary>Files that are no log and no client's: libraries, locks, checkpoints while they are written, connections to other nodes.</summary>
    private const int OtherFiles = 128;

    public static ConnectionLimits Of(NetworkSettings network, int connectionsMax, RequestMemory memory) => new(
        network.RequestMaxBytes,
        memory,
        network.ConnectionsMaxIdleMs < 0 || network.ConnectionsMaxIdleMs > TimeSpan.MaxValue.TotalMilliseconds / 2
            ? TimeSpan.MaxValue
            : TimeSpan.FromMilliseconds(network.ConnectionsMaxIdleMs),
        Math.Min(network.MaxConnections, connectionsMax),
        network.MaxConnectionsPerIp);

    public static long RequestBytesMax(NetworkSettings network) => network.QueuedMaxRequestBytes > 0 ? network.QueuedMaxRequestBytes : RequestBytesInFlightMax;

    /// <summary>Connections that the system's limit of open files has room for beside the log, which must never lack one.</summary>
    public static int ConnectionsFor(int openFilesMax) => openFilesMax == int.MaxValue ? openFilesMax
        : Math.Max(1, openFilesMax - LogFilesFor(openFilesMax) - Math.Min(OtherFiles, openFilesMax / 4));

    /// <summary>Open files of all segments and indexes: with connections far below the 1,000 that we promise for 10,000 partitions, and less
    /// where the system gives little.</summary>
    public static int LogFilesFor(int openFilesMax) => Math.Min(512, openFilesMax / 4);
}
