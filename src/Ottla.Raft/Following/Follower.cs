using Ottla.Protocol.Primitives;
using Ottla.Raft.History;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Following;

/// <summary>A follower and an observer: fetching from the leader, or from anybody who may know it.</summary>
/// <remarks>What the leader says is checked first. What can't be is passed over with a notice: a bad leader kills nobody.</remarks>
internal sealed class Follower(QuorumCore core, VoterReports reports)
{
    private int _asked;

    public void Poll()
    {
        if (core.MayCampaign)
        {
            // while a snapshot takes the log's place nothing is fetched, which is not the leader's fault
            var isLoading = core.Snapshot is { IsStoring: true };
            if (!core.IsStopping && !isLoading
                && (core.LeaderIsGone && core.IsDue(core.CampaignAt) || core.IsDue(core.FetchDeadline + (long)core.Rank() * core.Settings.RankDelayMs)))
            {
                core.Campaign();
                return;
            }
        }
        else if (core.IsDue(core.FetchDeadline))
        {
            core.BecomeUnattached(core.Epoch);
            return;
        }

        PollFetch();
        if (!core.LeaderIsGone && core.HasFetched) reports.Poll();
    }

    public void PollFetch()
    {
        // a voter's fetch says what it holds for good
        var hasToFlush = core.IsVoter && core.Log.Flushed < core.Log.End;
        if (core.IsStopping || hasToFlush || core.Snapshot is { IsStoring: true } || core.Sent.Fetch is not null || !core.IsDue(core.FetchNotBefore)) return;
        var asksLeader = core.Role == QuorumRole.Follower && !core.LeaderIsGone && core.FetchFailures % 2 == 0;
        if ((asksLeader ? new QuorumPeer(core.Leader, core.LeaderEndpoint!) : SomebodyElse()) is not { } peer) return;
        if (asksLeader && core.Snapshot is { } snapshot)
            core.Send(peer, new QuorumRequest.FetchSnapshot(core.Local.Key, core.Epoch, snapshot.Id, snapshot.Position, core.Settings.SnapshotBytesMax));
        else core.Send(peer, new QuorumRequest.Fetch(core.Local.Key, core.Epoch, core.Log.Last, core.HighWatermark, core.Settings.FetchWaitMs, core.Settings.FetchBytesMax));
    }

    /// <summary>core.Voters and bootstrap servers in turn: any of them knows who leads.</summary>
    private QuorumPeer? SomebodyElse()
    {
        var peers = new List<QuorumPeer>();
        foreach (var voter in core.Voters.Voters)
        {
            var isLeader = core.Role == QuorumRole.Follower && voter.Id == core.Leader;
            if (voter.Id != core.Local.Key.Id && !isLeader && voter.EndpointOf(core.Local.Listener) is { } endpoint) peers.Add(new QuorumPeer(voter.Id, endpoint));
        }

        foreach (var server in core.Local.Bootstrap)
        {
            var isMine = core.Local.Endpoints.Any(own => own.Host == server.Host && own.Port == server.Port);
            if (!isMine && !peers.Exists(peer => peer.Endpoint.Host == server.Host && peer.Endpoint.Port == server.Port)) peers.Add(new QuorumPeer(BrokerId.None, server));
        }

        if (peers.Count > 0) return peers[_asked++ % peers.Count];
        return core.Role == QuorumRole.Follower && !core.LeaderIsGone ? new QuorumPeer(core.Leader, core.LeaderEndpoint!) : null;
    }

    private bool IsFromLeader(SentRequest sent) =>
        core.Role == QuorumRole.Follower && (sent.To.Id == core.Leader || sent.To.Id == BrokerId.None && sent.To.Endpoint == core.LeaderEndpoint);

