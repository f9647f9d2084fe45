using Ottla.Broker.Fetching;
using Ottla.Log;
using Ottla.Log.Directories;
using Ottla.Log.Handles;
using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>One partition that this broker hosts: who leads it, its log, and who waits for its records.</summary>
/// <remarks>
/// Any thread. Appends, truncations and changes of leadership hold the log's writer lock; a write of the system happens inside of it, a
/// flush and all reading outside.
/// The registration, and with it role and epoch, is replaced as a whole by the loop that applies metadata.
/// What a leader knows of its followers has a lock of its own, the brain itself (<see cref="InSyncReplicas"/>), taken inside of the
/// writer's or alone: a follower's fetch never waits for a write of the disk. A partition of one replica has no brain: there the high
/// watermark is the log's end.
/// Failure: a disk that refuses takes the log's directory offline (<see cref="LogDirectory.Report"/>) unless it is only full; the answer is
/// KAFKA_STORAGE_ERROR either way.
/// Small appends of several connections come together, with one call of the system (<see cref="SharedAppends"/>).
/// </remarks>
internal sealed partial class Partition(HostedTopic topic, TopicPartition name, ReplicaContext context) : IRangeOwner
{
    private readonly FetchWaiters _fetches = new();
    private volatile PartitionRegistration? _registration;
    private volatile HostedLog? _hosted;
    private volatile InSyncReplicas? _inSync;
    private ErrorCode _closedWith = ErrorCode.UnknownTopicOrPartition;

    public TopicPartition Name => name;

    public HostedTopic Topic => topic;

    /// <summary>Null once the partition has left this broker.</summary>
    public PartitionRegistration? Registration => _registration;

    /// <summary>Null while its directory is offline, or before it was opened.</summary>
    public PartitionLog? Log => _hosted?.Place is { Directory.IsOnline: true, Log: var log } ? log : null;

    public LeaderEpoch LeaderEpoch => _registration?.LeaderEpoch ?? LeaderEpoch.None;

    public bool IsLeader => _registration?.Leader == context.Self.Value;

    /// <summary>First offset that is not yet on every in-sync replica; consumers read below it.</summary>
    public HighWatermark HighWatermark => new(_hosted?.HighWatermark ?? Offset.Zero);

    /// <summary>First offset of the oldest open transaction, or the high watermark; readers of committed records read below it.</summary>
    public LastStableOffset LastStableOffset(PartitionLog log) => log.LastStableOffset(HighWatermark);

    /// <summary>Takes on what the cluster agreed on, and the log: null where no directory has it. A new leader epoch begins at the log's
    /// end.</summary>
    public void Apply(PartitionRegistration registration, HostedLog? hosted)
    {
        if (hosted is null)
        {
            Resign();
            _registration = registration;
            EndWaits(ErrorCode.KafkaStorageError);
            return;
        }

        var leads = registration.Leader == context.Self.Value;
        IsrProposal? proposal = null;
        lock (hosted.Writer)
        {
            _hosted = hosted;
            if (!leads) Resign();
            _registration = registration;
            if (Log is { } log && leads)
            {
                proposal = Lead(log, registration);
                AdvanceHighWatermark(hosted, log);
            }
        }

        if (proposal is not null) context.Changes.Propose(this, proposal);
        if (leads) LetGo();
        else EndWaits(ErrorCode.NotLeaderOrFollower);
        _fetches.Wake(FetchSignal.Both);
    }

    public void Configure(TopicPolicy policy) => _hosted?.Log.Configure(policy.Log);

    /// <summary>The partition leaves this broker: nothing more is appended, and whoever waits looks again.</summary>
    /// <param name="why">UNKNOWN_TOPIC_OR_PARTITION where it is deleted, NOT_LEADER_OR_FOLLOWER where others have it now.</param>
    public void Close(ErrorCode why)
    {
        _closedWith = why;
        if (_hosted is { } hosted)
        {
            lock (hosted.Writer)
            {
                Resign();
                _registration = null;
                _hosted = null;
            }
        }

        _registration = null;
        EndWaits(why);
        _fetches.Wake(FetchSignal.Both);
    }

    /// <summary>Whether this broker leads under the epoch that the client believes in (KIP-320); -1 is "whatever it is".</summary>
    public ErrorCode CheckLeader(LeaderEpoch believed)
    {
        var error = CheckReplica(believed);
        return error == ErrorCode.None && !IsLeader ? ErrorCode.NotLeaderOrFollower : error;
    }

