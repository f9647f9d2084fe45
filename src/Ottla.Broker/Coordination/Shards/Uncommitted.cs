using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Shards;

/// <summary>Answers whose records, or the records of others that they speak of, stand in the log and are not committed yet; in the order of
/// the log.</summary>
/// <remarks>Owned by the shard's loop. Bound: each is the answer to a request, and requests in flight are bounded.</remarks>
internal sealed class Uncommitted
{
    private readonly Queue<Waiting> _waiting = new();

    private readonly record struct Waiting(Task<ErrorCode> Committed, long GiveUpMs, Decision Decision);

    /// <summary>When to give up the one that waits longest; null when nobody waits.</summary>
    public long? Next => _waiting.TryPeek(out var first) ? first.GiveUpMs : null;

    public void Add(Decision decision, Task<ErrorCode> committed, long giveUpMs) => _waiting.Enqueue(new(committed, giveUpMs, decision));

    /// <summary>Lets the answers leave whose records are committed.</summary>
    public void Settle()
    {
        while (_waiting.TryPeek(out var first) && IsCommitted(first.Committed))
        {
            _waiting.Dequeue();
            first.Decision.Send();
        }
    }

    /// <summary>Whoever has waited for too long is told that nobody knows; the records may be committed yet, and the state says what they
    /// say.</summary>
    public void GiveUp(long nowMs)
    {
        while (_waiting.TryPeek(out var first) && first.GiveUpMs <= nowMs)
        {
            _waiting.Dequeue();
            first.Decision.Refuse(AppendErrors.ForGroups(ErrorCode.RequestTimedOut));
        }
    }

    public void RefuseAll(ErrorCode error)
    {
        while (_waiting.TryDequeue(out var waiting)) waiting.Decision.Refuse(error);
    }

    public static bool IsCommitted(Task<ErrorCode> committed) => committed.IsCompletedSuccessfully && committed.Result == ErrorCode.None;
}
