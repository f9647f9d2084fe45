namespace Ottla.Broker.Coordination.Shards;

/// <summary>What a deadline is for.</summary>
internal enum DeadlineKind : byte
{
    /// <summary>A classic member's session, or that of a member id that was handed out and not used yet.</summary>
    ClassicSession,

    /// <summary>The join phase of a classic group.</summary>
    ClassicJoin,

    /// <summary>The sync phase of a classic group.</summary>
    ClassicSync,

    /// <summary>A consumer group member's session.</summary>
    ConsumerSession,

    /// <summary>The time that a consumer group member has to give up partitions.</summary>
    ConsumerRebalance,

    /// <summary>The time that a member of the classic protocol in a consumer group has to join again.</summary>
    ConsumerJoin,

    /// <summary>The time that such a member has to fetch its assignment.</summary>
    ConsumerSync,

    /// <summary>The next look for offsets that have expired.</summary>
    OffsetsExpiry,
}

/// <summary>Names a deadline; the member is empty where the whole group is meant, the group where the whole shard is.</summary>
internal readonly record struct DeadlineKey(DeadlineKind Kind, string Group, string Member);

/// <summary>The deadlines of one shard.</summary>
/// <remarks>
/// Owned by the shard's loop. Moving a deadline back, as each heartbeat does, costs one dictionary write: the queue keeps the old entry,
/// which puts itself back when it comes up too early. One that was cancelled, or moved forward, leaves an entry in the queue that nobody
/// minds; when most of the queue is such entries they are swept out, so it has at most twice as many as there are deadlines.
/// </remarks>
internal sealed class Deadlines
{
    /// <summary>So few entries are not worth a sweep.</summary>
    private const int SweptMin = 64;

    private readonly Dictionary<DeadlineKey, Entry> _entries = [];
    private readonly PriorityQueue<DeadlineKey, long> _queue = new();

    /// <summary>When to look again, in ms since the epoch; null when nothing waits. May be too early, never too late.</summary>
    public long? Next => _queue.TryPeek(out _, out var due) ? due : null;

    public int Count => _entries.Count;

    /// <summary>Entries of the queue, those that nobody minds included.</summary>
    public int Queued => _queue.Count;

    public void Set(DeadlineKey key, long dueMs)
    {
        if (_entries.TryGetValue(key, out var entry) && entry.QueuedMs <= dueMs)
        {
            _entries[key] = entry with { DueMs = dueMs };
            return;
        }
        _entries[key] = new Entry(dueMs, dueMs);
        _queue.Enqueue(key, dueMs);
        Sweep();
    }

    public void Cancel(DeadlineKey key)
    {
        if (_entries.Remove(key)) Sweep();
    }

    public bool IsSet(DeadlineKey key) => _entries.ContainsKey(key);

    /// <summary>Those that are due, taken off; each once.</summary>
    public List<DeadlineKey> Take(long nowMs)
    {
        List<DeadlineKey> due = [];
        while (_queue.TryPeek(out var key, out var queued) && queued <= nowMs)
        {
            _queue.Dequeue();
            if (!_entries.TryGetValue(key, out var entry) || entry.QueuedMs != queued) continue;
            if (entry.DueMs > nowMs)
            {
                _entries[key] = entry with { QueuedMs = entry.DueMs };
                _queue.Enqueue(key, entry.DueMs);
                continue;
            }
            _entries.Remove(key);
            due.Add(key);
        }
        return due;
    }

    private void Sweep()
    {
        if (_queue.Count < SweptMin || _queue.Count <= 2 * _entries.Count) return;
        _queue.Clear();
        foreach (var (key, entry) in _entries.ToList())
        {
            _entries[key] = entry with { QueuedMs = entry.DueMs };
            _queue.Enqueue(key, entry.DueMs);
        }
    }

    private readonly record struct Entry(long DueMs, long QueuedMs);
}
