using Ottla.Configuration.Sources;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>What the controller takes from the node's properties; does not change while it runs.</summary>
public sealed record ControllerSettings
{
    public required BrokerId NodeId { get; init; }

    public required string ClusterId { get; init; }

    /// <summary>All that the node was started with: defaults of topics, and what DescribeConfigs shows beside a created topic.</summary>
    public StaticConfig Static { get; init; } = StaticConfig.Empty;
}
