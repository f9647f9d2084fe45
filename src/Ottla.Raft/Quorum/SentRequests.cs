using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;

namespace Ottla.Raft.Quorum;

/// <summary>Requests that wait for their answers, and how long a peer is left alone after a failure.</summary>
/// <remarks>Owned by the node's loop. There is at most one fetch, one request about voters, and one vote, begin or end to each voter, which
/// bounds the list. An answer to what is no longer here is passed over.</remarks>
internal sealed class SentRequests(QuorumSettings settings)
{
    private readonly List<SentRequest> _sent = [];
    private readonly SortedDictionary<int, long> _notBefore = [];
    private long _lastId;

    /// <summary>The fetch that is under way, of records or of a snapshot.</summary>
    public SentRequest? Fetch => _sent.Find(sent => sent.Request is QuorumRequest.Fetch or QuorumRequest.FetchSnapshot);

    /// <summary>The request about voters that is under way.</summary>
    public SentRequest? OfVoters => _sent.Find(sent => sent.Request is QuorumRequest.UpdateVoter or QuorumRequest.AddVoter or QuorumRequest.RemoveVoter);

    public long NextDeadline => _sent.Count == 0 ? long.MaxValue : _sent.Min(sent => sent.DeadlineMs);

    public SentRequest Begin(QuorumPeer to, QuorumRequest request, long now)
    {
        var sent = new SentRequest(++_lastId, to, request, now + settings.RequestTimeoutMs);
        _sent.Add(sent);
        return sent;
    }

    /// <returns>Null for one that counts no longer.</returns>
    public SentRequest? End(long id)
    {
        var at = _sent.FindIndex(sent => sent.Id == id);
        if (at < 0) return null;
        var sent = _sent[at];
        _sent.RemoveAt(at);
        return sent;
    }

    public SentRequest? FirstExpired(long now) => _sent.Find(sent => sent.DeadlineMs <= now);

    /// <summary>When a vote, begin or end may go to the voter: 0 is now, the end of time while one is under way.</summary>
    public long FreeAt(BrokerId voter) => _sent.Exists(sent => sent.To.Id == voter && IsOfElection(sent.Request))
        ? long.MaxValue
        : _notBefore.GetValueOrDefault(voter.Value);

    public void LeaveAlone(BrokerId voter, long until) => _notBefore[voter.Value] = until;

    /// <summary>Waits no longer for a fetch that was sent before then.</summary>
    public void DropFetch(long sentBefore) =>
        _sent.RemoveAll(sent => sent.Request is (QuorumRequest.Fetch or QuorumRequest.FetchSnapshot) && sent.DeadlineMs - settings.RequestTimeoutMs < sentBefore);

    /// <summary>The epoch or the role is another: what was asked counts no longer.</summary>
    public void Clear()
    {
        _sent.Clear();
        _notBefore.Clear();
    }

    private static bool IsOfElection(QuorumRequest request) =>
        request is QuorumRequest.Vote or QuorumRequest.BeginEpoch or QuorumRequest.EndEpoch;
}

internal sealed record SentRequest(long Id, QuorumPeer To, QuorumRequest Request, long DeadlineMs);