    /// <summary>Whether this broker has the partition's log, as leader or follower, under the epoch that the client believes in.</summary>
    /// <remarks>What lies in a directory that is offline is KAFKA_STORAGE_ERROR whoever leads it: the controller takes the leadership away
    /// a moment later, and the client gets the same answer before and after.</remarks>
    public ErrorCode CheckReplica(LeaderEpoch believed)
    {
        if (_registration is not { } registration) return _closedWith;
        if (Log is null) return ErrorCode.KafkaStorageError;
        if (believed == LeaderEpoch.None) return ErrorCode.None;
        if (believed < registration.LeaderEpoch) return ErrorCode.FencedLeaderEpoch;
        return believed > registration.LeaderEpoch ? ErrorCode.UnknownLeaderEpoch : ErrorCode.None;
    }

    /// <summary>Appends validated batches as leader and lets those who wait for records know.</summary>
    /// <param name="batches">Whole batches; each gets its own answer where no error holds for all of them.</param>
    /// <param name="wantsAllReplicas">Refused with NOT_ENOUGH_REPLICAS where fewer than `min.insync.replicas` are in sync, and waited
    /// for.</param>
    /// <param name="origin">Who wrote them.</param>
    /// <param name="believed">The epoch in which they were decided on; null where that does not matter.</param>
    public PartitionAppend Append(
        Span<PendingBatch> batches, bool wantsAllReplicas, AppendOrigin origin = AppendOrigin.Client, LeaderEpoch? believed = null)
    {
        if (_hosted is not { } hosted)
            return PartitionAppend.Refused(CheckLeader(LeaderEpoch.None) is not ErrorCode.None and var absent ? absent : ErrorCode.KafkaStorageError);
        var committed = OffsetWaits.Passed;
        bool isHigher;
        lock (hosted.Writer)
        {
            if (CheckLeader(believed ?? LeaderEpoch.None) is not ErrorCode.None and var refusal) return PartitionAppend.Refused(refusal);
            if (Log is not { } log) return PartitionAppend.Refused(ErrorCode.KafkaStorageError);
            if (wantsAllReplicas && IsUnderMinIsr) return PartitionAppend.Refused(ErrorCode.NotEnoughReplicas);
            try
            {
                log.Append(batches, LeaderEpoch, origin);
            }
            catch (IOException fault)
            {
                // each batch that did not get into the log says so itself
                Failed(log, fault, "appending");
            }

            isHigher = AdvanceHighWatermark(hosted, log);
            // under the lock: waits stand in the order of their records
            if (wantsAllReplicas && EndOf(batches) is var end && end > hosted.HighWatermark) committed = _commits!.Add(end);
            if (log.IsFlushDue) committed = Both(context.Flushes.Flush(hosted.Place), committed);
        }

        _fetches.Wake(isHigher ? FetchSignal.Both : FetchSignal.LogEnd);
        if (isHigher || !committed.IsCompleted) LetGo();
        return new(ErrorCode.None, committed);
    }

    /// <summary>The producers that the log remembers.</summary>
    public IReadOnlyList<ActiveProducer> ActiveProducers()
    {
        if (_hosted is not { } hosted) return [];
        lock (hosted.Writer) return Log?.ActiveProducers ?? [];
    }

    public void Await(FetchWaiter waiter, int index, FetchSignal signals) => _fetches.Add(waiter, index, signals);

    public void Forget(FetchWaiter waiter, int index) => _fetches.Remove(waiter, index);

    /// <summary>A disk that is merely full refuses appends until there is room; any other fault takes the directory offline.</summary>
    /// <remarks>A log that was deleted or moved while it was read has other names on the disk: not finding them is no fault of the
    /// disk.</remarks>
    public ErrorCode Failed(PartitionLog log, IOException fault, string what)
    {
        if (_hosted?.Place is { } place && place.Log == log) place.Directory.Report(fault, $"{what} ({name})");
        return ErrorCode.KafkaStorageError;
    }

    void IRangeOwner.Failed(IOException fault)
    {
        if (Log is { } log) Failed(log, fault, "sending");
    }

    private static async Task<ErrorCode> Both(Task<ErrorCode> flushed, Task<ErrorCode> committed) =>
        await flushed.ConfigureAwait(false) is not ErrorCode.None and var refused ? refused : await committed.ConfigureAwait(false);

    /// <summary>Where the batches that were taken end; a duplicate ends where the first of its kind does.</summary>
    private static Offset EndOf(ReadOnlySpan<PendingBatch> batches)
    {
        var end = Offset.Zero;
        foreach (ref readonly var batch in batches)
        {
            if (batch.Error == ErrorCode.None) end = Offset.Max(end, batch.BaseOffset + batch.Header.LastOffsetDelta + 1);
        }

        return end;
    }
}
