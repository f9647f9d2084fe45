namespace Ottla.Configuration.Catalogs;

public static partial class BrokerConfigs
{
    private const string NodeTable = """
        # who the node is
        node.id       int      !           0..            high
        broker.id     int      -1          *              high
        process.roles list     !           {broker|controller}+ high
        broker.rack   string   -           *              mid

        # where it listens
        advertised.listeners           list     -           nonempty              high
        controller.listener.names      list     !           nonempty              high
        early.start.listeners          list     -           *              high
        inter.broker.listener.name     string   -           *              mid
        listener.security.protocol.map string SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT * low per-broker
        listeners                      list     PLAINTEXT://:9092 nonempty              high  per-broker
        security.inter.broker.protocol string   PLAINTEXT   {PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL} mid

        # sockets and connections
        background.threads                        int      10          1..            high  cluster
        connection.failed.authentication.delay.ms int      100         0..            low
        connections.max.idle.ms                   long     600000      *              mid
        connections.max.reauth.ms                 long     0           *              mid
        controller.socket.timeout.ms              int      30000       *              mid
        max.connection.creation.rate              int      2147483647  0..            mid   cluster
        max.connections                           int      2147483647  0..            mid   cluster
        max.connections.per.ip                    int      2147483647  0..            mid   cluster
        max.connections.per.ip.overrides          string   ""          *              mid   cluster
        max.request.partition.size.limit          int      2000        1..            mid
        num.io.threads                            int      8           1..            high  cluster
        num.network.threads                       int      3           1..            high  cluster
        queued.max.request.bytes                  long     -1          *              mid
        queued.max.requests                       int      500         1..            high
        request.timeout.ms                        int      30000       *              high
        socket.connection.setup.timeout.max.ms    long     30000       *              mid
        socket.connection.setup.timeout.ms        long     10000       *              mid
        socket.listen.backlog.size                int      50          1..            mid
        socket.receive.buffer.bytes               int      102400      *              high
        socket.request.max.bytes                  int      104857600   1..            high
        socket.send.buffer.bytes                  int      102400      *              high

        # the quorum of controllers
        controller.performance.always.log.threshold.ms long     2000        0..            mid   internal
        controller.performance.sample.period.ms        long     60000       100..          mid   internal
        controller.quorum.append.linger.ms             int      25          0..            mid
        controller.quorum.auto.join.enable             bool     false       *              low
        controller.quorum.bootstrap.servers            list     ""          *       high
        controller.quorum.election.backoff.max.ms      int      1000        0..            high
        controller.quorum.election.timeout.ms          int      1000        0..            high
        controller.quorum.fetch.max.bytes              int      1048576     1..            low
        controller.quorum.fetch.snapshot.max.bytes     int      1048576     1..            low
        controller.quorum.fetch.timeout.ms             int      2000        0..            high
        controller.quorum.request.timeout.ms           int      2000        0..            mid
        controller.quorum.retry.backoff.ms             int      20          0..            low
        controller.quorum.voters                       list     ""          *       high

        # registration with the controllers
        broker.heartbeat.interval.ms           int      2000        *              mid
        broker.session.timeout.ms              int      9000        *              mid
        controlled.shutdown.enable             bool     true        *              mid
        initial.broker.registration.timeout.ms int      60000       *              mid
        server.max.startup.time.ms             long     9223372036854775807 0..            mid   internal

        # the metadata log
        internal.metadata.delete.delay.millis           long     60000       *              low   internal
        internal.metadata.log.segment.bytes             int      -           *              low   internal
        internal.metadata.max.batch.size.in.bytes       int      8388608     *              low   internal
        metadata.log.dir                                string   -           *              high
        metadata.log.max.record.bytes.between.snapshots long     20971520    1..            high
        metadata.log.max.snapshot.interval.ms           long     3600000     0..            high
        metadata.log.segment.bytes                      int      1073741824  8388608..      high
        metadata.log.segment.ms                         long     604800000   *              high
        metadata.max.idle.interval.ms                   int      500         0..            low
        metadata.max.retention.bytes                    long     104857600   *              high
        metadata.max.retention.ms                       long     604800000   *              high

        # what unfinished features may be switched on
        unstable.api.versions.enable     bool     false       *              high  internal
        unstable.feature.versions.enable bool     false       *              high  internal
        """;
}
