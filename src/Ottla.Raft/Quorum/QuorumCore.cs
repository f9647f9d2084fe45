using Ottla.Protocol.Primitives;
using Ottla.Raft.Elections;
using Ottla.Raft.History;
using Ottla.Raft.Leading;
using Ottla.Raft.Messages;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Quorum;

/// <summary>What a node of the quorum is at a moment: role, epoch, vote, log, voters, what it waits for; and how it goes from one role to
/// another.</summary>
/// <remarks>Owned by the node's loop, and shared by those who act for the roles: <see cref="Campaigns"/>, <see cref="Epochs"/>, the follower
/// and the leader. Epoch, vote and leader change in this class alone, and each change is saved before anybody hears of it.</remarks>
internal sealed partial class QuorumCore
{
    private string _savedState;
    private BrokerId _toldLeader = BrokerId.None;
    private LeaderEpoch _toldEpoch = LeaderEpoch.None;

    public QuorumCore(QuorumSettings settings, LocalReplica local, QuorumStart start, Random random)
    {
        Settings = settings;
        Local = local;
        Random = random;
        Log = new LogHistory(start.Log);
        History = new VoterHistory(start.FirstVoters);
        VotersAreRecorded = start.VotersAreRecorded;
        foreach (var change in start.Changes ?? []) History.Add(change);
        Sent = new SentRequests(settings);
        Outage = new Outage(settings);
        var state = start.State;
        // a state that was lost must not bring an epoch back that the log knows
        var isOld = state.Epoch < Log.LastEpoch;
        Epoch = new LeaderEpoch(Math.Max(0, isOld ? Log.LastEpoch.Value : state.Epoch.Value));
        Leader = isOld ? BrokerId.None : state.Leader;
        Voted = isOld || Leader != BrokerId.None ? ReplicaKey.None : new ReplicaKey(state.Voted, state.VotedDirectory);
        _savedState = state.ToString();
        HighWatermark = start.Log.LatestSnapshot?.End ?? Offset.None;
    }

    public QuorumSettings Settings { get; }

    public LocalReplica Local { get; }

    public Random Random { get; }

    public LogHistory Log { get; }

    public VoterHistory History { get; }

    public SentRequests Sent { get; }

    public Outbox Out { get; } = new();

    public Outage Outage { get; }

    public QuorumRole Role { get; private set; } = QuorumRole.Unattached;

    public LeaderEpoch Epoch { get; private set; }

    public BrokerId Leader { get; private set; }

    /// <summary>Whom this node voted for in the epoch; forgotten once it knows who leads, which keeps it from voting as well.</summary>
    public ReplicaKey Voted { get; private set; }

    public VoterEndpoint? LeaderEndpoint { get; private set; }

    /// <summary>Of a node that campaigns.</summary>
    public Ballot? Ballot { get; private set; }

    /// <summary>Of a leader.</summary>
    public LeaderState? State { get; private set; }

    public WaitingFetches WaitingFetches { get; } = new();

    /// <summary>The change of the voters that a leader is about.</summary>
    public PendingChange? Change { get; set; }

    public Offset HighWatermark { get; private set; }

    public bool VotersAreRecorded { get; set; }

    public VoterSet Voters => History.Latest;

    public bool IsVoter => Local.IsController && Voters.IsVoter(Local.Key);

    /// <summary>Whether this node may have to lead: it votes, or did before a change that it does not know to be committed. Nobody else may
    /// have the record that removed it, and then nobody else can be elected.</summary>
    public bool MayCampaign =>
        IsVoter || Local.IsController && History.LatestAt >= Offset.Zero && History.LatestAt >= HighWatermark && History.Previous.IsVoter(Local.Key);

    public bool IsStopping { get; private set; }

    public bool IsFinished { get; private set; }

    public long Now { get; set; }

    /// <summary>Something changed: what is due has to be looked at anew.</summary>
    public bool Again { get; set; }

    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>Something is due then.</summary>
    public void At(long when) => Deadline = Math.Min(Deadline, when);

