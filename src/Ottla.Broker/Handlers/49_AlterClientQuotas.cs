using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>AlterClientQuotas, key 49, versions 0 to 1: sets and removes quotas of users, client ids and hosts.</summary>
/// <remarks>KIP-546. Quotas are kept in the metadata; enforcing them is not there yet.</remarks>
internal sealed class AlterClientQuotas(ControllerLink controller) : IHandler<AlterClientQuotasRequest, AlterClientQuotasResponse>
{
    public static VersionRange Versions => new(0, 1);

    public async ValueTask<AlterClientQuotasResponse?> Handle(AlterClientQuotasRequest request, RequestContext context) =>
        await controller.Run(brain => brain.AlterClientQuotas(request)).ConfigureAwait(false);
}
