using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>AllocateProducerIds, key 67, version 0: gives a broker the next block of producer ids (KIP-730).</summary>
/// <remarks>Brokers ask it of the controller.</remarks>
internal sealed class AllocateProducerIds : IControllerApi<AllocateProducerIdsRequest, AllocateProducerIdsResponse>
{
    public static VersionRange Versions => new(0, 0);

    public static MetadataDecision<AllocateProducerIdsResponse> Decide(Controller controller, AllocateProducerIdsRequest request, short version) =>
        controller.ProducerIds.AllocateProducerIds(request);

    public static AllocateProducerIdsResponse Refuse(AllocateProducerIdsRequest request, short version, ErrorCode error, string? message) =>
        new() { ErrorCode = error };
}
