using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <summary>A producer as DescribeProducers tells of it; -1 is none.</summary>
/// <param name="LastTimestamp">Of its last batch or marker, in ms since 1970.</param>
/// <param name="TransactionStartOffset">First offset of its open transaction.</param>
public readonly record struct ActiveProducer(
    ProducerId ProducerId, short ProducerEpoch, int LastSequence, long LastTimestamp, int CoordinatorEpoch, Offset TransactionStartOffset);
