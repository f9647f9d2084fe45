using Ottla.Broker.Replication;
using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Fetching;

/// <summary>All by which the answer to an unchanged question can change: two equal ones have the same answer.</summary>
internal readonly record struct QuietState(PartitionRegistration? Registration, Offset LogEnd, long HighWatermark, Offset LogStart)
{
    public static QuietState Of(Partition partition)
    {
        var log = partition.Log;
        return new(partition.Registration, log?.LogEndOffset ?? Offset.None, partition.HighWatermark.Value.Value, log?.LogStartOffset ?? Offset.None);
    }
}
