using Ottla.Protocol.Primitives;
using Ottla.Raft.History;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Leading;

/// <summary>A leader at work: what is fetched from it, how far all are, whether it still has a majority.</summary>
internal sealed class Leadership(QuorumCore core, VoterChanges changes)
{
    private long _duplicateTold = long.MinValue;

    /// <summary>How far all replicas are, for DescribeQuorum; null where this node does not lead. Times are of the clock of <see cref="Step"/>.</summary>
    public QuorumDescription? Describe(long now)
    {
        if (core.State is not { } leader) return null;
        var self = new ReplicaDescription(core.Local.Key, core.Log.End, now, now);
        var others = leader.Replicas.Select(r => (IsVoter: leader.IsVoter(r), At: new ReplicaDescription(r.Key, r.LogEnd, r.LastFetchMs, r.LastCaughtUpMs))).ToList();
        var isVoter = core.Voters.Voters.Any(voter => voter.Key.MayBe(core.Local.Key));
        List<ReplicaDescription> voters = [.. isVoter ? [self] : Array.Empty<ReplicaDescription>(), .. others.Where(o => o.IsVoter).Select(o => o.At)];
        List<ReplicaDescription> observers = [.. isVoter ? [] : new[] { self }, .. others.Where(o => !o.IsVoter).Select(o => o.At)];
        voters.Sort((left, right) => left.Key.CompareTo(right.Key));
        return new QuorumDescription(core.Epoch, leader.HighWatermark, voters, observers);
    }

    public void Poll()
    {
        var leader = core.State!;
        var isRemoved = !core.Voters.IsVoter(core.Local.Key) && core.History.LatestAt < leader.HighWatermark;
        var lost = leader.CheckQuorumDeadline();
        if (isRemoved || lost <= core.Now)
        {
            core.Notice(isRemoved
                ? $"Node {core.Local.Key.Id} is no voter of the metadata quorum any more and gives up leading epoch {core.Epoch}."
                : $"No majority of the voters {core.Voters.Ids()} has fetched for {core.Settings.CheckQuorumMs} ms: node {core.Local.Key.Id} gives up leading epoch {core.Epoch}.");
            core.Resign();
            return;
        }

        core.At(lost);
        BeginEpochs(leader);
        core.At(leader.ForgetObservers(core.Now));
        foreach (var fetch in core.WaitingFetches.TakeDue(fetch => fetch.DeadlineMs <= core.Now)) core.Answer(fetch.Id, Found(fetch.Request));
        core.At(core.WaitingFetches.NextDeadline);
        changes.Poll();
    }

    /// <summary>Says to those who may not know it that this node leads: until they say that they heard, and when they do not fetch.</summary>
    private void BeginEpochs(LeaderState leader)
    {
        foreach (var voter in core.Voters.Voters)
        {
            if (voter.Key.MayBe(core.Local.Key) || voter.EndpointOf(core.Local.Listener) is not { } endpoint) continue;
            var seen = leader.Find(voter)?.LastFetchMs ?? -1;
            var pause = core.Settings.FetchTimeoutMs / 2;
            var isNew = !leader.Begun.Contains(voter.Id.Value) && seen < 0;
            var due = isNew ? 0 : Math.Max(seen, leader.BegunAt.GetValueOrDefault(voter.Id.Value)) + pause;
            if (!core.IsDue(Math.Max(due, core.Sent.FreeAt(voter.Id)))) continue;
            leader.BegunAt[voter.Id.Value] = core.Now;
            core.Send(new QuorumPeer(voter.Id, endpoint), new QuorumRequest.BeginEpoch(core.Local.Key.Id, voter.Key, core.Epoch, core.Local.Endpoints));
        }
    }

    /// <summary>A voter answered that it heard who leads, or why not.</summary>
    public void Begun(BrokerId voter, LeaderEpoch epoch, ErrorCode error)
    {
        if (core.Role != QuorumRole.Leader || epoch != core.Epoch) return;
        if (error == ErrorCode.None) core.State!.Begun.Add(voter.Value);
        else core.Sent.LeaveAlone(voter, core.Now + core.Settings.RetryBackoffMs);
    }

