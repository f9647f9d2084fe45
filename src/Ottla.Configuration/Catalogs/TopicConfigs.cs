using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Catalogs;

/// <summary>The configs of a topic.</summary>
public static class TopicConfigs
{
    private static ConfigCatalog? _catalog;

    public static ConfigCatalog Catalog => _catalog ??= new("topic", Table);

    /// <summary>The broker's config that a topic falls back to; null when a topic has a default of its own alone.</summary>
    public static string? BrokerSynonymOf(string name) => name switch
    {
        "cleanup.policy" => "log.cleanup.policy",
        "delete.retention.ms" => "log.cleaner.delete.retention.ms",
        "file.delete.delay.ms" => "log.segment.delete.delay.ms",
        "flush.messages" => "log.flush.interval.messages",
        "flush.ms" => "log.flush.interval.ms",
        "index.interval.bytes" => "log.index.interval.bytes",
        "local.retention.bytes" => "log.local.retention.bytes",
        "local.retention.ms" => "log.local.retention.ms",
        "max.compaction.lag.ms" => "log.cleaner.max.compaction.lag.ms",
        "max.message.bytes" => "message.max.bytes",
        "message.timestamp.after.max.ms" => "log.message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms" => "log.message.timestamp.before.max.ms",
        "message.timestamp.type" => "log.message.timestamp.type",
        "min.cleanable.dirty.ratio" => "log.cleaner.min.cleanable.ratio",
        "min.compaction.lag.ms" => "log.cleaner.min.compaction.lag.ms",
        "preallocate" => "log.preallocate",
        "remote.copy.lag.bytes" => "log.remote.copy.lag.bytes",
        "remote.copy.lag.ms" => "log.remote.copy.lag.ms",
        "retention.bytes" => "log.retention.bytes",
        "retention.ms" => "log.retention.ms",
        "segment.bytes" => "log.segment.bytes",
        "segment.index.bytes" => "log.index.size.max.bytes",
        "segment.jitter.ms" => "log.roll.jitter.ms",
        "segment.ms" => "log.roll.ms",
        "compression.gzip.level" or "compression.lz4.level" or "compression.type" or "compression.zstd.level" or 
            "max.decompressed.message.bytes" or "min.insync.replicas" or "unclean.leader.election.enable" => name,
        _ => null,
    };

    private const string Table = """
        # what stays, and how long
        cleanup.policy        list     delete      {compact|delete} mid
        delete.retention.ms   long     86400000    0..            mid
        file.delete.delay.ms  long     60000       0..            mid
        local.retention.bytes long     -2          -2..           mid
        local.retention.ms    long     -2          -2..           mid
        retention.bytes       long     -1          *              mid
        retention.ms          long     604800000   -1..           mid

        # segments and indexes
        index.interval.bytes   int      4096        0..            mid
        internal.segment.bytes int      -           *              mid   internal
        preallocate            bool     false       *              mid
        segment.bytes          int      1073741824  1048576..      mid
        segment.index.bytes    int      10485760    4..            mid
        segment.jitter.ms      long     0           0..            mid
        segment.ms             long     604800000   1..            mid

        # flushing
        flush.messages long     9223372036854775807 1..            mid
        flush.ms       long     9223372036854775807 0..            mid

        # what a record may be
        compression.gzip.level          int      -1          1..9|-1        mid
        compression.lz4.level           int      9           1..17          mid
        compression.type                string   producer    {uncompressed|zstd|lz4|snappy|gzip|producer} mid
        compression.zstd.level          int      3           -131072..22    mid
        max.decompressed.message.bytes  int      2147483639  1..2147483639  mid
        max.message.bytes               int      1048588     0..            mid
        message.timestamp.after.max.ms  long     3600000     0..            mid
        message.timestamp.before.max.ms long     9223372036854775807 0..            mid
        message.timestamp.type          string   CreateTime  {CreateTime|LogAppendTime} mid

        # compaction
        max.compaction.lag.ms     long     9223372036854775807 1..            mid
        min.cleanable.dirty.ratio double   0.5         0..1           mid
        min.compaction.lag.ms     long     0           0..            mid

        # replicas
        follower.replication.throttled.replicas list     ""          throttled-replicas mid
        leader.replication.throttled.replicas   list     ""          throttled-replicas mid
        min.insync.replicas                     int      1           1..            mid
        unclean.leader.election.enable          bool     false       *              mid

        # tiered storage
        remote.copy.lag.bytes        long     -1          -1..           mid
        remote.copy.lag.ms           long     0           -1..           mid
        remote.log.copy.disable      bool     false       *              mid
        remote.log.delete.on.disable bool     false       *              mid
        remote.storage.enable        bool     false       *              mid

        # dead letters
        errors.deadletterqueue.group.enable bool     false       *              mid
        """;
}
