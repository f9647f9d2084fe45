using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>UpdateFeatures, key 57, versions 0 to 2: raises and lowers the levels of the cluster's features.</summary>
/// <remarks>KIP-584. v1: kinds of upgrade, and validate only (KIP-778).</remarks>
internal sealed class UpdateFeatures : IControllerApi<UpdateFeaturesRequest, UpdateFeaturesResponse>
{
    public static VersionRange Versions => new(0, 2);

    public static MetadataDecision<UpdateFeaturesResponse> Decide(Controller controller, UpdateFeaturesRequest request, short version) =>
        controller.Features.UpdateFeatures(request, version);

    public static UpdateFeaturesResponse Refuse(UpdateFeaturesRequest request, short version, ErrorCode error, string? message) =>
        new() { ErrorCode = error, ErrorMessage = message };
}
