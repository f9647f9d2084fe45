namespace Ottla.Configuration.Settings;

/// <summary>How the controller chooses the leaders of partitions.</summary>
public sealed class ElectionSettings
{
    internal ElectionSettings(ConfigReader reader)
    {
        UncleanEnable = reader.Bool("unclean.leader.election.enable");
        UncleanIntervalMs = reader.Long("unclean.leader.election.interval.ms");
        RebalanceEnable = reader.Bool("auto.leader.rebalance.enable");
        ImbalanceCheckIntervalSeconds = reader.Long("leader.imbalance.check.interval.seconds");
    }

    /// <summary>For topics that do not say otherwise.</summary>
    public bool UncleanEnable { get; }

    /// <summary>How often the controller looks for partitions that only an unclean election brings back.</summary>
    public long UncleanIntervalMs { get; }

    /// <summary>Leadership goes back to preferred replicas from time to time.</summary>
    public bool RebalanceEnable { get; }

    public long ImbalanceCheckIntervalSeconds { get; }
}
