namespace Ottla.Configuration.Catalogs;

internal static partial class Documentation
{
    private const string ReplicasTable = """
        num.partitions Partitions of a topic whose creator does not say how many.
        default.replication.factor Replicas of a topic whose creator does not say how many.
        auto.create.topics.enable Whether a client's question about an unknown topic creates it.
        delete.topic.enable Whether topics can be deleted.
        auto.leader.rebalance.enable Whether the controller gives leadership back to the preferred replicas from time to time.
        leader.imbalance.check.interval.seconds How often the controller looks for partitions that are not led by their preferred replica.
        num.replica.alter.log.dirs.threads Threads that move replicas between the directories of a broker; one for each directory when not
          set.
        num.replica.fetchers Connections over which a follower fetches from each leader's broker.
        replica.fetch.backoff.ms How long a follower waits after a fetch that failed.
        replica.fetch.max.bytes Bytes that a follower asks for of one partition; a larger batch comes whole.
        replica.fetch.min.bytes Bytes for which a leader lets a follower's fetch wait.
        replica.fetch.response.max.bytes Bytes that a follower asks for in one fetch over all partitions.
        replica.fetch.wait.max.ms How long a leader lets a follower's fetch wait for new records.
        replica.high.watermark.checkpoint.interval.ms How often the high watermarks of all partitions are written to disk.
        replica.lag.time.max.ms How long a follower may lag before it leaves the in-sync replicas.
        replica.selector.class How a consumer is sent to a replica near it: the class's name, of which that by rack is known.
        replica.socket.receive.buffer.bytes The kernel's receive buffer of a follower's connection to its leader; -1 leaves it to the
          system.
        replica.socket.timeout.ms How long a follower waits for its leader's answer; at least replica.fetch.wait.max.ms.
        leader.replication.throttled.replicas Replicas whose leaders send at no more than the throttled rate, as PARTITION:BROKER, or * for
          all.
        follower.replication.throttled.replicas Replicas that fetch at no more than the throttled rate, as PARTITION:BROKER, or * for all.
        leader.replication.throttled.rate Bytes a second that the broker sends to throttled followers at most.
        follower.replication.throttled.rate Bytes a second that the broker fetches for throttled replicas at most.
        replica.alter.log.dirs.io.max.bytes.per.second Bytes a second that moves between the broker's directories copy at most.
        delete.records.purgatory.purge.interval.requests Finished waits for deletions after which Apache Kafka tidies its list of them.
        fetch.purgatory.purge.interval.requests Finished waits of fetches after which Apache Kafka tidies its list of them.
        producer.purgatory.purge.interval.requests Finished waits of producers after which Apache Kafka tidies its list of them.
        share.fetch.purgatory.purge.interval.requests Finished waits of share fetches after which Apache Kafka tidies its list of them.
        fetch.max.bytes The most that one fetch returns.
        max.incremental.fetch.session.cache.slots Fetch sessions that the broker remembers; a client without one names all its partitions
          each time.
        alter.log.dirs.replication.quota.window.num Samples over which the rate of moves between directories is measured.
        alter.log.dirs.replication.quota.window.size.seconds How long one sample of the rate of moves between directories lasts, in seconds.
        controller.quota.window.num Samples over which the rate of changes of topics is measured.
        controller.quota.window.size.seconds How long one sample of the rate of changes of topics lasts, in seconds.
        quota.window.num Samples over which the rates of clients are measured.
        quota.window.size.seconds How long one sample of a client's rate lasts, in seconds.
        replication.quota.window.num Samples over which the rate of throttled replication is measured.
        replication.quota.window.size.seconds How long one sample of the rate of throttled replication lasts, in seconds.
        add.partitions.to.txn.retry.backoff.ms How long the broker waits before it asks again whether a producer's transaction is still
          ending.
        add.partitions.to.txn.retry.backoff.max.ms How long at most the broker lets a producer wait for its former transaction to end.
        transaction.abort.timed.out.transaction.cleanup.interval.ms How often transactions are looked through for those that took too long.
        transaction.max.timeout.ms The longest time-out that a transactional producer may ask for.
        transaction.partition.verification.enable Whether a partition asks the coordinator if a transaction is really open before it takes
          its records.
        transaction.remove.expired.transaction.cleanup.interval.ms How often transactional ids that nobody uses any more are removed.
        transaction.state.log.load.buffer.size Bytes of the transaction log that are read at a time when a coordinator takes a partition
          over.
        transaction.state.log.min.isr How many replicas of the transaction log must have a record before it counts.
        transaction.state.log.num.partitions Partitions of the transaction log; never changed once it is there.
        transaction.state.log.replication.factor Replicas of the transaction log.
        transaction.state.log.segment.bytes Size of a segment of the transaction log; small ones load and compact fast.
        transaction.two.phase.commit.enable Whether producers may prepare a transaction and leave the commit to somebody else.
        transactional.id.expiration.ms How long a transactional id is kept after its last use.
        errors.deadletterqueue.auto.create.topics.enable Whether a dead letter queue's topic is made when the first record goes there.
        errors.deadletterqueue.topic.name.prefix What the name of a dead letter queue's topic has to begin with.
        errors.deadletterqueue.topic.name Topic to which records go that no member of the group could process; none when empty.
        errors.deadletterqueue.copy.record.enable Whether the record itself goes to the dead letter queue, or only where it lies.
        errors.deadletterqueue.group.enable Whether the topic may be the dead letter queue of groups.
        """;
}
