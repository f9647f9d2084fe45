using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>A partition by the id of its topic.</summary>
internal readonly record struct TopicIdPartition(Uuid Topic, int Partition) : IComparable<TopicIdPartition>
{
    public int CompareTo(TopicIdPartition other)
    {
        var byTopic = (Topic.High, Topic.Low).CompareTo((other.Topic.High, other.Topic.Low));
        return byTopic != 0 ? byTopic : Partition.CompareTo(other.Partition);
    }
}
