namespace Ottla.Configuration.Catalogs;

public static partial class BrokerConfigs
{
    private const string ReplicasTable = """
        # topics
        auto.create.topics.enable                        bool     true        *              high
        create.topic.policy.class.name                   class    -           *              low
        default.replication.factor                       int      1           *              mid
        delete.topic.enable                              bool     true        *              high
        errors.deadletterqueue.auto.create.topics.enable bool     false       *              mid   cluster
        errors.deadletterqueue.topic.name.prefix         string   dlq.        *              mid   cluster
        num.partitions                                   int      1           1..            mid

        # leaders
        auto.leader.rebalance.enable            bool     true        *              high
        leader.imbalance.check.interval.seconds long     300         1..            high
        unclean.leader.election.enable          bool     false       *              high  cluster
        unclean.leader.election.interval.ms     long     300000      1..            mid   internal

        # fetchers
        num.replica.alter.log.dirs.threads            int      -           *              high
        num.replica.fetchers                          int      1           1..            high  cluster
        replica.fetch.backoff.ms                      int      1000        0..            mid
        replica.fetch.max.bytes                       int      1048576     0..            mid
        replica.fetch.min.bytes                       int      1           *              high
        replica.fetch.response.max.bytes              int      10485760    0..            mid
        replica.fetch.wait.max.ms                     int      500         *              high
        replica.high.watermark.checkpoint.interval.ms long     5000        *              high
        replica.lag.time.max.ms                       long     30000       *              high
        replica.selector.class                        string   -           *              mid
        replica.socket.receive.buffer.bytes           int      65536       *              high
        replica.socket.timeout.ms                     int      30000       *              high

        # fetches of clients
        delete.records.purgatory.purge.interval.requests int      1           *              mid
        fetch.max.bytes                                  int      57671680    1024..         mid
        fetch.purgatory.purge.interval.requests          int      1000        *              mid
        max.incremental.fetch.session.cache.slots        int      1000        0..            mid
        producer.purgatory.purge.interval.requests       int      1000        *              mid
        share.fetch.purgatory.purge.interval.requests    int      1000        *              mid

        # quotas
        alter.log.dirs.replication.quota.window.num          int      11          1..            low
        alter.log.dirs.replication.quota.window.size.seconds int      1           1..            low
        client.quota.callback.class                          class    -           *              low
        controller.quota.window.num                          int      11          1..            low
        controller.quota.window.size.seconds                 int      1           1..            low
        quota.window.num                                     int      11          1..            low
        quota.window.size.seconds                            int      1           1..            low
        replication.quota.window.num                         int      11          1..            low
        replication.quota.window.size.seconds                int      1           1..            low

        # producers and transactions
        add.partitions.to.txn.retry.backoff.max.ms                  int      100         0..            high
        add.partitions.to.txn.retry.backoff.ms                      int      20          1..            high
        producer.id.expiration.check.interval.ms                    int      600000      1..            low   internal
        producer.id.expiration.ms                                   int      86400000    1..            low   cluster
        transaction.abort.timed.out.transaction.cleanup.interval.ms int      10000       1..            low
        transaction.max.timeout.ms                                  int      900000      1..            high
        transaction.partition.verification.enable                   bool     true        *              low   cluster
        transaction.remove.expired.transaction.cleanup.interval.ms  int      3600000     1..            low
        transaction.state.log.load.buffer.size                      int      5242880     1..            high
        transaction.state.log.min.isr                               int      2           1..            high
        transaction.state.log.num.partitions                        int      50          1..            high
        transaction.state.log.replication.factor                    short    3           1..            high
        transaction.state.log.segment.bytes                         int      104857600   1..            high
        transaction.two.phase.commit.enable                         bool     false       *              low
        transactional.id.expiration.ms                              int      604800000   1..            high

        # metrics
        kafka.metrics.polling.interval.secs int      10          1..            low
        kafka.metrics.reporters             list     ""          *              low
        metric.reporters                    list     org.apache.kafka.common.metrics.JmxReporter *              low   cluster
        metrics.num.samples                 int      2           1..            low
        metrics.recording.level             string   INFO        *              low
        metrics.sample.window.ms            long     30000       1..            low
        telemetry.max.bytes                 int      1048576     1..            low

        # plug-ins
        alter.config.policy.class.name class    -           *              low
        config.providers               list     ""          *              low   cluster
        """;
}
