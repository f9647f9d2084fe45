using Ottla.Broker.Fetching;
using Ottla.Log;
using Ottla.Log.Directories;
using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>One partition that this broker hosts: who leads it, its log, and who waits for its records.</summary>
/// <remarks>
/// Any thread. Appends, truncations and changes of leadership hold the log's writer lock; a write of the system happens inside of it, a
/// flush and all reading outside.
/// The registration, and with it role and epoch, is replaced as a whole by the loop that applies metadata.
/// Failure: a disk that refuses takes the log's directory offline (<see cref="LogDirectory.Report"/>) unless it is only full; the answer is
/// KAFKA_STORAGE_ERROR either way.
/// Small appends of several connections come together, with one call of the system (<see cref="SharedAppends"/>).
/// </remarks>
internal sealed class Partition(HostedTopic topic, TopicPartition name, BrokerId self)
{
    private readonly FetchWaiters _fetches = new();
    private volatile PartitionRegistration? _registration;
    private volatile HostedLog? _hosted;

    public TopicPartition Name => name;

    public HostedTopic Topic => topic;

    /// <summary>Null once the partition has left this broker.</summary>
    public PartitionRegistration? Registration => _registration;

    /// <summary>Null while its directory is offline, or before it was opened.</summary>
    public PartitionLog? Log => _hosted?.Place is { Directory.IsOnline: true, Log: var log } ? log : null;

    public LeaderEpoch LeaderEpoch => _registration?.LeaderEpoch ?? LeaderEpoch.None;

    /// <summary>First offset that is not yet on every in-sync replica; consumers read below it.</summary>
    public HighWatermark HighWatermark => new(_hosted?.HighWatermark ?? Offset.Zero);

    /// <summary>First offset of the oldest open transaction, or the high watermark; readers of committed records read below it.</summary>
    public LastStableOffset LastStableOffset(PartitionLog log) => new(log.LastStableOffset(HighWatermark.Value));

    /// <summary>Takes on what the cluster agreed on, and the log: null where no directory has it. A new leader epoch begins at the log's
    /// end.</summary>
    public void Apply(PartitionRegistration registration, HostedLog? hosted)
    {
        if (hosted is null)
        {
            _registration = registration;
            return;
        }

        lock (hosted.Writer)
        {
            var leads = registration.Leader == self.Value;
            _hosted = hosted;
            _registration = registration;
            if (Log is not { } log) return;
            if (leads && log.LatestEpoch < registration.LeaderEpoch) log.AssignEpoch(registration.LeaderEpoch);
            AdvanceHighWatermark(hosted, log);
        }

        _fetches.WakeAll();
    }

    public void Configure(TopicPolicy policy) => _hosted?.Log.Configure(policy.Log);

    /// <summary>The partition leaves this broker: nothing more is appended, and whoever waits looks again.</summary>
    public void Close()
    {
        if (_hosted is { } hosted)
        {
            lock (hosted.Writer)
            {
                _registration = null;
                _hosted = null;
            }
        }

        _registration = null;
        _fetches.WakeAll();
    }

    /// <summary>Whether this broker leads under the epoch that the client believes in (KIP-320); -1 is "whatever it is".</summary>
    /// <remarks>What lies in a directory that is offline is KAFKA_STORAGE_ERROR whoever leads it: the controller takes the leadership away a moment
    /// later, and the client gets the same answer before and after.</remarks>
    public ErrorCode CheckLeader(LeaderEpoch believed)
    {
        if (_registration is not { } registration) return ErrorCode.UnknownTopicOrPartition;
        if (Log is null) return ErrorCode.KafkaStorageError;
        if (believed != LeaderEpoch.None)
        {
            if (believed < registration.LeaderEpoch) return ErrorCode.FencedLeaderEpoch;
            if (believed > registration.LeaderEpoch) return ErrorCode.UnknownLeaderEpoch;
        }

        return registration.Leader == self.Value ? ErrorCode.None : ErrorCode.NotLeaderOrFollower;
    }