    public void FetchFailed(SentRequest sent, RequestFailure failure)
    {
        if (core.Sent.Fetch is not null) return;
        // whom this node has reached at this very place, and who is not there now, is gone; a place where it never was may be the wrong one
        if (failure == RequestFailure.Disconnected && core.FetchFailures == 0 && core.HasFetched && IsFromLeader(sent))
        {
            // a process that ended breaks its connections: whether it is still there is seen by asking again, at once
            core.FetchFailures = 2;
            core.FetchNotBefore = core.Now;
            return;
        }

        if (failure == RequestFailure.Refused && core.IsVoter && core.HasFetched && IsFromLeader(sent)) core.ConfirmedDead(core.Leader);
        FetchAgainLater();
    }

    public void Fetched(SentRequest sent, QuorumAnswer.Fetched answer)
    {
        if (Refuses(sent, answer)) return;
        // what is committed is known of a log that goes with the leader's, and of no other
        if (answer.Diverging is { } diverging) TruncateTo(diverging);
        else if (answer.Snapshot is { } snapshot) BeginSnapshot(snapshot);
        else if (answer.Batches is not { } batches || Append(batches)) Learn(answer.HighWatermark);
    }

    /// <summary>Whether the answer brings nothing. One that does shows that the leader is there.</summary>
    private bool Refuses(SentRequest sent, QuorumAnswer answer)
    {
        if (!IsFromLeader(sent) || answer.Error != ErrorCode.None)
        {
            var hasGivenUp = IsFromLeader(sent) && answer.Error == ErrorCode.NotLeaderOrFollower && answer.Leader is { Id.Value: < 0 } hint && hint.Epoch == core.Epoch;
            if (hasGivenUp && core.IsVoter && !core.LeaderIsGone) core.LoseLeader(core.Rank() * core.Settings.RankDelayMs);
            if (answer.Error is not (ErrorCode.None or ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch)) core.Outage.Note(sent.To, answer.Error.ProtocolName());
            var hasFound = core.Role == QuorumRole.Follower && core.FetchFailures == 0 && !IsFromLeader(sent);
            if (!hasFound) FetchAgainLater();
            return true;
        }

        core.HasFetched = true;
        core.FetchFailures = 0;
        core.FetchNotBefore = core.Now;
        core.FetchDeadline = core.Now + core.Settings.FetchTimeoutMs;
        return false;
    }

    private void TruncateTo(LogPoint leaders)
    {
        if (leaders.End < Offset.Zero || leaders.Epoch.Value < 0)
        {
            Distrust($"says that its log parts from this one at {leaders}");
            return;
        }

        var mine = core.Log.EndOf(leaders.Epoch);
        var cut = mine.Epoch == leaders.Epoch ? Offset.Min(mine.End, leaders.End) : mine.End;
        if (cut >= core.Log.End || cut < core.Log.Start || cut < core.HighWatermark)
        {
            Distrust($"wants the metadata log cut at {cut}, which ends at {core.Log.End} and of which all below {core.HighWatermark} is committed");
            return;
        }

        core.Log.TruncateTo(cut);
        core.History.TruncateTo(cut);
        core.Out.Add(new QuorumOutput.Truncate(cut));
        core.VotersChanged();
    }

    private bool Append(FetchedBatches batches)
    {
        var first = batches.Epochs.Count > 0 ? batches.Epochs[0] : new EpochStart(LeaderEpoch.None, Offset.None);
        var last = first.Epoch;
        var isOrdered = first.At == batches.Base && first.Epoch >= core.Log.LastEpoch;
        foreach (var epoch in batches.Epochs)
        {
            isOrdered &= epoch.Epoch >= last && epoch.Epoch <= core.Epoch && epoch.At >= batches.Base && epoch.At < batches.End;
            last = epoch.Epoch;
        }

        if (!isOrdered || batches.Base != core.Log.End || batches.End <= batches.Base)
        {
            Distrust($"sent records from {batches.Base} to {batches.End} of epochs {string.Join(",", batches.Epochs.Select(e => e.Epoch))}, " +
                $"behind {core.Log.Last} in epoch {core.Epoch}");
            return false;
        }

        core.Log.Append(batches.Epochs, batches.End);
        foreach (var change in batches.Changes) core.History.Add(change);
        core.Out.Add(new QuorumOutput.AppendFetched(batches));
        if (batches.Changes.Count > 0) core.VotersChanged();
        return true;
    }

