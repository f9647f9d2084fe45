using Ottla.Protocol.Primitives;
using Ottla.Raft.Elections;
using Ottla.Raft.Following;
using Ottla.Raft.Leading;
using Ottla.Raft.Messages;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Quorum;

/// <summary>One node of the metadata quorum as a step function: inputs in, outputs out (KRaft: KIP-595, 630, 853, 996, 1166, 1186).</summary>
/// <remarks>
/// Owned by the metadata loop. No method waits, reads a clock or touches a file: time is handed in with each input, writes and requests are
/// outputs, their completion is an input; so the simulator runs the same code. Chance is the generator that was handed in.
/// Outputs are done in their order, before the next input. Appends and truncations are taken as done when they are given out; a state that
/// is saved and a log that is flushed are not, until an input says so: what others see of a vote or an epoch leaves when it is durable, a
/// voter's fetch tells the end of its log only when that is, and the leader's own log counts for the high watermark up to its flush.
/// What peers say is checked and, where it can't be, passed over with a notice: only our own bugs are <see cref="Invariant"/>s.
/// </remarks>
public sealed class QuorumNode
{
    private readonly QuorumCore _core;
    private readonly Campaigns _campaigns;
    private readonly Epochs _epochs;
    private readonly Follower _follower;
    private readonly VoterReports _reports;
    private readonly VoterChanges _changes;
    private readonly Leadership _leadership;
    private bool _isStarted;

    /// <param name="settings">Time-outs and bounds.</param>
    /// <param name="local">This node.</param>
    /// <param name="start">What its disk holds.</param>
    /// <param name="random">Its chance.</param>
    public QuorumNode(QuorumSettings settings, LocalReplica local, QuorumStart start, Random random)
    {
        _core = new QuorumCore(settings, local, start, random);
        _campaigns = new Campaigns(_core);
        _epochs = new Epochs(_core);
        _reports = new VoterReports(_core);
        _follower = new Follower(_core, _reports);
        _changes = new VoterChanges(_core);
        _leadership = new Leadership(_core, _changes);
    }

    public QuorumRole Role => _core.Role;

    public LeaderEpoch Epoch => _core.Epoch;

    /// <summary>Who leads; none where nobody does, as far as this node knows.</summary>
    public BrokerId Leader => _core.KnownLeader;

    /// <summary>Who leads, and where.</summary>
    public LeaderHint Hint => _core.Hint();

    /// <summary>All below is committed, as far as this node knows; none before it knows.</summary>
    public Offset HighWatermark => _core.HighWatermark;

    /// <summary>Who votes, committed or not.</summary>
    public VoterSet Voters => _core.Voters;

    /// <summary>Who voted when the log ended there, for a snapshot of all below.</summary>
    public VoterSet VotersAt(Offset end) => _core.History.At(end);

    /// <summary>When <see cref="QuorumInput.TimePassed"/> is due at the latest; the end of time for never.</summary>
    public long Deadline => _core.Deadline;

    /// <summary>Whether this node's vote counts.</summary>
    public bool IsVoter => _core.IsVoter;

    /// <summary>Whether the node leads, has opened its epoch and is not about to give it up: the controller may append.</summary>
    public bool MayAppend => _core.Role == QuorumRole.Leader && !_core.IsStopping && _core.Log.LastEpoch == _core.Epoch;

    /// <summary>Whether the log is to be flushed as far as it goes: others wait for it. An observer's need not be.</summary>
    public bool HasToFlush => _core.Log.Flushed < _core.Log.End && (_core.MayCampaign || _core.Role == QuorumRole.Leader);

    /// <summary>How far all replicas are, for DescribeQuorum; null where this node does not lead. Times are of the clock of <see cref="Step"/>.</summary>
    public QuorumDescription? Describe(long now) => _leadership.Describe(now);

