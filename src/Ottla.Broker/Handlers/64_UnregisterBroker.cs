using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>UnregisterBroker, key 64, version 0: forgets a broker that is gone for good (KIP-631).</summary>
internal sealed class UnregisterBroker : IControllerApi<UnregisterBrokerRequest, UnregisterBrokerResponse>
{
    public static VersionRange Versions => new(0, 0);

    public static MetadataDecision<UnregisterBrokerResponse> Decide(Controller controller, UnregisterBrokerRequest request, short version) =>
        controller.Brokers.UnregisterBroker(request);

    public static UnregisterBrokerResponse Refuse(UnregisterBrokerRequest request, short version, ErrorCode error, string? message) =>
        new() { ErrorCode = error, ErrorMessage = message };
}
