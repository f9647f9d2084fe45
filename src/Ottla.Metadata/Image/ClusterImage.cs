using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Image;

/// <summary>One address of a node. <see cref="SecurityProtocol"/>: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL.</summary>
public sealed record NodeEndpoint(string Listener, string Host, int Port, short SecurityProtocol);

/// <summary>The levels of a feature that a node supports.</summary>
public sealed record NodeFeature(string Name, short Min, short Max);

/// <summary>A broker as the cluster knows it. Immutable.</summary>
public sealed record BrokerRegistration
{
    public required BrokerId Id { get; init; }

    public required BrokerEpoch Epoch { get; init; }

    /// <summary>One run of the broker's process.</summary>
    public required Uuid IncarnationId { get; init; }

    public required IReadOnlyList<NodeEndpoint> Endpoints { get; init; }

    public required IReadOnlyList<NodeFeature> Features { get; init; }

    public string? Rack { get; init; }

    /// <summary>A fenced broker leads nothing and is not shown to clients.</summary>
    public bool Fenced { get; init; }

    public bool InControlledShutdown { get; init; }

    public bool IsMigratingZkBroker { get; init; }

    /// <summary>The ids of its directories that are online (KIP-858).</summary>
    public IReadOnlyList<Uuid> Directories { get; init; } = [];

    /// <summary>Directories that take no new replicas (KIP-1066); null before anything was said about it.</summary>
    public IReadOnlyList<Uuid>? CordonedDirectories { get; init; }

    public bool IsActive => !Fenced && !InControlledShutdown;

    /// <summary>Whether a replica in this directory can be served, as far as anybody knows: one of which the broker has not told yet
    /// can.</summary>
    public bool CanServeFrom(Uuid directory) => CanServeFrom(directory, Directories);

    internal static bool CanServeFrom(Uuid directory, IReadOnlyList<Uuid> online) =>
        DirectoryIds.IsReserved(directory) ? directory != DirectoryIds.Lost : online.Contains(directory);

    public NodeEndpoint? Endpoint(string listener) => Endpoints.FirstOrDefault(endpoint => endpoint.Listener == listener);

    /// <summary>Directories that take new replicas.</summary>
    public IReadOnlyList<Uuid> OpenDirectories
    {
        get
        {
            if (CordonedDirectories is not { Count: > 0 } cordoned) return Directories;
            var open = new List<Uuid>();
            foreach (var directory in Directories)
            {
                if (!cordoned.Contains(directory)) open.Add(directory);
            }

            return open;
        }
    }

    internal static BrokerRegistration From(RegisterBrokerRecord record) => new()
    {
        Id = new BrokerId(record.BrokerId),
        Epoch = new BrokerEpoch(record.BrokerEpoch),
        IncarnationId = record.IncarnationId,
        Endpoints = [.. record.EndPoints.Select(e => new NodeEndpoint(e.Name, e.Host, e.Port, e.SecurityProtocol))],
        Features = [.. record.Features.Select(f => new NodeFeature(f.Name, f.MinSupportedVersion, f.MaxSupportedVersion))],
        Rack = record.Rack,
        Fenced = record.Fenced,
        InControlledShutdown = record.InControlledShutdown,
        IsMigratingZkBroker = record.IsMigratingZkBroker,
        Directories = [.. record.LogDirs],
        CordonedDirectories = record.CordonedLogDirs is { } cordoned ? [.. cordoned] : null,
    };

    internal RegisterBrokerRecord ToRecord(short version) => new()
    {
        BrokerId = Id.Value,
        BrokerEpoch = Epoch.Value,
        IncarnationId = IncarnationId,
        EndPoints = [.. Endpoints.Select(e => new RegisterBrokerRecord.BrokerEndpoint
            { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port, SecurityProtocol = e.SecurityProtocol })],
        Features = [.. Features.Select(f => new RegisterBrokerRecord.BrokerFeature { Name = f.Name, MinSupportedVersion = f.Min,
        MaxSupportedVersion = f.Max })],
        Rack = Rack,
        Fenced = Fenced,
        InControlledShutdown = version >= 1 && InControlledShutdown,
        IsMigratingZkBroker = version >= 2 && IsMigratingZkBroker,
        LogDirs = version >= 3 ? [.. Directories] : [],
        CordonedLogDirs = version >= 4 && CordonedDirectories is { } cordoned ? [.. cordoned] : null,
    };
}

/// <summary>A controller as the cluster knows it. Immutable.</summary>
public sealed record ControllerRegistration(
    BrokerId Id, Uuid IncarnationId, bool ZkMigrationReady, IReadOnlyList<NodeEndpoint> Endpoints, IReadOnlyList<NodeFeature> Features)
{
    public NodeEndpoint? Endpoint(string listener) => Endpoints.FirstOrDefault(endpoint => endpoint.Listener == listener);

    internal static ControllerRegistration From(RegisterControllerRecord record) => new(
        new BrokerId(record.ControllerId),
        record.IncarnationId,
        record.ZkMigrationReady,
        [.. record.EndPoints.Select(e => new NodeEndpoint(e.Name, e.Host, e.Port, e.SecurityProtocol))],
        [.. record.Features.Select(f => new NodeFeature(f.Name, f.MinSupportedVersion, f.MaxSupportedVersion))]);

    internal RegisterControllerRecord ToRecord() => new()
    {
        ControllerId = Id.Value,
        IncarnationId = IncarnationId,
        ZkMigrationReady = ZkMigrationReady,
        EndPoints = [.. Endpoints.Select(e => new RegisterControllerRecord.ControllerEndpoint
            { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port, SecurityProtocol = e.SecurityProtocol })],
        Features = [.. Features.Select(f => new RegisterControllerRecord.ControllerFeature { Name = f.Name, MinSupportedVersion = f.Min,
        MaxSupportedVersion = f.Max })],
    };
}

/// <summary>The nodes of the cluster. Immutable.</summary>
public sealed record ClusterImage(NodeTable<BrokerRegistration> Brokers, NodeTable<ControllerRegistration> Controllers)
{
    public static readonly ClusterImage Empty = new(NodeTable<BrokerRegistration>.Empty, NodeTable<ControllerRegistration>.Empty);

    public BrokerRegistration? Broker(BrokerId id) => Brokers.GetValueOrDefault(id.Value);

    public bool IsActive(int broker) => Brokers.TryGetValue(broker, out var registration) && registration.IsActive;

    /// <summary>Whether a replica can be read and written: its broker is active, and its directory is online (KIP-858).</summary>
    public bool CanServe(PartitionRegistration partition, int broker) =>
        Brokers.TryGetValue(broker, out var registration) && registration.IsActive
            && registration.CanServeFrom(partition.DirectoryOf(broker));
}
