using Ottla.Broker.Fetching;
using Ottla.Log;
using Ottla.Log.Directories;
using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <content>What the leader of several replicas does: followers, the ISR, the high watermark.</content>
internal sealed partial class Partition
{
    // only where there are followers: with one replica nobody ever waits
    private OffsetWaits? _commits;
    private OffsetWaits? _deletions;

    /// <summary>Who is in sync, as the controller agreed to last; empty where this broker does not lead.</summary>
    public int[] Isr
    {
        get
        {
            if (_inSync is { } replicas)
            {
                lock (replicas) return replicas.Isr.ToArray();
            }

            return IsLeader ? _registration?.Isr ?? [] : [];
        }
    }

    /// <summary>Until the high watermark has reached the start of this leader's epoch nobody can say what is committed (KIP-207).</summary>
    public bool KnowsHighWatermark => _inSync is not { } replicas || HighWatermark.Value >= replicas.EpochStart;

    private bool IsUnderMinIsr => _inSync is { } replicas && replicas.IsUnderMinIsr(topic.Policy.MinInsyncReplicas);

    /// <summary>A follower fetches: it has all that lies below. NOT_LEADER_OR_FOLLOWER where it is no replica of this partition.</summary>
    public ErrorCode NoteFollower(in FollowerFetch fetch)
    {
        if (_inSync is not { } replicas || _hosted is not { } hosted || Log is not { } log) return ErrorCode.NotLeaderOrFollower;
        var registered = context.RegisteredEpoch(fetch.Broker);
        bool isHigher;
        IsrProposal? proposal;
        lock (replicas)
        {
            // another leader, or another epoch, since we looked
            if (_inSync != replicas) return ErrorCode.NotLeaderOrFollower;
            if (replicas.Note(fetch, registered, log.LogEndOffset, context.NowMs) is not ErrorCode.None and var refusal) return refusal;
            isHigher = Advance(hosted, log, replicas);
            proposal = replicas.Expand(fetch.Broker, context.RegisteredEpoch(context.Self.Value), registered, hosted.HighWatermark);
        }

        if (proposal is not null) context.Changes.Propose(this, proposal);
        if (isHigher) Risen();
        LetDeletionsGo();
        return ErrorCode.None;
    }

    /// <summary>Called from time to time: members that lag leave the ISR, and a high watermark that waited for one that is gone goes
    /// on.</summary>
    public void CheckIsr()
    {
        if (_inSync is not { } replicas || _hosted is not { } hosted || Log is not { } log) return;
        bool isHigher;
        IsrProposal? proposal;
        lock (replicas)
        {
            if (_inSync != replicas) return;
            var own = context.RegisteredEpoch(context.Self.Value);
            isHigher = Advance(hosted, log, replicas);
            proposal = replicas.Recover(own) ?? replicas.Shrink(own, log.LogEndOffset, context.NowMs, context.LagTimeMaxMs);
        }

        if (proposal is not null) context.Changes.Propose(this, proposal);
        if (isHigher) Risen();
        LetDeletionsGo();
    }

    /// <summary>The controller has answered a proposal.</summary>
    public void Replay(IsrProposal proposal, IsrAnswer answer)
    {
        if (_inSync is not { } replicas || _hosted is not { } hosted || Log is not { } log) return;
        bool isHigher, isToBeSentAgain;
        lock (replicas)
        {
            if (_inSync != replicas) return;
            isToBeSentAgain = replicas.Replay(proposal, answer);
            isHigher = Advance(hosted, log, replicas);
        }

        if (isToBeSentAgain) context.Changes.Propose(this, proposal);
        if (isHigher) Risen();
    }

    /// <summary>Followers that a consumer may be sent to: in sync, and with the offset in their logs.</summary>
    public List<(BrokerId Broker, Offset LogEnd)> ReadableFollowers(Offset offset)
    {
        var readable = new List<(BrokerId, Offset)>();
        if (_inSync is not { } replicas) return readable;
        lock (replicas)
        {
            foreach (var follower in replicas.Followers)
            {
                if (replicas.Isr.Contains(follower.Broker) && replicas.Holds(follower.Broker, offset)) readable.Add((new(follower.Broker), follower.LogEnd));
            }
        }

        return readable;
    }

    /// <summary>Moves the log's start up to an offset, at most to the high watermark; -1 stands for that. What the caller asked for is done
    /// when the start of every living replica has passed it.</summary>
    public ErrorCode DeleteRecords(long requested, out Offset start, out Task<ErrorCode> everywhere)
    {
        start = Offset.None;
        everywhere = OffsetWaits.Passed;
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
                start = log.LogStartOffset;
                hosted.Directory.HasNewLogStarts = true;
            }
            catch (IOException fault)
            {
                return Failed(log, fault, "deleting records");
            }

