namespace Ottla.Protocol.Primitives;

/// <summary>A partition by the name of its topic; prints as the name of its directory, `topic-0`.</summary>
public readonly record struct TopicPartition(string Topic, int Partition)
{
    public override string ToString() => $"{Topic}-{Partition}";
}