    /// <summary>Appends validated batches as leader and lets those who wait for records know.</summary>
    /// <returns>An error that holds for all of them; else each has its own answer.</returns>
    public ErrorCode Append(Span<PendingBatch> batches, bool wantsAllReplicas, AppendOrigin origin = AppendOrigin.Client)
    {
        if (_hosted is not { } hosted) return CheckLeader(LeaderEpoch.None) is not ErrorCode.None and var absent ? absent : ErrorCode.KafkaStorageError;
        lock (hosted.Writer)
        {
            if (CheckLeader(LeaderEpoch.None) is not ErrorCode.None and var refusal) return refusal;
            if (Log is not { } log) return ErrorCode.KafkaStorageError;
            if (wantsAllReplicas && _registration!.Isr.Length < topic.Policy.MinInsyncReplicas) return ErrorCode.NotEnoughReplicas;
            try
            {
                log.Append(batches, LeaderEpoch, origin);
            }
            catch (IOException fault)
            {
                return Failed(log, fault, "appending");
            }

            AdvanceHighWatermark(hosted, log);
        }

        _fetches.WakeAll();
        return ErrorCode.None;
    }

    /// <summary>Moves the log's start up to an offset, at most to the high watermark; -1 stands for that.</summary>
    public ErrorCode DeleteRecords(long requested, out Offset lowWatermark)
    {
        lowWatermark = Offset.None;
        if (CheckLeader(LeaderEpoch.None) is not ErrorCode.None and var refusal) return refusal;
        if (_hosted is not { } hosted) return ErrorCode.KafkaStorageError;
        lock (hosted.Writer)
        {
            if (Log is not { } log) return ErrorCode.KafkaStorageError;
            var upTo = requested == -1 ? HighWatermark.Value : new Offset(requested);
            if (upTo < Offset.Zero || upTo > HighWatermark.Value) return ErrorCode.OffsetOutOfRange;
            try
            {
                var error = log.DeleteRecords(upTo);
                if (error != ErrorCode.None) return error;
                lowWatermark = log.LogStartOffset;
                hosted.Directory.HasNewLogStarts = true;
                return ErrorCode.None;
            }
            catch (IOException fault)
            {
                return Failed(log, fault, "deleting records");
            }
        }
    }

    /// <summary>The producers that the log remembers.</summary>
    public IReadOnlyList<ActiveProducer> ActiveProducers()
    {
        if (_hosted is not { } hosted) return [];
        lock (hosted.Writer) return Log?.ActiveProducers ?? [];
    }

    public void Await(FetchWaiter waiter) => _fetches.Add(waiter);

    public void Forget(FetchWaiter waiter) => _fetches.Remove(waiter);

    /// <summary>A disk that is merely full refuses appends until there is room; any other fault takes the directory offline.</summary>
    /// <remarks>A log that was deleted or moved while it was read has other names on the disk: not finding them is no fault of the
    /// disk.</remarks>
    public ErrorCode Failed(PartitionLog log, IOException fault, string what)
    {
        if (_hosted?.Place is { } place && place.Log == log) place.Directory.Report(fault, $"{what} ({name})");
        return ErrorCode.KafkaStorageError;
    }

    /// <summary>With no other replica in sync, what is in the log is on every one of them.</summary>
    private void AdvanceHighWatermark(HostedLog hosted, PartitionLog log)
    {
        if (_registration is not { Isr: [var only] } || only != self.Value) return;
        hosted.HighWatermark = log.LogEndOffset;
    }
}

/// <summary>The first offset that is not on every in-sync replica; a type of its own, so that a fetch bounded by the wrong end does not
/// compile.</summary>
internal readonly record struct HighWatermark(Offset Value);

/// <summary>The first offset that readers of committed records may not see yet (KIP-98).</summary>
internal readonly record struct LastStableOffset(Offset Value);