    /// <summary>One step.</summary>
    /// <param name="now">Milliseconds of a clock that never goes back.</param>
    /// <param name="input">What happened.</param>
    public IReadOnlyList<QuorumOutput> Step(long now, QuorumInput input)
    {
        Invariant.That(now >= _core.Now);
        Invariant.That(_isStarted == input is not QuorumInput.Started);
        if (_core.IsFinished && input is not QuorumInput.StateSaved) return [];
        _isStarted = true;
        _core.Now = now;
        var (epoch, highWatermark) = (Epoch, HighWatermark);
        Take(input);
        Poll();
        Invariant.That(Epoch >= epoch && HighWatermark >= highWatermark);
        return _core.Take();
    }

    private void Take(QuorumInput input)
    {
        switch (input)
        {
            case QuorumInput.Started: _core.Start(); break;
            case QuorumInput.TimePassed: break;
            case QuorumInput.StateSaved saved: _core.Out.Saved(saved.Version); break;
            case QuorumInput.Asked asked: Asked(asked.Id, asked.Request); break;
            case QuorumInput.AskerLeft left: _core.WaitingFetches.Forget(left.Id); break;
            case QuorumInput.Answered answered: Answered(answered.Id, answered.Answer); break;
            case QuorumInput.Failed failed: Failed(failed.Id, failed.Failure); break;
            case QuorumInput.Appended appended: _leadership.Appended(appended); break;
            case QuorumInput.LogFlushed flushed: Flushed(flushed.End); break;
            case QuorumInput.LogTrimmed trimmed: Trimmed(trimmed); break;
            case QuorumInput.SnapshotPartStored stored: _follower.SnapshotPartStored(stored); break;
            case QuorumInput.SnapshotLoaded loaded: _follower.SnapshotLoaded(loaded); break;
            case QuorumInput.SnapshotRefused refused: _follower.SnapshotRefused(refused.Snapshot); break;
            case QuorumInput.ConfirmedDead dead: _core.ConfirmedDead(dead.Node); break;
            case QuorumInput.Stopped: _core.Stop(); break;
            default: throw new InvariantException($"The quorum does not know {input.GetType()}");
        }
    }

    /// <summary>Does what is due, until nothing is; learns when the next thing will be.</summary>
    private void Poll()
    {
        do
        {
            _core.Again = false;
            _core.Deadline = long.MaxValue;
            // who gives up its office while it stops is through once it hears of the next one
            if (_core.IsStopping && Role != QuorumRole.Resigned && !_core.IsFinished) _core.Finish();
            if (_core.IsFinished) return;
            while (_core.Sent.FirstExpired(_core.Now) is { } expired) Failed(expired.Id, RequestFailure.TimedOut);
            PollRole();
            if (_core.Outage.Poll(_core.Now, IsSettled, _core.Voters, _core.Leader) is { } text) _core.Notice(text);
            _core.At(_core.Outage.NextMs);
            _core.At(_core.Sent.NextDeadline);
        }
        while (_core.Again);
    }

    private bool IsSettled => Role == QuorumRole.Leader || Role == QuorumRole.Follower && _core.HasFetched && !_core.LeaderIsGone;

    private void PollRole()
    {
        switch (Role)
        {
            case QuorumRole.Unattached:
                if (_core.MayCampaign && !_core.IsStopping && _core.IsDue(_core.CampaignAt)) _core.Campaign();
                else _follower.PollFetch();
                break;
            case QuorumRole.Prospective or QuorumRole.Candidate: _campaigns.Poll(); break;
            case QuorumRole.Leader: _leadership.Poll(); break;
            case QuorumRole.Follower: _follower.Poll(); break;
            case QuorumRole.Resigned: _epochs.PollResigned(); break;
        }
    }

    private void Asked(long id, QuorumRequest request)
    {
        if (request.ClusterId is { } cluster && _core.Local.ClusterId is { } own && cluster != own)
        {
            _core.Answer(id, Refusal(request, ErrorCode.InconsistentClusterId) with { IsWhole = false });
            return;
        }

        switch (request)
        {
            case QuorumRequest.Vote vote: _campaigns.Asked(id, vote); break;
            case QuorumRequest.BeginEpoch begin: _epochs.Asked(id, begin); break;
            case QuorumRequest.EndEpoch end: _epochs.Asked(id, end); break;
            case QuorumRequest.Fetch fetch: _leadership.Asked(id, fetch); break;
            case QuorumRequest.FetchSnapshot snapshot: _leadership.Asked(id, snapshot); break;
            case QuorumRequest.AskVersions: _core.Answer(id, new QuorumAnswer.Versions(ErrorCode.None, VoterSet.SupportedKRaftVersions)); break;
            default: _changes.Asked(id, request); break;
        }
    }

