using Ottla.Broker.Coordination;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>Heartbeat, key 12, versions 0 to 4: a member of a classic group is alive, and hears of rebalances.</summary>
/// <remarks>v3: static members (KIP-345). v4: flexible.</remarks>
internal sealed class Heartbeat(GroupCoordinator groups) : IHandler<HeartbeatRequest, HeartbeatResponse>
{
    public static VersionRange Versions => new(0, 4);

    public async ValueTask<HeartbeatResponse?> Handle(HeartbeatRequest request, RequestContext context) =>
        await groups.Heartbeat(request, context.ForGroups()).ConfigureAwait(false);
}
