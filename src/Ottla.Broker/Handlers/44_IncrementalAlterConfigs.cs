using Ottla.Broker.Cluster;
using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Net;
using Ottla.Configuration.Changes;
using Ottla.Configuration.Effective;
using Ottla.Metadata.Control;
using Ottla.Metadata.Service;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>IncrementalAlterConfigs, key 44, versions 0 to 1: sets, removes, extends and shortens configs.</summary>
/// <remarks>KIP-339. Dynamic configs take effect at once. Loggers (KIP-412) are the asked node's own business, see
/// <see cref="IncrementalAlterConfigsHere"/>; all others the controller decides on.</remarks>
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

/// <summary>What of IncrementalAlterConfigs a node does by itself, and the way to the controller for the rest.</summary>
internal sealed class IncrementalAlterConfigsHere(ControllerLink controller, BrokerLoggers loggers, BrokerId self)
    : IHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    private const sbyte Logger = (sbyte)ConfigResourceType.BrokerLogger;

    public static VersionRange Versions => IncrementalAlterConfigs.Versions;

    public async ValueTask<IncrementalAlterConfigsResponse?> Handle(IncrementalAlterConfigsRequest request, RequestContext context)
    {
        var ofLoggers = request.Resources.Where(resource => resource.ResourceType == Logger).ToList();
        var response = new IncrementalAlterConfigsResponse();
        if (ofLoggers.Count < request.Resources.Count)
        {
            request.Resources.RemoveAll(resource => resource.ResourceType == Logger);
            var asker = new Asker(context.ApiKey.ToString(), context.ClientId, context.ClientHost);
            (response, context.Refusal) = await controller.Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, IncrementalAlterConfigs>(
                request, context.ApiVersion, asker, ForwardedClient.Of(context), context.Ending).ConfigureAwait(false);
        }

        foreach (var resource in ofLoggers)
        {
            var isTwice = ofLoggers.Count(other => other.ResourceName == resource.ResourceName) > 1;
            var refusal = isTwice
                ? new(ErrorCode.InvalidRequest, "Each resource must appear at most once.")
                : Alter(resource, request.ValidateOnly);
            response.Responses.Add(new()
            {
                ResourceType = Logger,
                ResourceName = resource.ResourceName,
                ErrorCode = refusal?.Error ?? ErrorCode.None,
                ErrorMessage = refusal?.Message,
            });
        }

        return response;
    }

    private ConfigRefusal? Alter(IncrementalAlterConfigsRequest.AlterConfigsResource resource, bool validateOnly) =>
        ResourceNames.RefuseAlter(ConfigResourceType.BrokerLogger, resource.ResourceName, self)
        ?? loggers.Alter(
            [.. resource.Configs.Select(config => new ConfigChange(config.Name, (ConfigOperation)config.ConfigOperation, config.Value))],
            validateOnly);
}
