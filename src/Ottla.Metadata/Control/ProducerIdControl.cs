using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>AllocateProducerIds.</summary>
/// <remarks>Owned by the metadata loop; decides and changes nothing, see <see cref="Controller"/>.</remarks>
public sealed class ProducerIdControl
{
    private readonly ControlState _state;

    internal ProducerIdControl(ControlState state) => _state = state;

    /// <summary>Gives a broker the next block of producer ids.</summary>
    public MetadataDecision<AllocateProducerIdsResponse> AllocateProducerIds(AllocateProducerIdsRequest request)
    {
        var refusal = _state.WhyNotOfBroker(request.BrokerId, request.BrokerEpoch);
        if (!refusal.IsOk) return MetadataDecision.Nothing(new AllocateProducerIdsResponse { ErrorCode = refusal.Code });
        var start = _state.Image.ProducerIds.NextProducerId;
        if (start > long.MaxValue - ControlLimits.ProducerIdsPerBlock)
            return MetadataDecision.Nothing(new AllocateProducerIdsResponse { ErrorCode = ErrorCode.UnknownServerError });
        return MetadataDecision.Of(
            [new(new ProducerIdsRecord { BrokerId = request.BrokerId, BrokerEpoch = request.BrokerEpoch,
            NextProducerId = start + ControlLimits.ProducerIdsPerBlock })],
            new AllocateProducerIdsResponse { ProducerIdStart = start, ProducerIdLen = ControlLimits.ProducerIdsPerBlock });
    }
}
