using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Metadata.Image;

/// <summary>What some records change in one topic.</summary>
public sealed class TopicDelta
{
    private readonly Dictionary<int, PartitionRegistration> _changed = [];
    private PartitionRegistration?[] _partitions;
    private int _count;

    internal TopicDelta(string name, Uuid id, TopicImage? old)
    {
        Name = name;
        Id = id;
        Old = old;
        _partitions = old is null ? [] : old.Partitions.ToArray();
        _count = _partitions.Length;
    }

    public string Name { get; }

    public Uuid Id { get; }

    /// <summary>The topic before; null where it is new.</summary>
    public TopicImage? Old { get; }

    /// <summary>Partitions that are new or changed, by number.</summary>
    public IReadOnlyDictionary<int, PartitionRegistration> ChangedPartitions => _changed;

    internal PartitionRegistration? Partition(int number) => (uint)number < (uint)_count ? _partitions[number] : null;

    internal int Count => _count;

    internal void Set(int number, PartitionRegistration partition)
    {
        if (number is < 0 or >= TopicsDelta.PartitionsMax) throw new MalformedMessageException($"{Name}-{number} is no partition");
        if (number >= _partitions.Length) Array.Resize(ref _partitions, Math.Max(number + 1, _partitions.Length * 2));
        _count = Math.Max(_count, number + 1);
        _partitions[number] = partition;
        _changed[number] = partition;
    }

    internal TopicImage Apply()
    {
        if (_partitions.Length != _count) Array.Resize(ref _partitions, _count);
        return new TopicImage(Name, Id, _partitions);
    }
}

/// <summary>What some records change among the topics.</summary>
public sealed class TopicsDelta
{
    /// <summary>Partitions of one topic. Kafka creates at most 10,000 with one request; this bounds what a lying log can make us
    /// allocate.</summary>
    internal const int PartitionsMax = 4_000_000;

    private readonly TopicsImage _old;
    private readonly SharedLists _lists;
    private readonly Dictionary<string, TopicDelta> _created = new(StringComparer.Ordinal);
    private readonly List<TopicImage> _gone = [];
    private PersistentMap<Uuid, TopicDelta> _changed = PersistentMap<Uuid, TopicDelta>.Empty;
    private PersistentMap<Uuid, TopicImage> _deleted = PersistentMap<Uuid, TopicImage>.Empty;
    private List<TopicDelta>? _list;

    internal TopicsDelta(TopicsImage old, SharedLists lists)
    {
        _old = old;
        _lists = lists;
    }

    /// <summary>Topics that are new or some of whose partitions changed.</summary>
    public IReadOnlyCollection<TopicDelta> Changed => _list ??= [.. _changed.Values];

    /// <summary>Topics of the old image that are gone. A name may be among these and, with another id, among the changed.</summary>
    public IReadOnlyCollection<TopicImage> Deleted => _gone;

    public bool IsEmpty => _changed.IsEmpty && _gone.Count == 0;

    internal void Replay(TopicRecord record)
    {
        if (_created.ContainsKey(record.Name) || (_old.Find(record.Name) is { } old && !_deleted.ContainsKey(old.Id)))
        {
            throw new MalformedMessageException($"The metadata log creates the topic {record.Name} twice");
        }

        var delta = new TopicDelta(record.Name, record.TopicId, null);
        _created[record.Name] = delta;
        if (_changed.ContainsKey(record.TopicId))
            throw new MalformedMessageException($"The metadata log gives the topic id {record.TopicId} twice");
        Note(delta);
    }

    internal void Replay(PartitionRecord record) => Get(record.TopicId).Set(record.PartitionId, PartitionRegistration.From(record, _lists));

    internal void Replay(PartitionChangeRecord record)
    {
        var topic = Get(record.TopicId);
        var partition = topic.Partition(record.PartitionId)
            ?? throw new MalformedMessageException($"The metadata log changes {topic.Name}-{record.PartitionId}, which does not exist");
        topic.Set(record.PartitionId, partition.After(record, _lists));
    }

