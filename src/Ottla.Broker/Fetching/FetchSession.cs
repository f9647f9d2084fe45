using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Fetching;

/// <summary>The partitions that one consumer or follower fetches again and again, so that it need not name them each time
/// (KIP-227).</summary>
/// <remarks>
/// Used by one request at a time: a client sends the next only after the answer, and the epoch refuses whoever doesn't. The lock guards
/// against a client that uses one session from two connections.
/// Partitions with data move to the end of the order, so that with a small `max.bytes` none starves.
/// </remarks>
internal sealed class FetchSession(int id, bool usesTopicIds, long created, bool isFollower = false)
{
    private readonly Dictionary<FetchKey, LinkedListNode<FetchEntry>> _byKey = [];
    private readonly LinkedList<FetchEntry> _order = new();

    public int Id => id;

    public bool UsesTopicIds => usesTopicIds;

    public bool IsFollower => isFollower;

    /// <summary>The epoch that the next request must carry.</summary>
    public int NextEpoch { get; private set; } = 1;

    public int Count => _byKey.Count;

    /// <summary>Timestamp of the clock at the last use; what eviction goes by.</summary>
    public long LastUsed { get; private set; } = created;

    public long Created { get; } = created;

    public IEnumerable<FetchEntry> Entries => _order;

    public void Use(long timestamp)
    {
        LastUsed = timestamp;
        NextEpoch = NextEpoch == int.MaxValue ? 1 : NextEpoch + 1;
    }

    /// <summary>Takes new and changed partitions over, and forgets those that the client gave up.</summary>
    public void Update(FetchRequest request)
    {
        foreach (var topic in request.ForgottenTopicsData)
        {
            foreach (var partition in topic.Partitions)
            {
                if (_byKey.Remove(new(topic.TopicId, topic.Topic, partition), out var node)) _order.Remove(node);
            }
        }

        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions) Add(new(topic.TopicId, topic.Topic, partition.Partition)).Update(partition);
        }
    }

    /// <summary>Puts partitions that just gave data behind the others.</summary>
    public void MoveToEnd(FetchEntry entry)
    {
        if (!_byKey.TryGetValue(entry.Key, out var node)) return;
        _order.Remove(node);
        _order.AddLast(node);
    }

    private FetchEntry Add(FetchKey key)
    {
        if (_byKey.TryGetValue(key, out var node)) return node.Value;
        node = _order.AddLast(new FetchEntry(key));
        _byKey.Add(key, node);
        return node.Value;
    }
}
