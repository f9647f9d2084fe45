using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Configuration.Changes;
using Ottla.Configuration.Effective;
using Ottla.Metadata.Control;
using Ottla.Metadata.Image;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using ConfigResource = Ottla.Metadata.Image.ConfigResource;

namespace Ottla.Broker.Handlers;

/// <summary>DescribeConfigs, key 32, versions 1 to 4: what holds for topics, brokers, groups and metric subscriptions, and where it comes
/// from.</summary>
/// <remarks>
/// v1: synonyms and sources (KIP-226). v3: types and documentation (KIP-569). A broker answers for itself and for the cluster's defaults
/// (the empty name), and for the levels of its own loggers.
/// </remarks>
internal sealed class DescribeConfigs(PublishedMetadata cluster, DynamicSettings settings, BrokerLoggers loggers)
    : IHandler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    public static VersionRange Versions => new(1, 4);

    public ValueTask<DescribeConfigsResponse?> Handle(DescribeConfigsRequest request, RequestContext context)
    {
        var response = new DescribeConfigsResponse();
        foreach (var resource in request.Resources)
        {
            var result = new DescribeConfigsResponse.DescribeConfigsResult
                { ResourceType = resource.ResourceType, ResourceName = resource.ResourceName };
            var names = resource.ConfigurationKeys is { Count: > 0 } keys ? keys : null;
            var entries = Find((ConfigResourceType)resource.ResourceType, resource.ResourceName, names, out var refusal);
            result.ErrorCode = refusal.Code;
            result.ErrorMessage = refusal.Message ?? "";
            foreach (var entry in entries) result.Configs.Add(Told(entry, request));
            response.Results.Add(result);
        }

        return new(response);
    }

    private IReadOnlyList<ConfigEntry> Find(ConfigResourceType type, string name, IReadOnlyCollection<string>? names, out Verdict refusal)
    {
        refusal = Verdict.Ok;
        if (ResourceNames.RefuseDescribe(type, name, cluster.Self) is { } refused)
        {
            refusal = new(refused.Error, refused.Message);
            return [];
        }

        var image = cluster.Image;
        var effective = settings.Current.Config;
        switch (type)
        {
            case ConfigResourceType.Topic:
                if (TopicName.WhyInvalid(name) is { } invalid) refusal = new(ErrorCode.InvalidTopicException, invalid);
                else if (image.Topics.Find(name) is null) refusal = new(ErrorCode.UnknownTopicOrPartition);
                else return effective.DescribeTopic(image.Configs.Of(ConfigResource.Topic(name)), names);
                return [];
            case ConfigResourceType.Broker:
                return name.Length == 0 ? effective.DescribeClusterDefaults(names) : effective.DescribeBroker(names);
            case ConfigResourceType.ClientMetrics:
                return EffectiveConfig.DescribeClientMetrics(image.Configs.Of(new(type, name)), names);
            case ConfigResourceType.Group:
                return effective.DescribeGroup(image.Configs.Of(new(type, name)), names);
            default:
                return loggers.Describe(names);
        }
    }

    private static DescribeConfigsResponse.DescribeConfigsResourceResult Told(ConfigEntry entry, DescribeConfigsRequest request)
    {
        var told = new DescribeConfigsResponse.DescribeConfigsResourceResult
        {
            Name = entry.Name,
            Value = entry.Value,
            ReadOnly = entry.IsReadOnly,
            ConfigSource = (sbyte)entry.Source,
            IsSensitive = entry.IsSensitive,
            ConfigType = (sbyte)entry.Type,
            Documentation = request.IncludeDocumentation ? entry.Documentation : null,
        };
        if (!request.IncludeSynonyms) return told;
        foreach (var synonym in entry.Synonyms)
            told.Synonyms.Add(new() { Name = synonym.Name, Value = synonym.Value, Source = (sbyte)synonym.Source });
        return told;
    }
}
