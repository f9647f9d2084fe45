using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;

namespace Ottla.Raft.Leading;

/// <summary>Fetches that a leader holds until there is something to say.</summary>
/// <remarks>Owned by the node's loop. A replica has one at a time; a second one answers the first. Those without an id are consumers, which
/// share what is left of <see cref="CountMax"/>: beyond it an answer goes out at once, empty.</remarks>
internal sealed class WaitingFetches
{
    /// <summary>One for each node of the largest cluster that Kafka's own bounds allow for, and as many tools.</summary>
    public const int CountMax = 4_096;

    private readonly List<WaitingFetch> _waiting = [];

    public int Count => _waiting.Count;

    public bool IsFull => _waiting.Count >= CountMax;

    public long NextDeadline => _waiting.Count == 0 ? long.MaxValue : _waiting.Min(fetch => fetch.DeadlineMs);

    /// <returns>The fetch of the same replica that waited; null for none.</returns>
    public WaitingFetch? Add(WaitingFetch fetch)
    {
        Invariant.That(_waiting.TrueForAll(other => other.Id != fetch.Id));
        var former = fetch.Request.Replica.Id == BrokerId.None ? -1 : _waiting.FindIndex(other => other.Request.Replica == fetch.Request.Replica);
        _waiting.Add(fetch);
        if (former < 0) return null;
        var replaced = _waiting[former];
        _waiting.RemoveAt(former);
        return replaced;
    }

    /// <summary>Takes those out for which there is something to say now.</summary>
    public IReadOnlyList<WaitingFetch> TakeDue(Func<WaitingFetch, bool> isDue)
    {
        if (!_waiting.Exists(fetch => isDue(fetch))) return [];
        var due = _waiting.FindAll(fetch => isDue(fetch));
        _waiting.RemoveAll(fetch => isDue(fetch));
        return due;
    }

    public void Forget(long id) => _waiting.RemoveAll(fetch => fetch.Id == id);
}

internal sealed record WaitingFetch(long Id, QuorumRequest.Fetch Request, long DeadlineMs);
