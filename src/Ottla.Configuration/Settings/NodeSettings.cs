using Ottla.Protocol.Primitives;

namespace Ottla.Configuration.Settings;

/// <summary>A controller that votes, from `controller.quorum.voters`.</summary>
public sealed record StaticVoter(BrokerId Id, string Host, int Port);

/// <summary>`HOST:PORT` of `controller.quorum.bootstrap.servers` or of `ottla.http.listener`.</summary>
public sealed record HostAndPort(string Host, int Port)
{
    public override string ToString() => $"{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}";
}

/// <summary>Who the node is, where it listens and where its data lie.</summary>
public sealed record NodeSettings
{
    public required BrokerId Id { get; init; }

    public string? Rack { get; init; }

    public required bool IsBroker { get; init; }

    public required bool IsController { get; init; }

    /// <summary>Every address to listen on; those of controllers too.</summary>
    public required IReadOnlyList<ListenerAddress> Listeners { get; init; }

    /// <summary>Upper case. A listener with one of these names takes the controllers' APIs and no others.</summary>
    public required IReadOnlyList<string> ControllerListenerNames { get; init; }

    /// <summary>
    /// What the broker registers for clients and other brokers; no controller listener. A host may be empty and a port 0: see there.
    /// </summary>
    public required IReadOnlyList<ListenerAddress> AdvertisedListeners { get; init; }

    /// <summary>What a controller registers for other nodes.</summary>
    public required IReadOnlyList<ListenerAddress> AdvertisedControllerListeners { get; init; }

    public required string InterBrokerListenerName { get; init; }

    /// <summary>Empty in a cluster that finds its controllers by <see cref="BootstrapServers"/> (KIP-853).</summary>
    public required IReadOnlyList<StaticVoter> Voters { get; init; }

    public required IReadOnlyList<HostAndPort> BootstrapServers { get; init; }

    public required IReadOnlyList<string> LogDirs { get; init; }

    /// <summary>The directory that holds `__cluster_metadata-0`; the first log directory unless set.</summary>
    public required string MetadataLogDir { get; init; }

    /// <summary>`ottla.http.listener`: console, metrics and health; null is off.</summary>
    public HostAndPort? HttpListener { get; init; }

    /// <summary>`ottla.log.dir`: where the node's own log files go; null is standard output alone.</summary>
    public string? OwnLogDir { get; init; }

    public IEnumerable<ListenerAddress> BrokerListeners => Listeners.Where(listener => !IsControllerListener(listener.Name));

    public IEnumerable<ListenerAddress> ControllerListeners => Listeners.Where(listener => IsControllerListener(listener.Name));

    public bool IsControllerListener(string name) => ControllerListenerNames.Contains(name);
}
