using Ottla.Broker.Coordination;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>ConsumerGroupHeartbeat, key 68, versions 0 to 1: joins, keeps alive, reconciles and leaves: all of the new group
/// protocol.</summary>
/// <remarks>KIP-848. v1: subscriptions by regular expression, and the client chooses its member id (KIP-1082).</remarks>
internal sealed class ConsumerGroupHeartbeat(GroupCoordinator groups) : IHandler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>
{
    public static VersionRange Versions => new(0, 1);

    public async ValueTask<ConsumerGroupHeartbeatResponse?> Handle(ConsumerGroupHeartbeatRequest request, RequestContext context) =>
        await groups.ConsumerHeartbeat(request, context.ForGroups()).ConfigureAwait(false);
}