    /// <returns>The name of the topic that is gone.</returns>
    internal string Replay(RemoveTopicRecord record)
    {
        if (_changed.TryGetValue(record.TopicId, out var changed))
        {
            _changed = _changed.Remove(record.TopicId);
            _list = null;
            if (changed.Old is null) _created.Remove(changed.Name);
            else Forget(changed.Old);
            return changed.Name;
        }

        var old = _deleted.ContainsKey(record.TopicId) ? null : _old.Find(record.TopicId);
        if (old is null)
            throw new MalformedMessageException($"The metadata log deletes the topic of id {record.TopicId}, which does not exist");
        Forget(old);
        return old.Name;
    }

    internal void Replay(ClearElrRecord record)
    {
        if (record.TopicName.Length > 0)
        {
            var id = _created.TryGetValue(record.TopicName, out var created) ? created.Id : _old.Find(record.TopicName)?.Id;
            if (id is null)
                throw new MalformedMessageException($"The metadata log clears the ELR of the topic {record.TopicName}, which does not exist");
            ClearElr(Get(id.Value));
            return;
        }

        foreach (var topic in _old.ById.Values)
        {
            if (!_deleted.ContainsKey(topic.Id) && HasElr(topic.Partitions)) Get(topic.Id);
        }

        foreach (var topic in _changed.Values) ClearElr(topic);
    }

    /// <summary>Says what is another in an image that came as a whole.</summary>
    internal void Become(TopicsImage image)
    {
        foreach (var topic in _old.ById.Values)
        {
            if (image.Find(topic.Id) is null) Forget(topic);
        }

        foreach (var topic in image.ByName.Values)
        {
            var old = _old.Find(topic.Id);
            if (ReferenceEquals(old, topic)) continue;
            var delta = new TopicDelta(topic.Name, topic.Id, old);
            for (var number = 0; number < topic.PartitionCount; number++)
            {
                if (topic.Partition(number) is { } partition && !partition.Says(old?.Partition(number))) delta.Set(number, partition);
            }

            if (old is null || delta.ChangedPartitions.Count > 0) Note(delta);
        }
    }

    internal TopicsImage Apply()
    {
        if (IsEmpty) return _old;
        var byId = _old.ById;
        var byName = _old.ByName;
        var colliding = _old.Colliding;
        foreach (var topic in _gone)
        {
            byId = byId.Remove(topic.Id);
            byName = byName.Remove(topic.Name);
            colliding = colliding.Without(topic.Name);
        }

        foreach (var delta in _changed.Values)
        {
            var topic = delta.Apply();
            byId = byId.SetItem(topic.Id, topic);
            byName = byName.SetItem(topic.Name, topic);
            if (delta.Old is null) colliding = colliding.With(topic.Name);
        }

        return new TopicsImage(byId, byName, colliding);
    }

    private TopicDelta Get(Uuid id)
    {
        if (_changed.TryGetValue(id, out var delta)) return delta;
        if (_deleted.ContainsKey(id) || _old.Find(id) is not { } old)
            throw new MalformedMessageException($"The metadata log speaks of the topic of id {id}, which does not exist");
        delta = new TopicDelta(old.Name, old.Id, old);
        Note(delta);
        return delta;
    }

    private void Note(TopicDelta delta)
    {
        _changed = _changed.SetItem(delta.Id, delta);
        _list = null;
    }

    private void Forget(TopicImage topic)
    {
        _deleted = _deleted.SetItem(topic.Id, topic);
        _gone.Add(topic);
    }

    private static void ClearElr(TopicDelta topic)
    {
        for (var number = 0; number < topic.Count; number++)
        {
            if (topic.Partition(number) is { } partition
                && (partition.EligibleLeaderReplicas.Length > 0 || partition.LastKnownElr.Length > 0))
            {
                topic.Set(number, partition.WithoutElr());
            }
        }
    }

    private static bool HasElr(ReadOnlySpan<PartitionRegistration?> partitions)
    {
        foreach (var partition in partitions)
        {
            if (partition is not null && (partition.EligibleLeaderReplicas.Length > 0 || partition.LastKnownElr.Length > 0)) return true;
        }

        return false;
    }
}
