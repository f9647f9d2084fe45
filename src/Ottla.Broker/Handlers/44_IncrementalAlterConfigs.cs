using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>IncrementalAlterConfigs, key 44, versions 0 to 1: sets, removes, extends and shortens configs.</summary>
/// <remarks>KIP-339. Dynamic configs take effect at once.</remarks>
internal sealed class IncrementalAlterConfigs : IControllerApi<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    public static VersionRange Versions => new(0, 1);

    public static MetadataDecision<IncrementalAlterConfigsResponse> Decide(Controller controller, IncrementalAlterConfigsRequest request, short version) =>
        controller.Configs.IncrementalAlterConfigs(request);

    public static IncrementalAlterConfigsResponse Refuse(IncrementalAlterConfigsRequest request, short version, ErrorCode error, string? message) =>
        new()
        {
            Responses = [.. request.Resources.Select(resource => new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
                { ResourceType = resource.ResourceType, ResourceName = resource.ResourceName, ErrorCode = error, ErrorMessage = message })],
        };
}
