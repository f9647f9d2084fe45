using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Elections;

/// <summary>Who said what of one candidacy.</summary>
/// <remarks>Owned by the node's loop, made for one round. The voters can't change meanwhile: a candidate appends nothing.</remarks>
internal sealed class Ballot(VoterSet voters, ReplicaKey self, bool isPreVote)
{
    private readonly SortedDictionary<int, bool> _votes = voters.IsVoter(self) ? new() { [self.Id.Value] = true } : [];

    public bool IsPreVote => isPreVote;

    public bool IsWon => Count(granted: true) >= voters.Majority;

    /// <summary>So many said no that the others can't make up for it.</summary>
    public bool IsLost => Count(granted: false) > voters.Count - voters.Majority;

    public IReadOnlyList<Voter> Open => [.. voters.Voters.Where(voter => !_votes.ContainsKey(voter.Id.Value))];

    public IReadOnlyList<Voter> Granting => [.. voters.Voters.Where(voter => _votes.TryGetValue(voter.Id.Value, out var granted) && granted)];

    public void Record(BrokerId voter, bool isGranted)
    {
        Invariant.That(voters.Find(voter) is not null);
        // a yes is never taken back
        if (_votes.TryGetValue(voter.Value, out var former) && former) return;
        _votes[voter.Value] = isGranted;
    }

    /// <summary>Asks a voter anew who said no.</summary>
    public void Reopen(BrokerId voter)
    {
        if (_votes.TryGetValue(voter.Value, out var granted) && !granted) _votes.Remove(voter.Value);
    }

    private int Count(bool granted) => _votes.Count(vote => vote.Value == granted);
}
