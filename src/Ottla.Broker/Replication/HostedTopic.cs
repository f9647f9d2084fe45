using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>A topic of which this broker hosts partitions.</summary>
/// <remarks>Changed by the loop that applies metadata; read from any thread: the policy and the array of partitions are replaced as a
/// whole.</remarks>
internal sealed class HostedTopic(string name, Uuid id, TopicPolicy policy)
{
    private volatile TopicPolicy _policy = policy;
    private volatile Partition?[] _partitions = [];

    public string Name => name;

    public Uuid Id => id;

    public TopicPolicy Policy => _policy;

    /// <summary>By number; null where another broker hosts it.</summary>
    public ReadOnlySpan<Partition?> Partitions => _partitions;

    public Partition? Find(int number)
    {
        var partitions = _partitions;
        return (uint)number < (uint)partitions.Length ? partitions[number] : null;
    }

    internal void Add(Partition partition)
    {
        var number = partition.Name.Partition;
        var grown = new Partition?[Math.Max(_partitions.Length, number + 1)];
        _partitions.CopyTo(grown, 0);
        Invariant.That(grown[number] is null);
        grown[number] = partition;
        _partitions = grown;
    }

    internal void Remove(Partition partition)
    {
        var left = (Partition?[])_partitions.Clone();
        left[partition.Name.Partition] = null;
        _partitions = left;
    }

    internal void Obey(TopicPolicy policy)
    {
        _policy = policy;
        foreach (var partition in _partitions) partition?.Configure(policy);
    }
}