    /// <summary>The leader says something that can't be: nothing of it is done, and it is asked again.</summary>
    private void Distrust(string what)
    {
        core.Notice($"Node {core.Leader}, leader of the metadata quorum in epoch {core.Epoch}, {what}; passed over. Is its directory of another cluster, or an old copy?");
        FetchAgainLater();
    }

    private void Learn(Offset leaders)
    {
        var known = Offset.Min(leaders, core.Log.End);
        if (known <= core.HighWatermark) return;
        core.Commit(known);
    }

    private void BeginSnapshot(LogPoint id)
    {
        if (id.End <= core.HighWatermark || id.Epoch.Value < 0 || id.Epoch > core.Epoch) Distrust($"offers the snapshot {id}, which this log is ahead of");
        else core.Snapshot = new SnapshotFetch(id, 0, IsStoring: false);
    }

    public void Fetched(SentRequest sent, QuorumAnswer.SnapshotPart answer)
    {
        if (answer.Error is ErrorCode.SnapshotNotFound or ErrorCode.PositionOutOfRange)
        {
            core.Snapshot = null;
            FetchAgainLater();
            return;
        }

        if (Refuses(sent, answer) || core.Snapshot is not { IsStoring: false } snapshot) return;
        var end = answer.Position + answer.Bytes.Length;
        if (answer.Snapshot != snapshot.Id || answer.Position != snapshot.Position || end > answer.Size || answer.Bytes.Length == 0 && end < answer.Size)
        {
            Distrust($"sent {answer.Bytes.Length} bytes at {answer.Position} of the snapshot {answer.Snapshot} of {answer.Size} bytes");
            core.Snapshot = null;
            return;
        }

        core.Snapshot = snapshot with { IsStoring = true };
        core.Out.Add(new QuorumOutput.StoreSnapshotPart(snapshot.Id, answer.Position, answer.Bytes, end == answer.Size));
    }

    public void SnapshotPartStored(QuorumInput.SnapshotPartStored stored)
    {
        if (core.Snapshot is not { } snapshot || snapshot.Id != stored.Snapshot) return;
        Invariant.That(snapshot.IsStoring && stored.NextPosition >= snapshot.Position);
        core.Snapshot = snapshot with { Position = stored.NextPosition, IsStoring = false };
        core.FetchDeadline = core.Now + core.Settings.FetchTimeoutMs;
        core.Again = true;
    }

    public void SnapshotLoaded(QuorumInput.SnapshotLoaded loaded)
    {
        Invariant.That(core.Role != QuorumRole.Leader && loaded.Snapshot.End > core.HighWatermark);
        core.Snapshot = null;
        core.Log.Reset(loaded.Snapshot);
        if (loaded.Voters is { } voters)
        {
            core.History.Reset(loaded.Snapshot.End - 1, voters);
            core.VotersAreRecorded = true;
        }
        else core.History.Reset(Offset.None, core.History.At(Offset.Zero));

        core.Commit(loaded.Snapshot.End);
        core.FetchDeadline = core.Now + core.Settings.FetchTimeoutMs;
        core.VotersChanged();
    }

    public void SnapshotRefused(LogPoint id)
    {
        if (core.Snapshot?.Id != id) return;
        core.Snapshot = null;
        Distrust($"sent a snapshot {id} that can't be read");
    }

    private void FetchAgainLater()
    {
        core.FetchFailures++;
        core.FetchNotBefore = core.Now + core.Settings.RetryBackoffMs;
    }
}
