using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>What became of an append.</summary>
/// <param name="Error">Not none: nothing of it is in the log. Else each batch has its own answer and base offset.</param>
/// <param name="Committed">Where all in-sync replicas were wanted: completes when the high watermark has passed the batches, or with the
/// error that ended the wait. The batches' memory may be let go before.</param>
internal readonly record struct PartitionAppend(ErrorCode Error, Task<ErrorCode> Committed)
{
    public static PartitionAppend Refused(ErrorCode error) => new(error, OffsetWaits.Passed);
}
