using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>UpdateFeatures, key 57, versions 0 to 2: raises and lowers the levels of the cluster's features.</summary>
/// <remarks>KIP-584. v1: kinds of upgrade, and validate only (KIP-778).</remarks>
internal sealed class UpdateFeatures(ControllerLink controller) : IHandler<UpdateFeaturesRequest, UpdateFeaturesResponse>
{
    public static VersionRange Versions => new(0, 2);

    public async ValueTask<UpdateFeaturesResponse?> Handle(UpdateFeaturesRequest request, RequestContext context) =>
        await controller.Run(brain => brain.UpdateFeatures(request, context.ApiVersion)).ConfigureAwait(false);
}
