using Ottla.Protocol.Primitives;
using Ottla.Raft.Elections;
using Ottla.Raft.Following;
using Ottla.Raft.Leading;
using Ottla.Raft.Messages;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Quorum;

/// <summary>How a node goes from one role to another.</summary>
internal sealed partial class QuorumCore
{
    /// <summary>Elections that this node lost in a row.</summary>
    public int Retries { get; set; }

    /// <summary>When a voter that follows nobody campaigns, or one whose leader is gone.</summary>
    public long CampaignAt { get; set; }

    public long CampaignUntil { get; set; }

    public long ResignedUntil { get; private set; }

    /// <summary>This node knows that the epoch's leader leads no longer: it is dead, or said so.</summary>
    public bool LeaderIsGone { get; private set; }

    /// <summary>The leader answered a fetch in this epoch.</summary>
    public bool HasFetched { get; set; }

    public long FetchDeadline { get; set; }

    public long FetchNotBefore { get; set; }

    public int FetchFailures { get; set; }

    public long NextReportMs { get; set; }

    /// <summary>The leader's snapshot, on its way here.</summary>
    public SnapshotFetch? Snapshot { get; set; }

    /// <summary>Voters who have not heard yet that this node resigned.</summary>
    public SortedSet<int> Unacknowledged { get; } = [];

    public IReadOnlyList<ReplicaKey> Successors { get; private set; } = [];

    public void Start()
    {
        var wasLeader = Leader == Local.Key.Id;
        if (IsVoter && Voters.Count == 1) Lead([Local.ToVoter()]);
        else if (wasLeader && MayCampaign) Resign();
        else if (Leader != BrokerId.None && !wasLeader && Voters.Find(Leader)?.EndpointOf(Local.Listener) is { } endpoint) Follow(Epoch, Leader, endpoint);
        else
        {
            BecomeUnattached(Epoch);
            // nobody is disturbed by a pre-vote: at the start there is no reason to wait, except for each other
            CampaignAt = Now + Rank() * Settings.RankDelayMs;
        }
    }

    /// <summary>Follows nobody; in a higher epoch, without knowing of its leader or having voted.</summary>
    public void BecomeUnattached(LeaderEpoch epoch)
    {
        Invariant.That(epoch >= Epoch);
        LeaveRole();
        if (epoch > Epoch)
        {
            Epoch = epoch;
            Leader = BrokerId.None;
            Voted = ReplicaKey.None;
            LeaderIsGone = false;
        }

        Role = QuorumRole.Unattached;
        CampaignAt = Now + Patience();
    }

    /// <summary>Gives its vote of this epoch away, and waits for what comes of it.</summary>
    public void VoteFor(ReplicaKey candidate)
    {
        Invariant.That(Leader == BrokerId.None && (Voted.Id == BrokerId.None || Voted.MayBe(candidate)));
        if (Voted.Id != BrokerId.None) return;
        Voted = candidate;
        BecomeUnattached(Epoch);
    }

    public void Follow(LeaderEpoch epoch, BrokerId leader, VoterEndpoint endpoint)
    {
        Invariant.That(epoch > Epoch || epoch == Epoch && (Leader == BrokerId.None || Leader == leader));
        Invariant.That(leader != Local.Key.Id);
        LeaveRole();
        Epoch = epoch;
        Leader = leader;
        LeaderEndpoint = endpoint;
        Voted = ReplicaKey.None;
        LeaderIsGone = false;
        HasFetched = false;
        Retries = 0;
        Role = QuorumRole.Follower;
        FetchNotBefore = Now;
        FetchFailures = 0;
        FetchDeadline = Now + Settings.FetchTimeoutMs;
        NextReportMs = Now + Settings.RetryBackoffMs;
    }

    /// <summary>Tries to lead: asks first whether it would be elected, unless nobody else votes.</summary>
    public void Campaign()
    {
        Invariant.That(MayCampaign && !IsStopping);
        if (Voters.Count == 1 && IsVoter)
        {
            Lead([Local.ToVoter()]);
            return;
        }

        LeaveRole();
        Role = QuorumRole.Prospective;
        Ballot = new Ballot(Voters, Local.Key, isPreVote: true);
        CampaignUntil = Now + Patience();
    }

    public void StandForElection()
    {
        Invariant.That(Role == QuorumRole.Prospective && Ballot!.IsWon);
        LeaveRole();
        Epoch = new LeaderEpoch(Epoch.Value + 1);
        Leader = BrokerId.None;
        LeaderIsGone = false;
        Voted = Local.Key;
        Role = QuorumRole.Candidate;
        Ballot = new Ballot(Voters, Local.Key, isPreVote: false);
        CampaignUntil = Now + Patience();
    }

