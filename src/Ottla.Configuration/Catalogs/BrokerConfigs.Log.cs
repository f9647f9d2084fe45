namespace Ottla.Configuration.Catalogs;

public static partial class BrokerConfigs
{
    private const string DefaultRemoteLogMetadataManager =
        "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager";

    private const string LogTable = $$"""
        # where data lie
        cordoned.log.dirs                 list     ""          *              mid   per-broker
        log.dir                           list     /tmp/kafka-logs nonempty              high
        log.dir.failure.timeout.ms        long     30000       1..            low
        log.dirs                          list     -           nonempty              high
        num.recovery.threads.per.data.dir int      2           1..            high  cluster

        # segments and indexes
        log.index.interval.bytes    int      4096        0..            mid   cluster
        log.index.size.max.bytes    int      10485760    4..            mid   cluster
        log.preallocate             bool     false       *              mid   cluster
        log.roll.hours              int      168         1..            high
        log.roll.jitter.hours       int      0           0..            high
        log.roll.jitter.ms          long     -           *              high  cluster
        log.roll.ms                 long     -           *              high  cluster
        log.segment.bytes           int      1073741824  1048576..      high  cluster
        log.segment.delete.delay.ms long     60000       0..            high  cluster

        # retention
        log.cleanup.policy              list     delete      {compact|delete} mid   cluster
        log.local.retention.bytes       long     -2          -2..           mid   cluster
        log.local.retention.ms          long     -2          -2..           mid   cluster
        log.retention.bytes             long     -1          *              high  cluster
        log.retention.check.interval.ms long     300000      1..            mid
        log.retention.hours             int      168         -1..           high
        log.retention.minutes           int      -           -1..           high
        log.retention.ms                long     -           -1..           high  cluster

        # flushing
        log.flush.interval.messages                   long     9223372036854775807 1..            high  cluster
        log.flush.interval.ms                         long     -           *              high  cluster
        log.flush.offset.checkpoint.interval.ms       int      60000       0..            high
        log.flush.scheduler.interval.ms               long     9223372036854775807 *              high
        log.flush.start.offset.checkpoint.interval.ms int      60000       0..            high
        log.initial.task.delay.ms                     long     30000       0..            low   internal

        # compaction
        log.cleaner.backoff.ms              long     15000       0..            mid   cluster
        log.cleaner.dedupe.buffer.size      long     134217728   *              mid   cluster
        log.cleaner.delete.retention.ms     long     86400000    0..            mid   cluster
        log.cleaner.enable                  bool     true        *              mid
        log.cleaner.io.buffer.load.factor   double   0.9         *              mid   cluster
        log.cleaner.io.buffer.size          int      524288      0..            mid   cluster
        log.cleaner.io.max.bytes.per.second double   1.7976931348623157E308 *              mid   cluster
        log.cleaner.max.compaction.lag.ms   long     9223372036854775807 1..            mid   cluster
        log.cleaner.min.cleanable.ratio     double   0.5         0..1           mid   cluster
        log.cleaner.min.compaction.lag.ms   long     0           0..            mid   cluster
        log.cleaner.threads                 int      1           0..            mid   cluster

        # what a record may be
        compression.gzip.level              int      -1          1..9|-1        mid   cluster
        compression.lz4.level               int      9           1..17          mid   cluster
        compression.type                    string   producer    {uncompressed|zstd|lz4|snappy|gzip|producer} high  cluster
        compression.zstd.level              int      3           -131072..22    mid   cluster
        log.message.timestamp.after.max.ms  long     3600000     0..            mid   cluster
        log.message.timestamp.before.max.ms long     9223372036854775807 0..            mid   cluster
        log.message.timestamp.type          string   CreateTime  {CreateTime|LogAppendTime} mid   cluster
        max.decompressed.message.bytes      int      2147483639  1..2147483639  mid   cluster
        message.max.bytes                   int      1048588     0..            high  cluster
        min.insync.replicas                 int      1           1..            high  cluster

        # tiered storage
        follower.fetch.last.tiered.offset.enable           bool     false       *              mid   cluster
        log.remote.copy.lag.bytes                          long     -1          -1..           mid   cluster
        log.remote.copy.lag.ms                             long     0           -1..           mid   cluster
        remote.fetch.max.wait.ms                           int      500         1..            mid   cluster
        remote.list.offsets.request.timeout.ms             long     30000       1..            mid   cluster
        remote.log.index.file.cache.total.size.bytes       long     1073741824  1..            low   cluster
        remote.log.index.file.cache.ttl.ms                 long     900000      -1..           low   internal
        remote.log.manager.copier.thread.pool.size         int      10          1..            mid   cluster
        remote.log.manager.copy.max.bytes.per.second       long     9223372036854775807 1..            mid   cluster
        remote.log.manager.copy.quota.window.num           int      11          1..            mid
        remote.log.manager.copy.quota.window.size.seconds  int      1           1..            mid
        remote.log.manager.expiration.thread.pool.size     int      10          1..            mid   cluster
        remote.log.manager.fetch.max.bytes.per.second      long     9223372036854775807 1..            mid   cluster
        remote.log.manager.fetch.quota.window.num          int      11          1..            mid
        remote.log.manager.fetch.quota.window.size.seconds int      1           1..            mid
        remote.log.manager.follower.thread.pool.size       int      2           1..            mid   cluster
        remote.log.manager.task.interval.ms                long     30000       1..            low
        remote.log.manager.task.retry.backoff.max.ms       long     30000       1..            low   internal
        remote.log.manager.task.retry.backoff.ms           long     500         1..            low   internal
        remote.log.manager.task.retry.jitter               double   0.2         0..0.5         low   internal
        remote.log.manager.thread.pool.size                int      2           1..            mid
        remote.log.metadata.custom.metadata.max.bytes      int      128         0..            low
        remote.log.metadata.manager.class.name string {{DefaultRemoteLogMetadataManager}} nonempty mid
        remote.log.metadata.manager.class.path             string   -           *              mid
        remote.log.metadata.manager.impl.prefix            string   rlmm.config. nonempty       mid
        remote.log.metadata.manager.listener.name          string   -           nonempty       mid
        remote.log.reader.max.pending.tasks                int      100         1..            mid
        remote.log.reader.threads                          int      10          1..            mid   cluster
        remote.log.storage.manager.class.name              string   -           nonempty       mid
        remote.log.storage.manager.class.path              string   -           *              mid
        remote.log.storage.manager.impl.prefix             string   rsm.config. nonempty       mid
        remote.log.storage.system.enable                   bool     false       *              mid
        """;
}
