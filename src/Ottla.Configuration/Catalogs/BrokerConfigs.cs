using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Catalogs;

/// <summary>The configs of a node: what server.properties may say, and what a broker's dynamic configs may.</summary>
public static partial class BrokerConfigs
{
    private static ConfigCatalog? _catalog;

    public static ConfigCatalog Catalog =>
        _catalog ??= new("broker", NodeTable, LogTable, ReplicasTable, GroupsTable, SecurityTable, DynamicOnlyTable);

    /// <summary>
    /// The name of a config and those that it falls back to, the strongest first: `log.retention.ms`, `.minutes` and `.hours` say the same
    /// thing in three units.
    /// </summary>
    public static ReadOnlySpan<string> SynonymsOf(string name) => name switch
    {
        "log.retention.ms" or "log.retention.minutes" or "log.retention.hours" => RetentionTime,
        "log.roll.ms" or "log.roll.hours" => RollTime,
        "log.roll.jitter.ms" or "log.roll.jitter.hours" => RollJitter,
        "log.flush.interval.ms" => FlushInterval,
        _ => (string[])[name],
    };

    /// <summary>Has no place in a properties file, and no default to show.</summary>
    internal static bool IsDynamicOnly(string name) => name is
        "leader.replication.throttled.rate" or "follower.replication.throttled.rate" or "replica.alter.log.dirs.io.max.bytes.per.second";

    private static readonly string[] RetentionTime = ["log.retention.ms", "log.retention.minutes", "log.retention.hours"];
    private static readonly string[] RollTime = ["log.roll.ms", "log.roll.hours"];
    private static readonly string[] RollJitter = ["log.roll.jitter.ms", "log.roll.jitter.hours"];
    private static readonly string[] FlushInterval = ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"];

    /// <summary>Can be set on a running broker only; DescribeConfigs shows them when they are set.</summary>
    private const string DynamicOnlyTable = """
        # how fast replicas may be moved
        leader.replication.throttled.rate               long 9223372036854775807 0.. mid cluster internal
        follower.replication.throttled.rate             long 9223372036854775807 0.. mid cluster internal
        replica.alter.log.dirs.io.max.bytes.per.second  long 9223372036854775807 0.. mid cluster internal
        """;
}
