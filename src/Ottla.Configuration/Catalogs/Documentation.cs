namespace Ottla.Configuration.Catalogs;

/// <summary>What the configs that people look up most do, in a sentence each.</summary>
/// <remarks>Read on the first request that asks for documentation; nobody else pays for it.</remarks>
internal static class Documentation
{
    private static Dictionary<string, string>? _sentences;

    public static string? Of(string name) => (_sentences ??= Read()).GetValueOrDefault(name);

    private static Dictionary<string, string> Read()
    {
        var sentences = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in Table.Split('\n'))
        {
            var end = line.IndexOf(' ');
            var text = line[(end + 1)..];
            foreach (var name in line[..end].Split(',')) sentences[name] = text;
        }

        return sentences;
    }

    private const string Table = """
        node.id,broker.id Number of this node, unique in the cluster.
        process.roles What this node is: broker, controller, or both.
        broker.rack Where the broker stands; replicas of a partition are spread over racks.
        listeners Addresses on which the node accepts connections, as NAME://HOST:PORT.
        advertised.listeners Addresses that clients are told to connect to; the listeners themselves when not set.
        listener.security.protocol.map Which protocol each listener speaks, as NAME:PROTOCOL.
        inter.broker.listener.name The listener through which brokers talk to each other.
        controller.listener.names The listeners through which nodes talk to controllers.
        controller.quorum.voters The controllers that vote, as ID@HOST:PORT.
        controller.quorum.bootstrap.servers Addresses of some controllers, from which the others are found.
        log.dir,log.dirs Directories that hold the partitions.
        metadata.log.dir Directory of the metadata log; the first of the log directories when not set.
        num.partitions Partitions of a topic whose creator does not say how many.
        default.replication.factor Replicas of a topic whose creator does not say how many.
        auto.create.topics.enable Whether a client's question about an unknown topic creates it.
        delete.topic.enable Whether topics can be deleted.
        message.max.bytes,max.message.bytes The largest batch of records that is taken, after compression.
        compression.type The codec that batches are stored with; producer keeps what the producer chose.
        min.insync.replicas How many replicas must have a record before it is acknowledged to a producer that asks for all.
        unclean.leader.election.enable Whether a replica that lacks records may lead when no other is left; such records are lost.
        cleanup.policy,log.cleanup.policy What happens to old segments: delete, compact, or both.
        retention.ms,log.retention.ms How long a segment stays after its newest record; -1 is forever.
        log.retention.minutes How long a segment stays after its newest record, in minutes; log.retention.ms comes first.
        log.retention.hours How long a segment stays after its newest record, in hours; log.retention.ms and .minutes come first.
        retention.bytes,log.retention.bytes Size of a partition above which its oldest segments go; -1 is no limit.
        segment.bytes,log.segment.bytes Size at which a segment is closed and a new one begins.
        segment.ms,log.roll.ms Age at which a segment is closed though it is not full.
        log.roll.hours Age in hours at which a segment is closed though it is not full; log.roll.ms comes first.
        segment.jitter.ms,log.roll.jitter.ms A random time up to this is taken off a segment's age limit, so that not all roll at once.
        segment.index.bytes,log.index.size.max.bytes Size of an index at which its segment is closed.
        index.interval.bytes,log.index.interval.bytes Bytes of records between two entries of an offset index.
        flush.messages,log.flush.interval.messages Records after which a partition is flushed to disk.
        flush.ms,log.flush.interval.ms Time after which a partition is flushed to disk.
        file.delete.delay.ms,log.segment.delete.delay.ms How long a deleted segment's file stays on disk for readers that still use it.
        delete.retention.ms,log.cleaner.delete.retention.ms How long compaction keeps the mark of a deleted key.
        min.cleanable.dirty.ratio,log.cleaner.min.cleanable.ratio Share of uncompacted bytes from which a partition is worth compacting.
        min.compaction.lag.ms,log.cleaner.min.compaction.lag.ms Age that a record reaches before compaction may remove it.
        max.compaction.lag.ms,log.cleaner.max.compaction.lag.ms Age at which a record is compacted whatever the share of uncompacted bytes.
        message.timestamp.type,log.message.timestamp.type Whose time a record carries: its creation's, or its append's.
        message.timestamp.before.max.ms,log.message.timestamp.before.max.ms How far a record's time may lie before the broker's.
        message.timestamp.after.max.ms,log.message.timestamp.after.max.ms How far a record's time may lie after the broker's.
        preallocate,log.preallocate Whether a new segment's file takes its full size at once.
        connections.max.idle.ms How long a connection may be silent before it is closed.
        max.connections How many connections a broker accepts.
        max.connections.per.ip How many connections a broker accepts from one address.
        socket.request.max.bytes The largest request that is read.
        socket.listen.backlog.size Connections that may wait to be accepted.
        queued.max.requests Requests that may wait before no more are read.
        fetch.max.bytes The most that one fetch returns.
        offsets.topic.num.partitions Partitions of the topic of committed offsets.
        offsets.topic.replication.factor Replicas of the topic of committed offsets.
        offsets.retention.minutes How long a group without members keeps its committed offsets.
        offset.metadata.max.bytes The longest note that may be committed with an offset.
        group.initial.rebalance.delay.ms How long the first rebalance of a new group waits for more members.
        group.min.session.timeout.ms The shortest session that a member may ask for.
        group.max.session.timeout.ms The longest session that a member may ask for.
        group.max.size How many members a group may have.
        transaction.max.timeout.ms The longest time-out that a transactional producer may ask for.
        transactional.id.expiration.ms How long a transactional id is kept after its last use.
        producer.id.expiration.ms How long a partition remembers an idempotent producer that is silent.
        replica.lag.time.max.ms How long a follower may lag before it leaves the in-sync replicas.
        broker.heartbeat.interval.ms Time between a broker's heartbeats to the controller.
        broker.session.timeout.ms Silence after which the controller takes a broker for dead.
        num.io.threads,num.network.threads Threads of Apache Kafka's own request handling.
        """;
}