    public bool IsDue(long when)
    {
        if (when <= Now) return true;
        At(when);
        return false;
    }

    public void Send(QuorumPeer to, QuorumRequest request)
    {
        var sent = Sent.Begin(to, request with { ClusterId = Local.ClusterId }, Now);
        Out.Add(new QuorumOutput.Send(sent.Id, to, sent.Request));
    }

    public void Answer(long id, QuorumAnswer answer) => Out.Add(new QuorumOutput.Answer(id, answer with { Leader = Hint() }));

    public void Notice(string text) => Out.Add(new QuorumOutput.Notice(text));

    /// <summary>All below is committed.</summary>
    public void Commit(Offset highWatermark)
    {
        Invariant.That(highWatermark > HighWatermark && highWatermark <= Log.End);
        HighWatermark = highWatermark;
        Out.Add(new QuorumOutput.Commit(highWatermark));
    }

    /// <summary>Voters were named, or are no longer: what is saved names static ones.</summary>
    public void VotersChanged()
    {
        Out.Mark();
        Again = true;
        State?.UseVoters(Voters);
    }

    /// <summary>What is to be done, now that the step is through.</summary>
    public IReadOnlyList<QuorumOutput> Take()
    {
        Tell();
        Check();
        var isDynamic = Voters.KRaftVersion >= 1;
        var state = new QuorumState(
            isDynamic ? (short)1 : (short)0, Leader, Epoch, Voted.Id, isDynamic ? Voted.DirectoryId : Uuid.Zero, "", 0,
            isDynamic ? [] : [.. Voters.Voters.Select(voter => voter.Id.Value)]);
        var text = state.ToString();
        if (text == _savedState) return Out.Take(null, IsWanted);
        Out.Mark();
        _savedState = text;
        return Out.Take(state, IsWanted);
    }

    /// <summary>Whether something that was said earlier is still true to what the node is now: a leader may have given up since.</summary>
    private bool IsWanted(QuorumOutput output) => output switch
    {
        QuorumOutput.OpenEpoch open => Role == QuorumRole.Leader && Epoch == open.Epoch,
        QuorumOutput.AppendVoters append => Role == QuorumRole.Leader && Epoch == append.Epoch,
        _ => true,
    };

    /// <summary>Who leads; none where that one is gone or gave it up.</summary>
    public BrokerId KnownLeader => LeaderIsGone || Leader == Local.Key.Id && Role != QuorumRole.Leader ? BrokerId.None : Leader;

    public LeaderHint Hint()
    {
        if (Role == QuorumRole.Leader) return new LeaderHint(Leader, Epoch, Local.ToVoter().EndpointOf(Local.Listener));
        var known = KnownLeader;
        return new LeaderHint(known, Epoch, known == BrokerId.None ? null : Voters.Find(known)?.EndpointOf(Local.Listener) ?? LeaderEndpoint);
    }

    private void Tell()
    {
        if (_toldEpoch == Epoch && _toldLeader == KnownLeader) return;
        _toldEpoch = Epoch;
        _toldLeader = KnownLeader;
        Out.Add(new QuorumOutput.LeaderChanged(Epoch, KnownLeader));
    }

    private void Check()
    {
        Invariant.That(Leader == BrokerId.None || Voted.Id == BrokerId.None);
        Invariant.That((Role == QuorumRole.Leader) == (State is not null));
        Invariant.That(Role != QuorumRole.Leader || Leader == Local.Key.Id && State!.Epoch == Epoch);
        Invariant.That(Role != QuorumRole.Candidate || Voted == Local.Key && Leader == BrokerId.None);
        Invariant.That(Role != QuorumRole.Follower || Leader != BrokerId.None && Leader != Local.Key.Id && LeaderEndpoint is not null);
        Invariant.That((Role is QuorumRole.Prospective or QuorumRole.Candidate) == (Ballot is not null));
        Invariant.That(Role == QuorumRole.Leader || Change is null && WaitingFetches.Count == 0);
        Invariant.That(Log.LastEpoch <= Epoch && HighWatermark <= Log.End);
    }
}
