namespace Ottla.Configuration.Catalogs;

internal static partial class Documentation
{
    private const string GroupsTable = """
        group.initial.rebalance.delay.ms How long the first rebalance of a new group waits for more members.
        group.min.session.timeout.ms The shortest session that a member may ask for.
        group.max.session.timeout.ms The longest session that a member may ask for.
        group.max.size How many members a group may have.
        group.coordinator.append.linger.ms How long a coordinator gathers records before it writes them; -1 writes as soon as it is idle.
        group.coordinator.background.threads Threads that compute assignments of Apache Kafka's coordinators.
        group.coordinator.cached.buffer.max.bytes The largest buffer that a coordinator keeps for its next batch.
        group.coordinator.rebalance.protocols The kinds of groups that the broker serves.
        group.coordinator.threads Threads of Apache Kafka's coordinators.
        offset.metadata.max.bytes The longest note that may be committed with an offset.
        offsets.commit.timeout.ms How long a commit waits until enough replicas have it.
        offsets.load.buffer.size Bytes of committed offsets that are read at a time when a coordinator takes a partition over.
        offsets.retention.check.interval.ms How often committed offsets are looked through for those whose time is over.
        offsets.retention.minutes How long a group without members keeps its committed offsets.
        offsets.topic.compression.codec The codec of committed offsets: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
        offsets.topic.num.partitions Partitions of the topic of committed offsets; never changed once it is there.
        offsets.topic.replication.factor Replicas of the topic of committed offsets; groups do not work until that many brokers are there.
        offsets.topic.segment.bytes Size of a segment of committed offsets; small ones load and compact fast.
        group.consumer.assignment.interval.ms,consumer.assignment.interval.ms Least time between two assignments of a consumer group.
        group.consumer.assignor.offload.enable,consumer.assignor.offload.enable Whether assignments of a consumer group are computed aside.
        group.consumer.assignors Assignors of consumer groups; the first is for members that name none.
        group.consumer.heartbeat.interval.ms,consumer.heartbeat.interval.ms How often members of a consumer group send a heartbeat.
        group.consumer.max.assignment.interval.ms The most that a group may set as consumer.assignment.interval.ms.
        group.consumer.max.heartbeat.interval.ms The most that a group may set as consumer.heartbeat.interval.ms.
        group.consumer.max.session.timeout.ms The most that a group may set as consumer.session.timeout.ms.
        group.consumer.max.size How many members a consumer group may have.
        group.consumer.migration.policy Whether groups may change between the classic protocol and the consumer protocol, and in which
          direction.
        group.consumer.min.assignment.interval.ms The least that a group may set as consumer.assignment.interval.ms.
        group.consumer.min.heartbeat.interval.ms The least that a group may set as consumer.heartbeat.interval.ms.
        group.consumer.min.session.timeout.ms The least that a group may set as consumer.session.timeout.ms.
        group.consumer.regex.refresh.interval.ms How often the topics that match a group's patterns are looked up again.
        group.consumer.session.timeout.ms,consumer.session.timeout.ms Silence after which a member of a consumer group is taken for dead.
        group.share.assignment.interval.ms,share.assignment.interval.ms Least time between two assignments of a share group.
        group.share.assignor.offload.enable,share.assignor.offload.enable Whether assignments of a share group are computed aside.
        group.share.assignors Assignors of share groups.
        group.share.delivery.count.limit,share.delivery.count.limit How often a record is delivered before it is given up.
        group.share.dlq.manager.class.name Class that writes given-up records to dead letter queues.
        group.share.heartbeat.interval.ms,share.heartbeat.interval.ms How often members of a share group send a heartbeat.
        group.share.initialize.retry.interval.ms How long a share group waits before it tries again to initialize its partitions.
        group.share.max.assignment.interval.ms The most that a group may set as share.assignment.interval.ms.
        group.share.max.delivery.count.limit The most that a group may set as share.delivery.count.limit.
        group.share.max.heartbeat.interval.ms The most that a group may set as share.heartbeat.interval.ms.
        group.share.max.partition.max.record.locks The most that a group may set as share.partition.max.record.locks.
        group.share.max.record.lock.duration.ms The most that a group may set as share.record.lock.duration.ms.
        group.share.max.session.timeout.ms The most that a group may set as share.session.timeout.ms.
        group.share.max.share.sessions Share sessions that the broker remembers.
        group.share.max.size How many members a share group may have.
        group.share.min.assignment.interval.ms The least that a group may set as share.assignment.interval.ms.
        group.share.min.delivery.count.limit The least that a group may set as share.delivery.count.limit.
        group.share.min.heartbeat.interval.ms The least that a group may set as share.heartbeat.interval.ms.
        group.share.min.partition.max.record.locks The least that a group may set as share.partition.max.record.locks.
        group.share.min.record.lock.duration.ms The least that a group may set as share.record.lock.duration.ms.
        group.share.min.session.timeout.ms The least that a group may set as share.session.timeout.ms.
        group.share.partition.max.record.locks,share.partition.max.record.locks Records of a partition that a share group may have out at a
          time.
        group.share.persister.class.name Class that stores how far share groups are.
        group.share.record.lock.duration.ms,share.record.lock.duration.ms How long a member has a record to itself before another may get
          it.
        group.share.session.timeout.ms,share.session.timeout.ms Silence after which a member of a share group is taken for dead.
        share.auto.offset.reset Where a share group begins to read: earliest, latest, or a duration before now.
        share.isolation.level Whether a share group sees records of transactions that are not committed.
        share.renew.acknowledge.enable Whether a member may ask for more time for a record that it has.
        share.coordinator.append.linger.ms How long a share coordinator gathers records before it writes them; -1 writes as soon as it is
          idle.
        share.coordinator.cached.buffer.max.bytes The largest buffer that a share coordinator keeps for its next batch.
        share.coordinator.cold.partition.snapshot.interval.ms How often the state of a quiet partition is written anew, so that old records
          can go.
        share.coordinator.load.buffer.size Bytes of share state that are read at a time when a coordinator takes a partition over.
        share.coordinator.snapshot.update.records.per.snapshot Updates of a partition's share state after which the whole of it is written.
        share.coordinator.state.topic.compression.codec The codec of share state: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
        share.coordinator.state.topic.min.isr How many replicas of the share state must have a record before it counts.
        share.coordinator.state.topic.num.partitions Partitions of the topic of share state; never changed once it is there.
        share.coordinator.state.topic.prune.interval.ms How often share state that is no longer needed is deleted.
        share.coordinator.state.topic.replication.factor Replicas of the topic of share state.
        share.coordinator.state.topic.segment.bytes Size of a segment of share state; small ones load and compact fast.
        share.coordinator.threads Threads of Apache Kafka's share coordinators.
        share.coordinator.write.timeout.ms How long a write of share state waits until enough replicas have it.
        group.streams.acceptable.recovery.lag,streams.acceptable.recovery.lag Records by which a copy of a task's state may lag and still
          take the task over.
        group.streams.assignment.interval.ms,streams.assignment.interval.ms Least time between two assignments of a streams group.
        group.streams.assignor.offload.enable,streams.assignor.offload.enable Whether assignments of a streams group are computed aside.
        group.streams.assignors Assignors of streams groups; the first is for groups that name none.
        streams.assignor.name The assignor of this streams group.
        group.streams.heartbeat.interval.ms,streams.heartbeat.interval.ms How often members of a streams group send a heartbeat.
        group.streams.initial.rebalance.delay.ms,streams.initial.rebalance.delay.ms How long the first rebalance of a new streams group
          waits for more members.
        group.streams.max.assignment.interval.ms The most that a group may set as streams.assignment.interval.ms.
        group.streams.max.heartbeat.interval.ms The most that a group may set as streams.heartbeat.interval.ms.
        group.streams.max.session.timeout.ms The most that a group may set as streams.session.timeout.ms.
        group.streams.max.size How many members a streams group may have.
        group.streams.max.standby.replicas The most that a group may set as streams.num.standby.replicas.
        group.streams.max.warmup.replicas The most that a group may set as streams.num.warmup.replicas.
        group.streams.min.assignment.interval.ms The least that a group may set as streams.assignment.interval.ms.
        group.streams.min.heartbeat.interval.ms The least that a group may set as streams.heartbeat.interval.ms.
        group.streams.min.session.timeout.ms The least that a group may set as streams.session.timeout.ms.
        group.streams.min.task.offset.interval.ms The least that a group may set as streams.task.offset.interval.ms.
        group.streams.num.standby.replicas,streams.num.standby.replicas Copies of each task's state that are kept up to date on other
          members.
        group.streams.num.warmup.replicas,streams.num.warmup.replicas Copies of tasks' states that may be made at a time, to move the tasks
          there.
        group.streams.rack.aware.assignment.tags,streams.rack.aware.assignment.tags Tags of members over whose values copies of a state are
          spread.
        group.streams.session.timeout.ms,streams.session.timeout.ms Silence after which a member of a streams group is taken for dead.
        group.streams.task.offset.interval.ms,streams.task.offset.interval.ms How often members tell how far the states of their tasks are.
        group.streams.topology.description.plugin.class Class that describes the topologies of streams groups.
        """;
}
