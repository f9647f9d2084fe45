using Ottla.Broker.Cluster;
using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Net;
using Ottla.Metadata.Control;
using Ottla.Metadata.Service;
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

/// <summary>BrokerHeartbeat as a controller's listener serves it: who is dead is judged by what heartbeats tell, too.</summary>
/// <param name="controller">Decides.</param>
/// <param name="heard">Hears of each heartbeat that was accepted, and of what is cancelled when the connection ends that it came
/// by.</param>
internal sealed class BrokerHeartbeatHere(ControllerLink controller, Action<BrokerHeartbeatRequest, CancellationToken> heard)
    : IHandler<BrokerHeartbeatRequest, BrokerHeartbeatResponse>
{
    public static VersionRange Versions => BrokerHeartbeat.Versions;

    public async ValueTask<BrokerHeartbeatResponse?> Handle(BrokerHeartbeatRequest request, RequestContext context)
    {
        var asker = new Asker(context.ApiKey.ToString(), context.ClientId, context.ClientHost);
        var (response, refusal) = await controller.Ask<BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerHeartbeat>(
            request, context.ApiVersion, asker, ForwardedClient.Of(context), context.Ending).ConfigureAwait(false);
        context.Refusal = refusal;
        if (response.ErrorCode == ErrorCode.None) heard(request, context.Stream?.PeerClosed ?? CancellationToken.None);
        return response;
    }
}
