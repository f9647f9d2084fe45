using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>AlterConfigs, key 33, versions 0 to 2: replaces all configs of topics and brokers.</summary>
/// <remarks>Superseded by IncrementalAlterConfigs, still sent by old tools. Dynamic configs take effect at once.</remarks>
internal sealed class AlterConfigs(ControllerLink controller) : IHandler<AlterConfigsRequest, AlterConfigsResponse>
{
    public static VersionRange Versions => new(0, 2);

    public async ValueTask<AlterConfigsResponse?> Handle(AlterConfigsRequest request, RequestContext context) =>
        await controller.Run(brain => brain.AlterConfigs(request)).ConfigureAwait(false);
}
