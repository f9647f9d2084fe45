using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Image;

/// <summary>One topic: its name, its id and its partitions, numbered from 0. Immutable.</summary>
public sealed class TopicImage
{
    private readonly PartitionRegistration?[] _partitions;

    internal TopicImage(string name, Uuid id, PartitionRegistration?[] partitions)
    {
        Name = name;
        Id = id;
        _partitions = partitions;
    }

    public string Name { get; }

    public Uuid Id { get; }

    public int PartitionCount => _partitions.Length;

    /// <summary>The partition of that number; null where there is none.</summary>
    public PartitionRegistration? Partition(int number) => (uint)number < (uint)_partitions.Length ? _partitions[number] : null;

    /// <summary>By number; an entry is null only where the log named a higher one first.</summary>
    public ReadOnlySpan<PartitionRegistration?> Partitions => _partitions;
}

/// <summary>All topics, by name and by id. Immutable.</summary>
public sealed class TopicsImage
{
    public static readonly TopicsImage Empty = new(PersistentMap<Uuid, TopicImage>.Empty, PersistentMap<string, TopicImage>.Empty, CollidingNames.Empty);

    private readonly CollidingNames _colliding;

    internal TopicsImage(PersistentMap<Uuid, TopicImage> byId, PersistentMap<string, TopicImage> byName, CollidingNames colliding)
    {
        Invariant.That(byId.Count == byName.Count);
        ById = byId;
        ByName = byName;
        _colliding = colliding;
    }

    public PersistentMap<Uuid, TopicImage> ById { get; }

    public PersistentMap<string, TopicImage> ByName { get; }

    public int Count => ByName.Count;

    /// <summary>Another topic whose metrics would have the same name; null for none.</summary>
    public string? CollidingWith(string name) => _colliding.Other(name);

    internal CollidingNames Colliding => _colliding;

    public TopicImage? Find(string name) => ByName.GetValueOrDefault(name);

    public TopicImage? Find(Uuid id) => ById.GetValueOrDefault(id);

    public PartitionRegistration? Find(TopicPartition partition) => Find(partition.Topic)?.Partition(partition.Partition);
}
