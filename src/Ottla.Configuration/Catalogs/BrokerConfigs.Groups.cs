namespace Ottla.Configuration.Catalogs;

public static partial class BrokerConfigs
{
    private const string GroupsTable = """
        # the coordinator
        group.coordinator.append.linger.ms        int      -1          -1..           mid
        group.coordinator.background.threads      int      2           1..            high
        group.coordinator.cached.buffer.max.bytes int      1048588     524288..       mid   cluster
        group.coordinator.rebalance.protocols     list     classic,consumer,streams {consumer|classic|share|streams}+ mid
        group.coordinator.threads                 int      4           1..            high

        # classic groups
        group.initial.rebalance.delay.ms int      3000        *              mid
        group.max.session.timeout.ms     int      1800000     *              mid
        group.max.size                   int      2147483647  1..            mid
        group.min.session.timeout.ms     int      6000        *              mid

        # committed offsets
        offset.metadata.max.bytes           int      4096        *              high
        offsets.commit.timeout.ms           int      5000        1..            high
        offsets.load.buffer.size            int      5242880     1..            high
        offsets.retention.check.interval.ms long     600000      1..            high
        offsets.retention.minutes           int      10080       1..            high
        offsets.topic.compression.codec     int      0           *              high
        offsets.topic.num.partitions        int      50          1..            high
        offsets.topic.replication.factor    short    3           1..            high
        offsets.topic.segment.bytes         int      104857600   1..            high

        # consumer groups (KIP-848)
        group.consumer.assignment.interval.ms     int      1000        0..            mid   cluster
        group.consumer.assignor.offload.enable    bool     true        *              mid   cluster internal
        group.consumer.assignors                  list     uniform,range nonempty              mid
        group.consumer.heartbeat.interval.ms      int      5000        1..            mid
        group.consumer.max.assignment.interval.ms int      15000       0..            mid
        group.consumer.max.heartbeat.interval.ms  int      15000       1..            mid
        group.consumer.max.session.timeout.ms     int      60000       1..            mid
        group.consumer.max.size                   int      2147483647  1..            mid
        group.consumer.migration.policy           string   bidirectional {~DISABLED|DOWNGRADE|UPGRADE|BIDIRECTIONAL} mid
        group.consumer.min.assignment.interval.ms int      0           0..            mid
        group.consumer.min.heartbeat.interval.ms  int      5000        1..            mid
        group.consumer.min.session.timeout.ms     int      45000       1..            mid
        group.consumer.regex.refresh.interval.ms  int      600000      10000..        mid   internal
        group.consumer.session.timeout.ms         int      45000       1..            mid

        # share groups (KIP-932)
        group.share.assignment.interval.ms                     int      1000        0..            mid   cluster
        group.share.assignor.offload.enable                    bool     true        *              mid   cluster internal
        group.share.assignors                                  list     simple      nonempty              mid
        group.share.delivery.count.limit                       int      5           2..10          mid
        group.share.dlq.manager.class.name string org.apache.kafka.server.share.dlq.DefaultShareGroupDLQManager * mid internal
        group.share.heartbeat.interval.ms                      int      5000        1..            mid
        group.share.initialize.retry.interval.ms               int      30000       1..            low   internal
        group.share.max.assignment.interval.ms                 int      15000       0..            mid
        group.share.max.delivery.count.limit                   int      10          5..25          mid
        group.share.max.heartbeat.interval.ms                  int      15000       1..            mid
        group.share.max.partition.max.record.locks             int      4000        2000..10000    mid
        group.share.max.record.lock.duration.ms                int      60000       30000..3600000 mid
        group.share.max.session.timeout.ms                     int      60000       1..            mid
        group.share.max.share.sessions                         int      2000        1..            mid
        group.share.max.size                                   int      200         1..1000        mid
        group.share.min.assignment.interval.ms                 int      0           0..            mid
        group.share.min.delivery.count.limit                   int      2           2..5           mid
        group.share.min.heartbeat.interval.ms                  int      5000        1..            mid
        group.share.min.partition.max.record.locks             int      100         100..2000      mid
        group.share.min.record.lock.duration.ms                int      15000       1000..30000    mid
        group.share.min.session.timeout.ms                     int      45000       1..            mid
        group.share.partition.max.record.locks                 int      2000        100..10000     mid
        group.share.persister.class.name string org.apache.kafka.server.share.persister.DefaultStatePersister * mid internal
        group.share.record.lock.duration.ms                    int      30000       1000..3600000  mid
        group.share.session.timeout.ms                         int      45000       1..            mid
        share.coordinator.append.linger.ms                     int      -1          -1..           mid
        share.coordinator.cached.buffer.max.bytes              int      1048588     524288..       mid   cluster
        share.coordinator.cold.partition.snapshot.interval.ms  int      300000      1..            low   internal
        share.coordinator.load.buffer.size                     int      5242880     1..            high
        share.coordinator.snapshot.update.records.per.snapshot int      500         0..500         mid
        share.coordinator.state.topic.compression.codec        int      0           *              high
        share.coordinator.state.topic.min.isr                  short    2           1..            high
        share.coordinator.state.topic.num.partitions           int      50          1..            high
        share.coordinator.state.topic.prune.interval.ms        int      300000      1..            low   internal
        share.coordinator.state.topic.replication.factor       short    3           1..            high
        share.coordinator.state.topic.segment.bytes            int      104857600   1..            high
        share.coordinator.threads                              int      1           1..            mid
        share.coordinator.write.timeout.ms                     int      5000        1..            high

        # streams groups (KIP-1071)
        group.streams.acceptable.recovery.lag           long     10000       0..            mid   internal
        group.streams.assignment.interval.ms            int      1000        0..            mid   cluster
        group.streams.assignor.offload.enable           bool     true        *              mid   cluster internal
        group.streams.assignors                         list     sticky      nonempty              mid
        group.streams.heartbeat.interval.ms             int      5000        1..            mid
        group.streams.initial.rebalance.delay.ms        int      3000        0..            mid
        group.streams.max.assignment.interval.ms        int      15000       0..            mid
        group.streams.max.heartbeat.interval.ms         int      15000       1..            mid
        group.streams.max.session.timeout.ms            int      60000       1..            mid
        group.streams.max.size                          int      2147483647  1..            mid
        group.streams.max.standby.replicas              int      2           0..            mid
        group.streams.max.warmup.replicas               int      20          0..            mid   internal
        group.streams.min.assignment.interval.ms        int      0           0..            mid
        group.streams.min.heartbeat.interval.ms         int      5000        1..            mid
        group.streams.min.session.timeout.ms            int      45000       1..            mid
        group.streams.min.task.offset.interval.ms       int      15000       1..            mid   internal
        group.streams.num.standby.replicas              int      0           0..            mid
        group.streams.num.warmup.replicas               int      2           0..            mid   internal
        group.streams.rack.aware.assignment.tags        list     ""          *              low
        group.streams.session.timeout.ms                int      45000       1..            mid
        group.streams.task.offset.interval.ms           int      60000       1..            mid   internal
        group.streams.topology.description.plugin.class class    -           *              mid
        """;
}
