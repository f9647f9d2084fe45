namespace Ottla.Configuration.Catalogs;

/// <summary>Which configs do something. All others that Kafka knows are accepted, and said to have no effect yet.</summary>
/// <remarks>
/// Whoever makes a config work adds its name here, in the commit that makes it work; the tests see that each name is known.
/// </remarks>
public static class Obeyed
{
    private static HashSet<string>? _ofBrokers;
    private static HashSet<string>? _ofTopics;

    public static bool ByBroker(string name) => (_ofBrokers ??= Read(OfBrokers)).Contains(name);

    public static bool ByTopic(string name) => (_ofTopics ??= Read(OfTopics)).Contains(name);

    /// <summary>Configs of our own, with the prefix `ottla.`.</summary>
    public static bool IsOwn(string name) => name is "ottla.http.listener" or "ottla.log.dir";

    /// <summary>Those of our own that wait for their room: the console is not there yet.</summary>
    public static bool WaitsForItsRoom(string name) => name == "ottla.http.listener";

    internal static IReadOnlyCollection<string> AllOfBrokers => _ofBrokers ??= Read(OfBrokers);

    internal static IReadOnlyCollection<string> AllOfTopics => _ofTopics ??= Read(OfTopics);

    private static HashSet<string> Read(string table)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in table.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)) names.Add(name);
        return names;
    }

    private const string OfBrokers = """
        node.id broker.id process.roles broker.rack
        listeners advertised.listeners listener.security.protocol.map inter.broker.listener.name security.inter.broker.protocol
        controller.listener.names controller.quorum.voters controller.quorum.bootstrap.servers
        log.dir log.dirs metadata.log.dir config.providers
        num.partitions default.replication.factor auto.create.topics.enable delete.topic.enable
        offsets.topic.num.partitions offsets.topic.replication.factor offsets.topic.segment.bytes offset.metadata.max.bytes
        offsets.retention.minutes offsets.retention.check.interval.ms
        group.initial.rebalance.delay.ms group.min.session.timeout.ms group.max.session.timeout.ms group.max.size
        group.consumer.session.timeout.ms group.consumer.heartbeat.interval.ms group.consumer.assignment.interval.ms group.consumer.max.size
        group.consumer.min.session.timeout.ms group.consumer.min.heartbeat.interval.ms group.consumer.min.assignment.interval.ms
        group.consumer.max.session.timeout.ms group.consumer.max.heartbeat.interval.ms group.consumer.max.assignment.interval.ms
        group.consumer.assignors group.consumer.migration.policy group.consumer.regex.refresh.interval.ms
        producer.id.expiration.ms producer.id.expiration.check.interval.ms
        message.max.bytes log.cleanup.policy log.retention.ms log.retention.minutes log.retention.hours log.retention.bytes
        log.retention.check.interval.ms log.segment.bytes log.roll.ms log.roll.hours log.index.interval.bytes log.index.size.max.bytes
        log.segment.delete.delay.ms log.message.timestamp.type log.message.timestamp.before.max.ms log.message.timestamp.after.max.ms
        log.roll.jitter.ms log.roll.jitter.hours log.flush.interval.messages log.flush.interval.ms log.flush.scheduler.interval.ms
        log.flush.offset.checkpoint.interval.ms log.flush.start.offset.checkpoint.interval.ms log.initial.task.delay.ms
        replica.alter.log.dirs.io.max.bytes.per.second replica.high.watermark.checkpoint.interval.ms num.recovery.threads.per.data.dir cordoned.log.dirs
        compression.type compression.gzip.level compression.lz4.level compression.zstd.level max.decompressed.message.bytes
        min.insync.replicas replica.lag.time.max.ms replica.selector.class
        num.replica.fetchers replica.fetch.max.bytes replica.fetch.min.bytes replica.fetch.response.max.bytes replica.fetch.wait.max.ms
        replica.fetch.backoff.ms replica.socket.timeout.ms leader.replication.throttled.rate follower.replication.throttled.rate
        broker.session.timeout.ms broker.heartbeat.interval.ms controlled.shutdown.enable
        controller.quorum.election.timeout.ms controller.quorum.election.backoff.max.ms controller.quorum.fetch.timeout.ms
        controller.quorum.request.timeout.ms controller.quorum.retry.backoff.ms controller.quorum.fetch.max.bytes
        controller.quorum.fetch.snapshot.max.bytes controller.quorum.auto.join.enable log.dir.failure.timeout.ms
        auto.leader.rebalance.enable leader.imbalance.check.interval.seconds unclean.leader.election.enable
        unclean.leader.election.interval.ms metadata.max.idle.interval.ms
        socket.request.max.bytes socket.listen.backlog.size connections.max.idle.ms fetch.max.bytes
        max.connections max.connections.per.ip queued.max.request.bytes
        max.incremental.fetch.session.cache.slots max.request.partition.size.limit
        metadata.log.segment.bytes metadata.log.segment.ms metadata.log.max.record.bytes.between.snapshots
        metadata.log.max.snapshot.interval.ms metadata.max.retention.bytes metadata.max.retention.ms
        """;

    private const string OfTopics = """
        cleanup.policy retention.ms retention.bytes segment.bytes segment.ms segment.jitter.ms segment.index.bytes index.interval.bytes
        flush.messages flush.ms max.message.bytes max.decompressed.message.bytes
        compression.type compression.gzip.level compression.lz4.level compression.zstd.level
        message.timestamp.type message.timestamp.before.max.ms message.timestamp.after.max.ms
        min.insync.replicas file.delete.delay.ms leader.replication.throttled.replicas follower.replication.throttled.replicas
        """;
}
