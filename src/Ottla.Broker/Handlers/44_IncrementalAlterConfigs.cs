using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>IncrementalAlterConfigs, key 44, versions 0 to 1: sets, removes, extends and shortens configs.</summary>
/// <remarks>KIP-339. Dynamic configs take effect at once.</remarks>
internal sealed class IncrementalAlterConfigs(ControllerLink controller) : IHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    public static VersionRange Versions => new(0, 1);

    public async ValueTask<IncrementalAlterConfigsResponse?> Handle(IncrementalAlterConfigsRequest request, RequestContext context) =>
        await controller.Run(brain => brain.IncrementalAlterConfigs(request)).ConfigureAwait(false);
}
