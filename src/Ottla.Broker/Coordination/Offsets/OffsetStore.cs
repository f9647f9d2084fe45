using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Offsets;

/// <summary>The commitments of all groups of one shard, those of open transactions apart.</summary>
/// <remarks>
/// Owned by the shard's loop; changes by <see cref="Replay"/> and <see cref="EndTransaction"/> alone, which is the same code after a
/// restart. A commitment that waits for the end of its transaction becomes visible with it unless a later record has replaced or deleted it
/// meanwhile.
/// </remarks>
internal sealed class OffsetStore
{
    private readonly Dictionary<string, Dictionary<string, Dictionary<int, Commitment>>> _groups = [];
    private readonly Dictionary<ProducerId, Dictionary<(string Group, string Topic, int Partition), Commitment>> _open = [];

    /// <summary>How many open transactions hold a commitment for a partition of a group.</summary>
    private readonly Dictionary<(string Group, string Topic, int Partition), int> _openPartitions = [];

    /// <summary>Commitments that count.</summary>
    public int Count { get; private set; }

    public IReadOnlyDictionary<string, Dictionary<string, Dictionary<int, Commitment>>> Groups => _groups;

    public IReadOnlyDictionary<string, Dictionary<int, Commitment>> OfGroup(string group) =>
        _groups.GetValueOrDefault(group) ?? (IReadOnlyDictionary<string, Dictionary<int, Commitment>>)EmptyGroup;

    public Commitment? Find(string group, string topic, int partition) =>
        _groups.GetValueOrDefault(group)?.GetValueOrDefault(topic)?.GetValueOrDefault(partition);

    public bool HasOpen(string group, string topic, int partition) => _openPartitions.ContainsKey((group, topic, partition));

    public bool HasOpen(string group) => _openPartitions.Keys.Any(k => k.Group == group);

    /// <summary>The partitions for which transactions that are open have commitments, of one group or of all (null).</summary>
    public IEnumerable<(string Group, string Topic, int Partition)> Open(string? group) =>
        group is null ? _openPartitions.Keys : _openPartitions.Keys.Where(k => k.Group == group);

    public void Replay(Offset record, ProducerId producer, OffsetCommitKey key, OffsetCommitValue? value)
    {
        var partition = (key.Group, key.Topic, key.Partition);
        if (value is null)
        {
            Remove(partition);
            foreach (var transaction in _open.Values)
            {
                if (transaction.Remove(partition)) Release(partition);
            }
            return;
        }
        var commitment = Commitment.From(record, value);
        if (producer == ProducerId.None)
        {
            Put(partition, commitment);
            return;
        }
        if (!_open.TryGetValue(producer, out var open)) _open[producer] = open = [];
        if (!open.ContainsKey(partition)) _openPartitions[partition] = _openPartitions.GetValueOrDefault(partition) + 1;
        open[partition] = commitment;
    }

    /// <summary>The producer's transaction has ended. One that committed no offsets here is not known, and nothing happens.</summary>
    public void EndTransaction(ProducerId producer, bool commit)
    {
        if (!_open.Remove(producer, out var open)) return;
        foreach (var (partition, commitment) in open)
        {
            Release(partition);
            if (!commit) continue;
            if (Find(partition.Group, partition.Topic, partition.Partition) is { } known && known.Record > commitment.Record) continue;
            Put(partition, commitment);
        }
    }

    private void Put((string Group, string Topic, int Partition) at, Commitment commitment)
    {
        if (!_groups.TryGetValue(at.Group, out var topics)) _groups[at.Group] = topics = [];
        if (!topics.TryGetValue(at.Topic, out var partitions)) topics[at.Topic] = partitions = [];
        if (!partitions.ContainsKey(at.Partition)) Count++;
        partitions[at.Partition] = commitment;
    }

    private void Remove((string Group, string Topic, int Partition) at)
    {
        if (!_groups.TryGetValue(at.Group, out var topics) || !topics.TryGetValue(at.Topic, out var partitions)) return;
        if (!partitions.Remove(at.Partition)) return;
        Count--;
        if (partitions.Count == 0) topics.Remove(at.Topic);
        if (topics.Count == 0) _groups.Remove(at.Group);
    }

    private void Release((string Group, string Topic, int Partition) at)
    {
        var left = _openPartitions[at] - 1;
        if (left == 0) _openPartitions.Remove(at);
        else _openPartitions[at] = left;
    }

    private static readonly Dictionary<string, Dictionary<int, Commitment>> EmptyGroup = [];
}
