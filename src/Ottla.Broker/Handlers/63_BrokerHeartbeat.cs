using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>BrokerHeartbeat, key 63, versions 0 to 2: a broker says that it lives and what it wants (KIP-631).</summary>
/// <remarks>v1: directories that are offline (KIP-858). v2: and those that are cordoned (KIP-1066). Brokers ask it of the
/// controller.</remarks>
internal sealed class BrokerHeartbeat : IControllerApi<BrokerHeartbeatRequest, BrokerHeartbeatResponse>
{
    public static VersionRange Versions => new(0, 2);

    public static MetadataDecision<BrokerHeartbeatResponse> Decide(Controller controller, BrokerHeartbeatRequest request, short version) =>
        controller.Heartbeats.BrokerHeartbeat(request);

    public static BrokerHeartbeatResponse Refuse(BrokerHeartbeatRequest request, short version, ErrorCode error, string? message) =>
        new() { ErrorCode = error };
}
