using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>ElectLeaders, key 43, versions 0 to 2: makes preferred replicas leaders, or any that is alive.</summary>
/// <remarks>v1: the kind of election (KIP-460). On one node every leader is the preferred one, so the answer is
/// ELECTION_NOT_NEEDED.</remarks>
internal sealed class ElectLeaders(ControllerLink controller) : IHandler<ElectLeadersRequest, ElectLeadersResponse>
{
    public static VersionRange Versions => new(0, 2);

    public async ValueTask<ElectLeadersResponse?> Handle(ElectLeadersRequest request, RequestContext context) =>
        await controller.Run(brain => brain.ElectLeaders(request)).ConfigureAwait(false);
}