    /// <summary>Leads the epoch for which it was elected; as the only voter, the next one, of which the one write tells that it is led.</summary>
    public void Lead(IReadOnlyList<Voter> granting)
    {
        Invariant.That(Role == QuorumRole.Candidate && Ballot!.IsWon || Voters.Count == 1 && IsVoter);
        if (Role != QuorumRole.Candidate) Epoch = new LeaderEpoch(Epoch.Value + 1);
        LeaveRole();
        Leader = Local.Key.Id;
        Voted = ReplicaKey.None;
        LeaderIsGone = false;
        Retries = 0;
        Role = QuorumRole.Leader;
        State = new LeaderState(Settings, Local.Key, Epoch, Log.End, Voters, Now);
        var toWrite = Voters.KRaftVersion >= 1 && !VotersAreRecorded && History.LatestAt == Offset.None ? Voters : null;
        Out.Add(new QuorumOutput.OpenEpoch(Epoch, new EpochOpening(Local.Key.Id, Voters.Voters, granting, toWrite)));
    }

    /// <summary>Gives up the epoch that it leads, or led before it was started anew, and says so to the voters, best successor first.</summary>
    public void Resign()
    {
        Invariant.That(Leader == Local.Key.Id);
        Successors = State?.Successors() ?? [.. Voters.Voters.Where(voter => voter.Id != Local.Key.Id).Select(voter => voter.Key)];
        LeaveRole();
        Role = QuorumRole.Resigned;
        Unacknowledged.Clear();
        foreach (var voter in Voters.Voters)
        {
            if (voter.Id != Local.Key.Id) Unacknowledged.Add(voter.Id.Value);
        }

        ResignedUntil = Now + (IsStopping ? Settings.RequestTimeoutMs : Patience());
    }

    public void Stop()
    {
        IsStopping = true;
        Again = true;
        if (Role == QuorumRole.Leader && Voters.Count > 1) Resign();
        else if (Role != QuorumRole.Resigned) Finish();
        else ResignedUntil = Math.Min(ResignedUntil, Now + Settings.RequestTimeoutMs);
    }

    public void Finish()
    {
        if (Role == QuorumRole.Leader)
        {
            // the only voter has nobody to tell
            LeaveRole();
            Role = QuorumRole.Resigned;
        }
        else if (Role != QuorumRole.Resigned) BecomeUnattached(Epoch);

        IsFinished = true;
        Out.Add(new QuorumOutput.Finished());
    }

    /// <summary>The epoch's leader leads no longer: others may campaign, and this node does after the delay.</summary>
    public void LoseLeader(long delayMs)
    {
        Invariant.That(Leader != BrokerId.None && Leader != Local.Key.Id);
        LeaderIsGone = true;
        CampaignAt = Now + delayMs;
        Again = true;
    }

    public void ConfirmedDead(BrokerId node)
    {
        if (node == BrokerId.None || node != Leader || node == Local.Key.Id || LeaderIsGone) return;
        LoseLeader(Rank() * Settings.RankDelayMs);
    }

    /// <summary>The one change of the voters is through, or will not be.</summary>
    public void AnswerPendingChange(ErrorCode error, string? message)
    {
        if (Change is not { } pending) return;
        Change = null;
        Again = true;
        if (!pending.IsAnswered) Answer(pending.Id, new QuorumAnswer.Done(error) { Message = message });
    }

    /// <summary>This node's place among the voters that may follow the leader: who knows at the same time that it is gone campaigns in this
    /// order.</summary>
    public int Rank()
    {
        var rank = 0;
        foreach (var voter in Voters.Voters)
        {
            if (voter.Id.Value < Local.Key.Id.Value && voter.Id != Leader) rank++;
        }

        return rank;
    }

    public ErrorCode WhyNotLeader(LeaderEpoch asked)
    {
        if (asked < Epoch) return ErrorCode.FencedLeaderEpoch;
        if (asked > Epoch) return ErrorCode.UnknownLeaderEpoch;
        return Role == QuorumRole.Leader ? ErrorCode.None : ErrorCode.NotLeaderOrFollower;
    }

    /// <summary>An epoch has one leader: this one is claimed by another than the one that is known, or by this very node.</summary>
    public bool IsImpossible(BrokerId leader, LeaderEpoch epoch) =>
        leader.Value < 0 || leader == Local.Key.Id || epoch == Epoch && Leader != BrokerId.None && Leader != leader;

    public bool IsMeant(ReplicaKey voter) => voter.Id == BrokerId.None || voter.MayBe(Local.Key);

    /// <summary>What belongs to the role that is left behind ends; whoever waits for its answers is told.</summary>
    private void LeaveRole()
    {
        Again = true;
        Out.Mark();
        Ballot = null;
        Snapshot = null;
        Sent.Clear();
        if (State is null) return;
        State = null;
        Role = QuorumRole.Resigned;
        foreach (var fetch in WaitingFetches.TakeDue(_ => true)) Answer(fetch.Id, new QuorumAnswer.Fetched(ErrorCode.NotLeaderOrFollower));
        AnswerPendingChange(ErrorCode.NotLeaderOrFollower, "The leader of the metadata quorum gave up its office.");
    }

    /// <summary>How long to wait for an election, by chance: from one time-out to two.</summary>
    private long Patience() => Settings.ElectionTimeoutMs + Random.Next(Math.Max(1, Settings.ElectionTimeoutMs));
}
