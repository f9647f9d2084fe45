namespace Ottla.Configuration.Catalogs;

internal static partial class Documentation
{
    private const string NodeTable = """
        node.id,broker.id Number of this node, unique in the cluster.
        process.roles What this node is: broker, controller, or both.
        broker.rack Where the broker stands; replicas of a partition are spread over racks.
        listeners Addresses on which the node accepts connections, as NAME://HOST:PORT. An empty host is every address of the machine.
        advertised.listeners Addresses that clients are told to connect to; the listeners themselves when not set.
        early.start.listeners Listeners that serve before the broker is ready; the controllers' when not set.
        listener.security.protocol.map Which protocol each listener speaks, as NAME:PROTOCOL.
        inter.broker.listener.name The listener through which brokers talk to each other.
        security.inter.broker.protocol The protocol between brokers, where no listener is named for it.
        controller.listener.names The listeners through which nodes talk to controllers; the first is the one that this node uses.
        config.providers Names of the places from which ${name:path:key} in other values is read: environment, files, directories.
        background.threads Threads of Apache Kafka for work that nobody waits for. Here loops share the thread pool.
        num.io.threads,num.network.threads Threads of Apache Kafka's own request handling.
        connection.failed.authentication.delay.ms How long the answer to a failed authentication waits, so that guessing takes long.
        connections.max.idle.ms How long a connection may be silent before it is closed.
        connections.max.reauth.ms How long an authenticated connection lasts before its client has to prove itself again; 0 is for ever.
        controller.socket.timeout.ms How long a broker waits for an answer of the controller before it connects anew.
        max.connection.creation.rate New connections a second that the broker accepts, over all listeners or on one.
        max.connections How many connections a broker accepts.
        max.connections.per.ip How many connections a broker accepts from one address.
        max.connections.per.ip.overrides Addresses with a limit of connections of their own, as HOST:COUNT.
        max.request.partition.size.limit Partitions that one answer to DescribeTopicPartitions has; the client asks for the next page.
        queued.max.request.bytes Bytes of requests that wait before no more are read; negative is no limit of its own.
        queued.max.requests Requests that may wait before no more are read.
        request.timeout.ms How long this node waits for the answer of another one.
        socket.connection.setup.timeout.max.ms The longest wait for a connection; each failed attempt waits longer than the one before, up
          to this.
        socket.connection.setup.timeout.ms How long the first attempt to connect to another node waits.
        socket.listen.backlog.size Connections that may wait to be accepted.
        socket.receive.buffer.bytes The kernel's receive buffer of a connection; -1 leaves it to the system.
        socket.request.max.bytes The largest request that is read.
        socket.send.buffer.bytes The kernel's send buffer of a connection; -1 leaves it to the system.
        controller.performance.always.log.threshold.ms A controller's event that takes longer than this is logged whenever it happens.
        controller.performance.sample.period.ms How often the controller logs how long its events took.
        controller.quorum.append.linger.ms How long the leading controller gathers records before it writes them to its disk.
        controller.quorum.auto.join.enable Whether a controller that is no voter asks to become one when it has caught up.
        controller.quorum.bootstrap.servers Addresses of some controllers, from which the others are found.
        controller.quorum.election.backoff.max.ms The longest random wait before a controller that lost an election tries again.
        controller.quorum.election.timeout.ms How long a candidate waits for votes before it begins another election.
        controller.quorum.fetch.max.bytes The most bytes of the metadata log that one fetch of it returns.
        controller.quorum.fetch.snapshot.max.bytes The most bytes of a metadata snapshot that one fetch of it returns.
        controller.quorum.fetch.timeout.ms How long a voter goes without news of the leader before it seeks another one, and how long a
          leader goes without fetches of a majority before it resigns.
        controller.quorum.request.timeout.ms How long a controller waits for another's answer before it asks again.
        controller.quorum.retry.backoff.ms How long a controller waits before it repeats a request that failed.
        controller.quorum.voters The controllers that vote, as ID@HOST:PORT.
        broker.heartbeat.interval.ms Time between a broker's heartbeats to the controller.
        broker.session.timeout.ms Silence after which the controller takes a broker for dead.
        controlled.shutdown.enable Whether a broker that stops hands its leaders over first.
        initial.broker.registration.timeout.ms How long a starting broker tries to register with the controller before it gives up.
        server.max.startup.time.ms How long a start may take before the node gives up.
        internal.metadata.delete.delay.millis How long files of the metadata log that are no longer needed stay on disk.
        internal.metadata.log.segment.bytes Size at which a segment of the metadata log is closed, below the regular least; for tests.
        internal.metadata.max.batch.size.in.bytes The largest batch that is written to the metadata log.
        metadata.log.dir Directory of the metadata log; the first of the log directories when not set.
        metadata.log.max.record.bytes.between.snapshots Bytes of new metadata records after which a snapshot is made.
        metadata.log.max.snapshot.interval.ms Time after which a snapshot is made if there is anything new; 0 makes them by size alone.
        metadata.log.segment.bytes Size at which a segment of the metadata log is closed and a new one begins.
        metadata.log.segment.ms Age at which a segment of the metadata log is closed though it is not full.
        metadata.max.idle.interval.ms How often an idle controller writes a record without meaning, so that nodes can see whether they lag;
          0 is never.
        metadata.max.retention.bytes Size of metadata log and snapshots above which the oldest go.
        metadata.max.retention.ms Age at which a metadata segment or snapshot goes once a newer snapshot is there.
        unstable.api.versions.enable Whether versions of requests that may still change are offered.
        unstable.feature.versions.enable Whether levels of features that may still change are offered.
        telemetry.max.bytes The largest batch of metrics that a client may send.
        kafka.metrics.polling.interval.secs How often Apache Kafka's own reporters of metrics are asked, in seconds.
        kafka.metrics.reporters Classes of Apache Kafka that take the metrics of its brokers.
        metric.reporters Classes that are told of every metric.
        metrics.num.samples Samples over which a metric's rate is computed.
        metrics.recording.level How fine metrics are: INFO, DEBUG or TRACE.
        metrics.sample.window.ms How long one sample of a metric's rate lasts.
        client.quota.callback.class A class that decides on the quotas of clients in place of the built-in rules.
        alter.config.policy.class.name A class that may refuse changes of configs.
        create.topic.policy.class.name A class that may refuse new topics.
        interval.ms How often clients of this subscription push their metrics.
        match Which clients the subscription is for, as SELECTOR=PATTERN; all when empty.
        metrics Beginnings of the names of metrics that are asked for; all of them when it is one empty name or *.
        producer_byte_rate Bytes a second that a producer may send before it is slowed down.
        consumer_byte_rate Bytes a second that a consumer may fetch before it is slowed down.
        request_percentage Share of the request threads' time that a client may use, in percent; 100 is one thread.
        controller_mutation_rate Partitions a second that a client may create and delete.
        connection_creation_rate Connections a second that an address may open.
        """;
}
