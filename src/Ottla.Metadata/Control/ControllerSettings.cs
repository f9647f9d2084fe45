using Ottla.Configuration.Sources;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>What the controller takes from the node's properties; does not change while it runs.</summary>
public sealed record ControllerSettings
{
    public required BrokerId NodeId { get; init; }

    public required string ClusterId { get; init; }

    /// <summary>Silence after which a broker is fenced (`broker.session.timeout.ms`).</summary>
    public long SessionTimeoutMs { get; init; } = 9_000;

    /// <summary>How often partitions without a leader get one that may lack records, where their topic allows it.</summary>
    public long UncleanElectionIntervalMs { get; init; } = 300_000;

    /// <summary>Whether leadership goes back to preferred replicas by itself (`auto.leader.rebalance.enable`), and how often that is looked
    /// at.</summary>
    public bool RebalanceEnable { get; init; } = true;

    public long ImbalanceCheckIntervalMs { get; init; } = 300_000;

    /// <summary>An idle leader writes a no-op record so often (`metadata.max.idle.interval.ms`), so that followers and brokers see its log
    /// grow; 0 is never.</summary>
    public long IdleIntervalMs { get; init; }

    /// <summary>All that the node was started with: defaults of topics, and what DescribeConfigs shows beside a created topic.</summary>
    public StaticConfig Static { get; init; } = StaticConfig.Empty;
}
