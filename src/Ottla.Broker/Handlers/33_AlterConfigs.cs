using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>AlterConfigs, key 33, versions 0 to 2: replaces all configs of topics and brokers.</summary>
/// <remarks>Superseded by IncrementalAlterConfigs, still sent by old tools. Dynamic configs take effect at once.</remarks>
internal sealed class AlterConfigs : IControllerApi<AlterConfigsRequest, AlterConfigsResponse>
{
    public static VersionRange Versions => new(0, 2);

    public static MetadataDecision<AlterConfigsResponse> Decide(Controller controller, AlterConfigsRequest request, short version) =>
        controller.Configs.AlterConfigs(request);

    public static AlterConfigsResponse Refuse(AlterConfigsRequest request, short version, ErrorCode error, string? message) =>
        new()
        {
            Responses = [.. request.Resources.Select(resource => new AlterConfigsResponse.AlterConfigsResourceResponse
                { ResourceType = resource.ResourceType, ResourceName = resource.ResourceName, ErrorCode = error, ErrorMessage = message })],
        };
}