    public void Asked(long id, QuorumRequest.Fetch fetch)
    {
        // a consumer need not know the epoch
        var isReplica = fetch.Replica.Id.Value >= 0;
        var error = isReplica || fetch.Epoch.Value >= 0 ? core.WhyNotLeader(fetch.Epoch) : core.Role == QuorumRole.Leader ? ErrorCode.None : ErrorCode.NotLeaderOrFollower;
        if (error == ErrorCode.None && (fetch.LogEnd.End < Offset.Zero || fetch.MaxWaitMs < 0 || isReplica && !IsPossible(fetch))) error = ErrorCode.InvalidRequest;
        if (error != ErrorCode.None)
        {
            core.Answer(id, new QuorumAnswer.Fetched(error));
            return;
        }

        var leader = core.State!;
        if (isReplica && leader.Seen(fetch.Replica, core.Now) is null) error = Duplicate(fetch.Replica);
        var fit = isReplica && error == ErrorCode.None ? core.Log.FitOf(fetch.LogEnd) : default;
        if (isReplica && error == ErrorCode.None && fit.Fit == Fit.Fits)
        {
            leader.Find(fetch.Replica)!.Fetched(fetch.LogEnd.End, core.Log.End, core.Now);
            Advance();
        }

        if (error != ErrorCode.None) core.Answer(id, new QuorumAnswer.Fetched(error));
        else if (fit.Fit == Fit.Diverges) core.Answer(id, Bare() with { Diverging = fit.Point });
        else if (fit.Fit == Fit.NeedsSnapshot) core.Answer(id, Bare() with { Snapshot = fit.Point });
        else if (HasNews(fetch) || fetch.MaxWaitMs == 0 || core.WaitingFetches.IsFull) core.Answer(id, Found(fetch));
        else if (core.WaitingFetches.Add(new WaitingFetch(id, fetch, core.Now + fetch.MaxWaitMs)) is { } replaced) core.Answer(replaced.Id, Found(replaced.Request));
    }

    private bool IsPossible(QuorumRequest.Fetch fetch) =>
        fetch.LogEnd.Epoch.Value >= 0 && fetch.LogEnd.Epoch <= core.Epoch && fetch.MaxBytes >= 0;

    private ErrorCode Duplicate(ReplicaKey key)
    {
        if (_duplicateTold > core.Now - 10_000L) return ErrorCode.InvalidRequest;
        _duplicateTold = core.Now;
        core.Notice($"Two nodes call themselves voter {key.Id} of the metadata quorum: the one with directory {key.DirectoryId} is refused. Give it a node.id of its own.");
        return ErrorCode.InvalidRequest;
    }

    private Offset Visible(QuorumRequest.Fetch fetch) => fetch.Replica.Id.Value >= 0 ? core.Log.End : core.State!.HighWatermark;

    private bool HasNews(QuorumRequest.Fetch fetch) => fetch.LogEnd.End < Visible(fetch) || core.State!.HighWatermark > fetch.HighWatermark;

    private QuorumAnswer.Fetched Bare() => new(ErrorCode.None) { HighWatermark = core.State!.HighWatermark, LogStart = core.Log.Start };

    private QuorumAnswer.Fetched Found(QuorumRequest.Fetch fetch)
    {
        if (fetch.LogEnd.End < core.Log.Start || fetch.LogEnd.End > core.Log.End) return Bare() with { Error = ErrorCode.OffsetOutOfRange };
        var end = Visible(fetch);
        return fetch.LogEnd.End < end ? Bare() with { ReadFrom = fetch.LogEnd.End, ReadTo = end } : Bare();
    }

    private void WakeFetches()
    {
        foreach (var fetch in core.WaitingFetches.TakeDue(fetch => HasNews(fetch.Request))) core.Answer(fetch.Id, Found(fetch.Request));
    }

    public void Asked(long id, QuorumRequest.FetchSnapshot fetch)
    {
        var error = core.WhyNotLeader(fetch.Epoch);
        if (error == ErrorCode.None && fetch.Replica.Id.Value >= 0 && core.State!.Seen(fetch.Replica, core.Now) is null) error = Duplicate(fetch.Replica);
        if (error == ErrorCode.None && (fetch.Position < 0 || fetch.MaxBytes <= 0)) error = ErrorCode.PositionOutOfRange;
        core.Answer(id, new QuorumAnswer.SnapshotPart(error) { Snapshot = fetch.Snapshot, Position = fetch.Position });
    }

    public void Appended(QuorumInput.Appended appended)
    {
        Invariant.That(core.Role == QuorumRole.Leader && appended.End > core.Log.End);
        core.Log.Append([new EpochStart(core.Epoch, core.Log.End)], appended.End);
        core.Again = true;
        if (appended.Change is { } change)
        {
            core.History.Add(change);
            core.VotersChanged();
            changes.Appended(change);
        }

        WakeFetches();
    }

    /// <summary>The high watermark may rise: a fetch told of a longer log, the own one was flushed, or others vote.</summary>
    public void Advance()
    {
        var leader = core.State!;
        var wasReady = leader.HighWatermark != Offset.None;
        if (!leader.Advance(core.Log.Flushed)) return;
        core.Again = true;
        if (leader.HighWatermark > core.HighWatermark) core.Commit(leader.HighWatermark);

        if (!wasReady) core.Out.Add(new QuorumOutput.LeadershipReady(core.Epoch));
        changes.Committed(leader.HighWatermark);
        WakeFetches();
    }

    private static string Ids(VoterSet voters) => string.Join(", ", voters.Voters.Select(voter => voter.Id));
}

/// <summary>What DescribeQuorum tells.</summary>
public sealed record QuorumDescription(
    LeaderEpoch Epoch, Offset HighWatermark, IReadOnlyList<ReplicaDescription> Voters, IReadOnlyList<ReplicaDescription> Observers);

/// <summary>How far a replica is. Times of -1 are never, an end of none is not known.</summary>
public sealed record ReplicaDescription(ReplicaKey Key, Offset LogEnd, long LastFetchMs, long LastCaughtUpMs);
