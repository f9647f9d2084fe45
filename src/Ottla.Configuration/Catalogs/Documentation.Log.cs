namespace Ottla.Configuration.Catalogs;

internal static partial class Documentation
{
    private const string LogTable = """
        log.dir,log.dirs Directories that hold the partitions.
        cordoned.log.dirs Directories that get no new partitions; * is all of them.
        log.dir.failure.timeout.ms How long a broker that cannot tell the controller of a failed directory goes on before it ends itself.
        num.recovery.threads.per.data.dir Logs of one directory that are opened and recovered at a time after a start.
        message.max.bytes,max.message.bytes The largest batch of records that is taken, after compression.
        max.decompressed.message.bytes The most that a compressed batch may unpack to where the broker has to look inside of it.
        compression.type The codec that batches are stored with; producer keeps what the producer chose.
        compression.gzip.level How hard gzip works where the broker compresses: 1 is fastest, 9 is smallest, -1 its own default.
        compression.lz4.level How hard lz4 works where the broker compresses: 1 is fastest, 17 is smallest.
        compression.zstd.level How hard zstd works where the broker compresses: below 0 is fastest, 22 is smallest.
        min.insync.replicas How many replicas must have a record before it is acknowledged to a producer that asks for all.
        unclean.leader.election.enable Whether a replica that lacks records may lead when no other is left; such records are lost.
        unclean.leader.election.interval.ms How often the controller looks for partitions that only an unclean election would bring back.
        cleanup.policy,log.cleanup.policy What happens to old segments: delete, compact, or both. Empty keeps everything.
        retention.ms,log.retention.ms How long a segment stays after its newest record; -1 is forever.
        log.retention.minutes How long a segment stays after its newest record, in minutes; log.retention.ms comes first.
        log.retention.hours How long a segment stays after its newest record, in hours; log.retention.ms and .minutes come first.
        log.retention.check.interval.ms How often segments are looked through for those whose time is over.
        retention.bytes,log.retention.bytes Size of a partition above which its oldest segments go; -1 is no limit.
        segment.bytes,log.segment.bytes Size at which a segment is closed and a new one begins.
        internal.segment.bytes Size at which a segment is closed, below the regular least; for tests.
        segment.ms,log.roll.ms Age at which a segment is closed though it is not full.
        log.roll.hours Age in hours at which a segment is closed though it is not full; log.roll.ms comes first.
        segment.jitter.ms,log.roll.jitter.ms A random time up to this is taken off a segment's age limit, so that not all roll at once.
        log.roll.jitter.hours A random time up to this many hours is taken off a segment's age limit; log.roll.jitter.ms comes first.
        segment.index.bytes,log.index.size.max.bytes Size of an index at which its segment is closed.
        index.interval.bytes,log.index.interval.bytes Bytes of records between two entries of an offset index.
        flush.messages,log.flush.interval.messages Records after which a partition is flushed to disk.
        flush.ms,log.flush.interval.ms Time after which a partition is flushed to disk.
        log.flush.scheduler.interval.ms How often partitions are looked through for those whose time to be flushed has come.
        log.flush.offset.checkpoint.interval.ms How often it is noted up to where each partition is safely on disk.
        log.flush.start.offset.checkpoint.interval.ms How often it is noted where each partition begins.
        log.initial.task.delay.ms How long after the start retention, flushing and compaction begin.
        file.delete.delay.ms,log.segment.delete.delay.ms How long a deleted segment's file stays on disk for readers that still use it.
        delete.retention.ms,log.cleaner.delete.retention.ms How long compaction keeps the mark of a deleted key.
        min.cleanable.dirty.ratio,log.cleaner.min.cleanable.ratio Share of uncompacted bytes from which a partition is worth compacting.
        min.compaction.lag.ms,log.cleaner.min.compaction.lag.ms Age that a record reaches before compaction may remove it.
        max.compaction.lag.ms,log.cleaner.max.compaction.lag.ms Age at which a record is compacted whatever the share of uncompacted bytes.
        log.cleaner.backoff.ms How long the compaction rests when there is nothing to compact.
        log.cleaner.dedupe.buffer.size Memory for the keys of the records that are compacted together, over all threads, in bytes.
        log.cleaner.enable Whether topics with cleanup.policy=compact are compacted.
        log.cleaner.io.buffer.load.factor How full the table of keys may become; the fuller, the more keys at a time and the more of them
          collide.
        log.cleaner.io.buffer.size Memory for reading and writing while compacting, over all threads, in bytes.
        log.cleaner.io.max.bytes.per.second Bytes a second that compaction reads and writes at most.
        log.cleaner.threads Partitions that are compacted at a time.
        message.timestamp.type,log.message.timestamp.type Whose time a record carries: its creation's, or its append's.
        message.timestamp.before.max.ms,log.message.timestamp.before.max.ms How far a record's time may lie before the broker's.
        message.timestamp.after.max.ms,log.message.timestamp.after.max.ms How far a record's time may lie after the broker's.
        preallocate,log.preallocate Whether a new segment's file takes its full size at once.
        local.retention.bytes,log.local.retention.bytes Size up to which segments stay here after they went to remote storage; -2 is that of
          retention.bytes.
        local.retention.ms,log.local.retention.ms Time for which segments stay here after they went to remote storage; -2 is that of
          retention.ms.
        remote.storage.enable Whether closed segments of the topic go to remote storage.
        remote.copy.lag.bytes,log.remote.copy.lag.bytes How far in bytes the copy in remote storage may lag behind the log; -1 is without
          limit.
        remote.copy.lag.ms,log.remote.copy.lag.ms Age that a closed segment reaches before it is copied to remote storage.
        remote.log.copy.disable Whether no more segments are copied to remote storage, while those that are there can still be read.
        remote.log.delete.on.disable Whether what lies in remote storage is deleted when remote storage is switched off for the topic.
        producer.id.expiration.ms How long a partition remembers an idempotent producer that is silent.
        producer.id.expiration.check.interval.ms How often partitions forget producers that have been silent for too long.
        follower.fetch.last.tiered.offset.enable Whether a new follower begins behind what is in remote storage already, in place of copying
          all.
        remote.fetch.max.wait.ms How long a fetch waits for data of remote storage.
        remote.list.offsets.request.timeout.ms How long a search for offsets waits for remote storage.
        remote.log.index.file.cache.total.size.bytes Bytes of remote segments' indexes that are kept here.
        remote.log.index.file.cache.ttl.ms How long an index of a remote segment is kept here after its last use.
        remote.log.manager.copier.thread.pool.size Threads that copy segments to remote storage.
        remote.log.manager.expiration.thread.pool.size Threads that delete segments from remote storage.
        remote.log.manager.follower.thread.pool.size Threads that follow what leaders have put into remote storage.
        remote.log.manager.thread.pool.size Threads for remote storage, where a kind of work has no number of its own.
        remote.log.manager.copy.max.bytes.per.second Bytes a second that the broker copies to remote storage at most.
        remote.log.manager.copy.quota.window.num Samples over which the rate of copying to remote storage is measured.
        remote.log.manager.copy.quota.window.size.seconds How long one sample of the rate of copying to remote storage lasts, in seconds.
        remote.log.manager.fetch.max.bytes.per.second Bytes a second that the broker fetches from remote storage at most.
        remote.log.manager.fetch.quota.window.num Samples over which the rate of fetching from remote storage is measured.
        remote.log.manager.fetch.quota.window.size.seconds How long one sample of the rate of fetching from remote storage lasts, in
          seconds.
        remote.log.manager.task.interval.ms How often each partition is looked through for segments to copy or delete.
        remote.log.manager.task.retry.backoff.ms How long the first repetition of failed work with remote storage waits.
        remote.log.manager.task.retry.backoff.max.ms The longest wait before failed work with remote storage is repeated.
        remote.log.manager.task.retry.jitter Random share by which waits before repetitions differ, so that not all repeat at once.
        remote.log.metadata.custom.metadata.max.bytes The most bytes that a storage plug-in may keep with a segment.
        remote.log.metadata.manager.class.name Class that keeps the book of what lies in remote storage.
        remote.log.metadata.manager.class.path Where the class that keeps the book of remote storage is found.
        remote.log.metadata.manager.impl.prefix Beginning of the configs that go to the class that keeps the book of remote storage.
        remote.log.metadata.manager.listener.name Listener through which the book of remote storage is kept.
        remote.log.reader.max.pending.tasks Reads of remote storage that may wait; the next is refused.
        remote.log.reader.threads Threads that read from remote storage.
        remote.log.storage.manager.class.name Class that moves segments to and from remote storage.
        remote.log.storage.manager.class.path Where the class that moves segments is found.
        remote.log.storage.manager.impl.prefix Beginning of the configs that go to the class that moves segments.
        remote.log.storage.system.enable Whether the broker can keep segments in remote storage at all.
        """;
}
