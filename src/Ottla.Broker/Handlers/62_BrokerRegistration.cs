using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>BrokerRegistration, key 62, versions 0 to 4: a broker joins the cluster (KIP-631).</summary>
/// <remarks>v2: log directories (KIP-858). v3: the epoch before, which shows a clean stop (KIP-966). Brokers ask it of the
/// controller.</remarks>
internal sealed class BrokerRegistration : IControllerApi<BrokerRegistrationRequest, BrokerRegistrationResponse>
{
    public static VersionRange Versions => new(0, 4);

    public static MetadataDecision<BrokerRegistrationResponse> Decide(Controller controller, BrokerRegistrationRequest request, short version) =>
        controller.Brokers.RegisterBroker(request);

    public static BrokerRegistrationResponse Refuse(BrokerRegistrationRequest request, short version, ErrorCode error, string? message) =>
        new() { ErrorCode = error };
}
