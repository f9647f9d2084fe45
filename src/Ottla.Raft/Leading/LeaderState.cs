using Ottla.Protocol.Primitives;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Leading;

/// <summary>What a leader knows of the others, and the high watermark that follows from it. Made for one epoch.</summary>
/// <remarks>
/// Owned by the node's loop. Replicas are a list in the order of their keys: nothing depends on a hash, and there are as many as nodes.
/// The high watermark is what a majority of the latest voters hold durably, the leader's own log up to its flush; it is not known before a
/// record of this very epoch is among them, since a record of an older one may be replaced though a majority has it.
/// </remarks>
internal sealed class LeaderState
{
    private readonly QuorumSettings _settings;
    private readonly ReplicaKey _local;
    private readonly long _beganMs;
    private readonly List<ReplicaProgress> _replicas = [];

    public LeaderState(QuorumSettings settings, ReplicaKey local, LeaderEpoch epoch, Offset epochStart, VoterSet voters, long now)
    {
        Invariant.That(epoch.Value > 0);
        _settings = settings;
        _local = local;
        _beganMs = now;
        Epoch = epoch;
        EpochStart = epochStart;
        Voters = voters;
        UseVoters(voters);
    }

    public LeaderEpoch Epoch { get; }

    /// <summary>The offset of the epoch's first record.</summary>
    public Offset EpochStart { get; }

    public VoterSet Voters { get; private set; }

    /// <summary>None until a record of this epoch is committed.</summary>
    public Offset HighWatermark { get; private set; } = Offset.None;

    public IReadOnlyList<ReplicaProgress> Replicas => _replicas;

    /// <summary>Static voters give their directories away with UpdateRaftVoter; dynamic ones have them in the record.</summary>
    public SortedDictionary<int, Voter> Reported { get; } = [];

    /// <summary>Voters who said that they heard of the epoch.</summary>
    public SortedSet<int> Begun { get; } = [];

    /// <summary>When each voter was told of it last.</summary>
    public SortedDictionary<int, long> BegunAt { get; } = [];

    public bool IsVoter(ReplicaProgress replica) => Voters.IsVoter(replica.Key);

    /// <summary>This very copy; or the static voter of its id, whose directory nobody knows yet.</summary>
    public ReplicaProgress? Find(ReplicaKey key) =>
        _replicas.Find(replica => replica.Key == key) ?? _replicas.Find(replica => replica.Key.Id == key.Id && replica.Key.DirectoryId.IsZero);

    public ReplicaProgress? Find(Voter voter) => voter.DirectoryId.IsZero ? _replicas.Find(replica => replica.Key.Id == voter.Id) : Find(voter.Key);

    /// <summary>These vote from now on.</summary>
    public void UseVoters(VoterSet voters)
    {
        Invariant.That(voters.Count > 0);
        Voters = voters;
        foreach (var voter in voters.Voters)
        {
            if (!IsLocal(voter) && Find(voter) is null) Add(new ReplicaProgress(voter.Key));
        }

        // who votes no longer and never fetched is nobody to be told of
        _replicas.RemoveAll(replica => replica.LastFetchMs < 0 && !IsVoter(replica));
    }

    /// <summary>A replica asked for something.</summary>
    /// <returns>Its progress; null where another copy of the same static voter is the one that counts, such as the leader itself.</returns>
    public ReplicaProgress? Seen(ReplicaKey key, long now)
    {
        Invariant.That(key.Id != BrokerId.None);
        if (key == _local || key.Id == _local.Id && Voters.Find(key.Id) is { DirectoryId.IsZero: true }) return null;
        if (Find(key) is { } known)
        {
            known.Seen(key, now);
            return known;
        }

        // a static voter is whoever has its id: of two with one id the first counts, until it is silent
        if (Voters.Find(key.Id) is { DirectoryId.IsZero: true } && _replicas.Find(replica => replica.Key.Id == key.Id) is { } first)
        {
            if (now - first.LastFetchMs < _settings.FetchTimeoutMs) return null;
            _replicas.Remove(first);
        }

        var added = new ReplicaProgress(key);
        added.Seen(key, now);
        Add(added);
        return added;
    }

    /// <summary>Computes the high watermark anew.</summary>
    /// <returns>Whether it rose.</returns>
    public bool Advance(Offset flushed)
    {
        var ends = new Offset[Voters.Count];
        for (var i = 0; i < ends.Length; i++)
        {
            var voter = Voters.Voters[i];
            ends[i] = IsLocal(voter) ? flushed : Find(voter)?.LogEnd ?? Offset.None;
        }

        Array.Sort(ends);
        var held = ends[ends.Length - Voters.Majority];
        // the record that opened the epoch has to be among them
        if (held <= EpochStart || held <= HighWatermark) return false;
        HighWatermark = held;
        return true;
    }

    /// <summary>When the leader has to give up unless a majority fetches before; the end of time for one who is a majority alone.</summary>
    public long CheckQuorumDeadline()
    {
        var needed = Voters.Majority - (Voters.IsVoter(_local) ? 1 : 0);
        if (needed <= 0) return long.MaxValue;
        var seen = new List<long>(Voters.Count);
        foreach (var replica in _replicas)
        {
            if (IsVoter(replica)) seen.Add(Math.Max(replica.LastFetchMs, _beganMs));
        }

        seen.Sort();
        return (seen.Count >= needed ? seen[^needed] : _beganMs) + _settings.CheckQuorumMs;
    }

    /// <summary>Forgets observers who stay away.</summary>
    /// <returns>When the next may be forgotten.</returns>
    public long ForgetObservers(long now)
    {
        _replicas.RemoveAll(replica => !IsVoter(replica) && now - replica.LastFetchMs >= _settings.ObserverSessionMs);
        var next = long.MaxValue;
        foreach (var replica in _replicas)
        {
            if (!IsVoter(replica)) next = Math.Min(next, replica.LastFetchMs + _settings.ObserverSessionMs);
        }

        return next;
    }

    /// <summary>Voters, those whose logs are longest first: who should lead next.</summary>
    public IReadOnlyList<ReplicaKey> Successors() =>
        [.. _replicas.Where(IsVoter).OrderByDescending(replica => replica.LogEnd.Value).ThenBy(replica => replica.Key).Select(replica => replica.Key)];

    private bool IsLocal(Voter voter) => voter.Key.MayBe(_local);

    private void Add(ReplicaProgress replica)
    {
        var at = _replicas.FindIndex(other => other.Key > replica.Key);
        _replicas.Insert(at < 0 ? _replicas.Count : at, replica);
    }
}
