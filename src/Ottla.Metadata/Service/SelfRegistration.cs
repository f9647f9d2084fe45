using Ottla.Metadata.Features;
using Ottla.Metadata.Image;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Service;

/// <summary>What this node says of itself when it starts.</summary>
public sealed record SelfRegistration
{
    public required BrokerId NodeId { get; init; }

    public required string ClusterId { get; init; }

    /// <summary>New for each run of the process.</summary>
    public required Uuid IncarnationId { get; init; }

    /// <summary>Where clients and other brokers reach the broker.</summary>
    public required IReadOnlyList<NodeEndpoint> BrokerEndpoints { get; init; }

    /// <summary>Where nodes and tools reach the controller.</summary>
    public required IReadOnlyList<NodeEndpoint> ControllerEndpoints { get; init; }

    /// <summary>The ids of the log directories that are online.</summary>
    public required IReadOnlyList<Uuid> Directories { get; init; }

    public string? Rack { get; init; }

    /// <summary>The epoch that the mark of a clean stop carries; none after anything else.</summary>
    public BrokerEpoch PreviousEpoch { get; init; } = BrokerEpoch.None;

    internal BrokerRegistrationRequest ToBroker() => new()
    {
        BrokerId = NodeId.Value,
        ClusterId = ClusterId,
        IncarnationId = IncarnationId,
        Listeners = [.. BrokerEndpoints.Select(e => new BrokerRegistrationRequest.Listener
            { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port, SecurityProtocol = e.SecurityProtocol })],
        Features = [.. FeatureCatalog.Supported.Select(f => new BrokerRegistrationRequest.Feature
            { Name = f.Name, MinSupportedVersion = f.Levels.Min, MaxSupportedVersion = f.Levels.Max })],
        Rack = Rack,
        LogDirs = [.. Directories],
        PreviousBrokerEpoch = PreviousEpoch.Value,
    };

    internal ControllerRegistrationRequest ToController() => new()
    {
        ControllerId = NodeId.Value,
        IncarnationId = IncarnationId,
        Listeners = [.. ControllerEndpoints.Select(e => new ControllerRegistrationRequest.Listener
            { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port, SecurityProtocol = e.SecurityProtocol })],
        Features = [.. FeatureCatalog.Supported.Select(f => new ControllerRegistrationRequest.Feature
            { Name = f.Name, MinSupportedVersion = f.Levels.Min, MaxSupportedVersion = f.Levels.Max })],
    };
}