            if (_inSync is not null) everywhere = _deletions!.Add(start);
            LetDeletionsGo();
            return ErrorCode.None;
        }
    }

    /// <summary>The lowest start of the logs of all living replicas: nothing below can be read anywhere.</summary>
    public Offset LowWatermark
    {
        get
        {
            if (Log is not { } log) return Offset.None;
            if (_inSync is not { } replicas) return log.LogStartOffset;
            lock (replicas) return replicas.LowWatermark(log.LogStartOffset, broker => context.RegisteredEpoch(broker) != BrokerEpoch.None);
        }
    }

    /// <summary>Under the writer's lock: this broker leads, perhaps since before.</summary>
    private IsrProposal? Lead(PartitionLog log, PartitionRegistration registration)
    {
        if (log.LatestEpoch < registration.LeaderEpoch) log.AssignEpoch(registration.LeaderEpoch);
        if (registration is { Replicas.Length: 1, LeaderRecoveryState: 0 } && registration.Isr is [var only] && only == context.Self.Value)
        {
            Resign();
            return null;
        }

        if (_inSync is { } replicas && replicas.LeaderEpoch == registration.LeaderEpoch)
        {
            lock (replicas)
            {
                replicas.Adopt(registration, context.NowMs);
                return replicas.Recover(context.RegisteredEpoch(context.Self.Value));
            }
        }

        Resign();
        var begun = new InSyncReplicas(context.Self, registration, log.LogEndOffset, context.NowMs);
        var recovered = begun.Recover(context.RegisteredEpoch(context.Self.Value));
        _commits ??= new();
        _deletions ??= new();
        _inSync = begun;
        return recovered;
    }

    /// <summary>What the last epoch's leader knew of its followers counts no more; whoever is about to use it finds that out under its
    /// lock.</summary>
    private void Resign()
    {
        if (_inSync is not { } replicas) return;
        lock (replicas) _inSync = null;
    }

    /// <summary>Under the writer's lock, of a leader: true where the high watermark went up. With no other replica it is the log's
    /// end.</summary>
    private bool AdvanceHighWatermark(HostedLog hosted, PartitionLog log)
    {
        if (_inSync is { } replicas)
        {
            lock (replicas) return Advance(hosted, log, replicas);
        }

        if (hosted.HighWatermark == log.LogEndOffset) return false;
        hosted.HighWatermark = log.LogEndOffset;
        return true;
    }

    private bool Advance(HostedLog hosted, PartitionLog log, InSyncReplicas replicas)
    {
        var before = hosted.HighWatermark;
        var now = replicas.HighWatermark(
            before, log.LogEndOffset, topic.Policy.MinInsyncReplicas, context.NowMs, context.LagTimeMaxMs, context.RegisteredEpoch);
        Invariant.That(now >= before);
        if (now == before) return false;
        hosted.HighWatermark = now;
        return true;
    }

    private void Risen()
    {
        LetGo();
        _fetches.Wake(FetchSignal.HighWatermark);
    }

    /// <summary>Completes when all that stands in the log now is committed, or with the error that ended the wait.</summary>
    public Task<ErrorCode> WhenCommitted(LeaderEpoch believed)
    {
        if (_hosted is not { } hosted) return Task.FromResult(ErrorCode.NotLeaderOrFollower);
        Task<ErrorCode> committed;
        lock (hosted.Writer)
        {
            if (CheckLeader(believed) is not ErrorCode.None and var refusal) return Task.FromResult(refusal);
            if (_commits is not { } commits || Log is not { } log || log.LogEndOffset <= hosted.HighWatermark) return OffsetWaits.Passed;
            committed = commits.Add(log.LogEndOffset);
        }

        LetGo();
        return committed;
    }

    /// <summary>Answers those whose records are committed by now.</summary>
    private void LetGo()
    {
        if (_commits is { IsEmpty: false } commits) commits.Pass(HighWatermark.Value, IsUnderMinIsr ? ErrorCode.NotEnoughReplicasAfterAppend : ErrorCode.None);
    }

    private void LetDeletionsGo()
    {
        if (_deletions is { IsEmpty: false } deletions) deletions.Pass(LowWatermark, ErrorCode.None);
    }

    private void EndWaits(ErrorCode error)
    {
        _commits?.End(error);
        _deletions?.End(error);
    }
}
