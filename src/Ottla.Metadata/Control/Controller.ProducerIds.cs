using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <content>AllocateProducerIds.</content>
public sealed partial class Controller
{
    /// <summary>Ids of one block (KIP-730).</summary>
    public const int ProducerIdsPerBlock = 1000;

    /// <summary>Gives a broker the next block of producer ids.</summary>
    public Decision<AllocateProducerIdsResponse> AllocateProducerIds(AllocateProducerIdsRequest request)
    {
        var refusal = WhyNotOfBroker(request.BrokerId, request.BrokerEpoch);
        if (!refusal.IsOk) return Decision.Nothing(new AllocateProducerIdsResponse { ErrorCode = refusal.Code });
        var start = Image.ProducerIds.NextProducerId;
        if (start > long.MaxValue - ProducerIdsPerBlock) return Decision.Nothing(new AllocateProducerIdsResponse { ErrorCode = ErrorCode.UnknownServerError });
        return Decision.Of(
            [new(new ProducerIdsRecord { BrokerId = request.BrokerId, BrokerEpoch = request.BrokerEpoch, NextProducerId = start + ProducerIdsPerBlock })],
            new AllocateProducerIdsResponse { ProducerIdStart = start, ProducerIdLen = ProducerIdsPerBlock });
    }

    private Refusal WhyNotOfBroker(int id, long epoch)
    {
        if (Image.Cluster.Broker(new BrokerId(id)) is not { } broker) return new(ErrorCode.StaleBrokerEpoch, $"Broker {id} is not registered");
        return broker.Epoch.Value == epoch ? Refusal.Ok : new(ErrorCode.StaleBrokerEpoch, $"Expected broker epoch {broker.Epoch}, but got broker epoch {epoch}");
    }
}
