using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Catalogs;

/// <summary>The configs of a group (KIP-848, KIP-932, KIP-1071).</summary>
public static class GroupConfigs
{
    private static ConfigCatalog? _catalog;

    public static ConfigCatalog Catalog => _catalog ??= new("group", Table);

    /// <summary>The broker's config that a group falls back to; null when a group has a default of its own alone.</summary>
    public static string? BrokerSynonymOf(string name) => name switch
    {
        "streams.assignor.name" => "group.streams.assignors",
        _ => BrokerConfigs.Catalog.Knows("group." + name) ? "group." + name : null,
    };

    /// <summary>
    /// The broker's `group.KIND.min...` and `group.KIND.max...` between which a group's config lies; null where there is none.
    /// </summary>
    public static (string? Least, string? Most) BoundsOf(string name)
    {
        var dot = name.IndexOf('.');
        var (kind, rest) = (name[..dot], name[(dot + 1)..]);
        var counted = rest.StartsWith("num.", StringComparison.Ordinal) ? rest["num.".Length..] : rest;
        return (Known($"group.{kind}.min.{counted}"), Known($"group.{kind}.max.{counted}"));

        static string? Known(string name) => BrokerConfigs.Catalog.Knows(name) ? name : null;
    }

    private const string Table = """
        # consumer groups (KIP-848)
        consumer.assignment.interval.ms  int      1000        0..            mid
        consumer.assignor.offload.enable bool     true        *              mid   internal
        consumer.heartbeat.interval.ms   int      5000        1..            mid
        consumer.session.timeout.ms      int      45000       1..            mid

        # share groups (KIP-932)
        errors.deadletterqueue.copy.record.enable bool     false       *              mid
        errors.deadletterqueue.topic.name         string   ""          *              mid
        share.assignment.interval.ms              int      1000        0..            mid
        share.assignor.offload.enable             bool     true        *              mid   internal
        share.auto.offset.reset                   string   latest      reset{latest|earliest} mid
        share.delivery.count.limit                int      5           2..            mid
        share.heartbeat.interval.ms               int      5000        1..            mid
        share.isolation.level                     string   read_uncommitted {read_committed|read_uncommitted} mid
        share.partition.max.record.locks          int      2000        100..          mid
        share.record.lock.duration.ms             int      30000       1000..         mid
        share.renew.acknowledge.enable            bool     true        *              mid
        share.session.timeout.ms                  int      45000       1..            mid

        # streams groups (KIP-1071)
        streams.acceptable.recovery.lag    long     10000       0..            mid   internal
        streams.assignment.interval.ms     int      1000        0..            mid
        streams.assignor.name              string   -           *              mid
        streams.assignor.offload.enable    bool     true        *              mid   internal
        streams.heartbeat.interval.ms      int      5000        1..            mid
        streams.initial.rebalance.delay.ms int      3000        0..            mid
        streams.num.standby.replicas       int      0           0..            mid
        streams.num.warmup.replicas        int      2           0..            mid   internal
        streams.rack.aware.assignment.tags list     ""          *              low
        streams.session.timeout.ms         int      45000       1..            mid
        streams.task.offset.interval.ms    int      60000       1..            mid   internal
        """;
}
