using Ottla.Configuration.Effective;

namespace Ottla.Configuration.Changes;

/// <summary>
/// With eligible.leader.replicas.version 1, which new clusters have, the controller writes `min.insync.replicas` into the dynamic defaults
/// of all brokers as soon as it leads (KIP-966): leaders must agree on it even when the brokers' files do not.
/// </summary>
public static class MinInsyncReplicas
{
    public const string Name = "min.insync.replicas";

    /// <summary>What the controller has to record for the broker resource with the empty name; null when it is there already.</summary>
    public static string? ClusterDefaultToRecord(EffectiveConfig config) =>
        config.Cluster.ContainsKey(Name) ? null : config.ValueOf(Name).ToText();
}