    private static QuorumAnswer Refusal(QuorumRequest request, ErrorCode error) => request switch
    {
        QuorumRequest.Vote => new QuorumAnswer.Voted(error, false),
        QuorumRequest.Fetch => new QuorumAnswer.Fetched(error),
        QuorumRequest.FetchSnapshot => new QuorumAnswer.SnapshotPart(error),
        QuorumRequest.AskVersions => new QuorumAnswer.Versions(error, VersionRange.None),
        _ => new QuorumAnswer.Done(error),
    };

    private void Answered(long id, QuorumAnswer answer)
    {
        if (_core.Sent.End(id) is not { } sent) return;
        _core.Again = true;
        if (answer.Error == ErrorCode.InconsistentClusterId)
        {
            Failed(sent, RequestFailure.Unusable, "belongs to another cluster (look at its port, and at the cluster.id in its meta.properties)");
            return;
        }

        if (answer.IsWhole) _epochs.Observe(answer.Leader);
        switch (answer)
        {
            case QuorumAnswer.Voted voted when sent.Request is QuorumRequest.Vote: _campaigns.Answered(sent, voted); break;
            case QuorumAnswer.Fetched fetched when sent.Request is QuorumRequest.Fetch: _follower.Fetched(sent, fetched); break;
            case QuorumAnswer.SnapshotPart part when sent.Request is QuorumRequest.FetchSnapshot: _follower.Fetched(sent, part); break;
            case QuorumAnswer.Versions versions when sent.Request is QuorumRequest.AskVersions: _changes.VersionsKnown(sent, versions); break;
            case QuorumAnswer.Done done: Acknowledged(sent, done); break;
            default: Failed(sent, RequestFailure.Unusable, null); break;
        }
    }

    private void Acknowledged(SentRequest sent, QuorumAnswer.Done done)
    {
        switch (sent.Request)
        {
            case QuorumRequest.BeginEpoch begin: _leadership.Begun(sent.To.Id, begin.Epoch, done.Error); break;
            case QuorumRequest.EndEpoch: _core.Unacknowledged.Remove(sent.To.Id.Value); break;
            case QuorumRequest.UpdateVoter or QuorumRequest.AddVoter or QuorumRequest.RemoveVoter: _reports.Answered(done); break;
            default: Failed(sent, RequestFailure.Unusable, null); break;
        }
    }

    private void Failed(long id, RequestFailure failure)
    {
        if (_core.Sent.End(id) is { } sent) Failed(sent, failure, null);
    }

    private void Failed(SentRequest sent, RequestFailure failure, string? why)
    {
        _core.Again = true;
        _core.Outage.Note(sent.To, why ?? Outage.Describe(failure));
        switch (sent.Request)
        {
            case QuorumRequest.Fetch or QuorumRequest.FetchSnapshot: _follower.FetchFailed(sent, failure); break;
            case QuorumRequest.AskVersions: _changes.VersionsUnknown(failure); break;
            default: _core.Sent.LeaveAlone(sent.To.Id, _core.Now + _core.Settings.RetryBackoffMs); break;
        }
    }

    private void Flushed(Offset end)
    {
        // what was cut off meanwhile is not there any more
        _core.Log.FlushedTo(Offset.Min(end, _core.Log.End));
        _core.Again = true;
        if (Role == QuorumRole.Leader) _leadership.Advance();
    }

    private void Trimmed(QuorumInput.LogTrimmed trimmed)
    {
        Invariant.That(trimmed.Latest.End <= HighWatermark);
        _core.Log.Trimmed(trimmed.Start, trimmed.Earliest, trimmed.Latest);
        _core.History.Forget(trimmed.Start);
        _core.VotersAreRecorded |= Voters.KRaftVersion >= 1;
    }
}
