using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Configuration.Effective;
using Ottla.Metadata.Image;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>ListConfigResources, key 74, versions 0 to 1: what can have configs.</summary>
/// <remarks>v0: metric subscriptions only (KIP-714). v1: topics, brokers, loggers and groups as well (KIP-1142); an empty list asks for
/// all.</remarks>
internal sealed class ListConfigResources(PublishedMetadata cluster) : IHandler<ListConfigResourcesRequest, ListConfigResourcesResponse>
{
    private static readonly ConfigResourceType[] Known =
        [ConfigResourceType.Topic, ConfigResourceType.Broker, ConfigResourceType.BrokerLogger,
        ConfigResourceType.ClientMetrics, ConfigResourceType.Group];

    public static VersionRange Versions => new(0, 1);

    public ValueTask<ListConfigResourcesResponse?> Handle(ListConfigResourcesRequest request, RequestContext context)
    {
        var image = cluster.Image;
        IReadOnlyList<ConfigResourceType> wanted = context.ApiVersion == 0 ? [ConfigResourceType.ClientMetrics]
            : request.ResourceTypes.Count == 0 ? Known
            : [.. request.ResourceTypes.Select(type => (ConfigResourceType)type)];
        var response = new ListConfigResourcesResponse();
        if (wanted.Except(Known).Any())
        {
            response.ErrorCode = ErrorCode.UnsupportedVersion;
            return new(response);
        }

        foreach (var type in wanted)
        {
            foreach (var name in Names(type, image))
                response.ConfigResources.Add(new() { ResourceName = name, ResourceType = (sbyte)type });
        }

        return new(response);
    }

    private static IEnumerable<string> Names(ConfigResourceType type, MetadataImage image) => type switch
    {
        ConfigResourceType.Topic => image.Topics.ByName.Keys,
        ConfigResourceType.Broker or ConfigResourceType.BrokerLogger => image.Cluster.Brokers.Keys.Select(id => id.ToString()),
        _ => image.Configs.ByResource.Keys.Where(resource => resource.Type == type).Select(resource => resource.Name),
    };
}
