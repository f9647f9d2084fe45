using System.Globalization;
using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Definitions;
using Ottla.Configuration.Effective;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using ConfigResource = Ottla.Metadata.Image.ConfigResource;

namespace Ottla.Metadata.Control;

/// <content>IncrementalAlterConfigs and AlterConfigs.</content>
public sealed partial class Controller
{
    private const string MinIsr = "min.insync.replicas";

    /// <summary>How one entry of IncrementalAlterConfigs changes a config (KIP-339).</summary>
    private enum ConfigOperation : sbyte
    {
        Set = 0,
        Delete = 1,
        Append = 2,
        Subtract = 3,
    }

    /// <summary>Sets, removes, extends and shortens configs. Loggers of brokers are not the controller's: their broker answers for them itself.</summary>
    public Decision<IncrementalAlterConfigsResponse> IncrementalAlterConfigs(IncrementalAlterConfigsRequest request)
    {
        var records = new List<VersionedRecord>();
        var response = new IncrementalAlterConfigsResponse();
        foreach (var group in request.Resources.GroupBy(resource => (resource.ResourceType, resource.ResourceName)))
        {
            var resource = new ConfigResource((ConfigResourceType)group.Key.ResourceType, group.Key.ResourceName);
            var refusal = group.Count() > 1
                ? new Refusal(ErrorCode.InvalidRequest, "Each resource must appear at most once.")
                : Alter(resource, group.First(), records);
            response.Responses.Add(new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
            {
                ResourceType = group.Key.ResourceType, ResourceName = group.Key.ResourceName, ErrorCode = refusal.Code, ErrorMessage = refusal.Message,
            });
        }

        return request.ValidateOnly ? Decision.Nothing(response) : Decision.Of(records, response);
    }

    /// <summary>Replaces all configs of each resource by those of the request.</summary>
    public Decision<AlterConfigsResponse> AlterConfigs(AlterConfigsRequest request)
    {
        var records = new List<VersionedRecord>();
        var response = new AlterConfigsResponse();
        foreach (var group in request.Resources.GroupBy(resource => (resource.ResourceType, resource.ResourceName)))
        {
            var resource = new ConfigResource((ConfigResourceType)group.Key.ResourceType, group.Key.ResourceName);
            var refusal = group.Count() > 1
                ? new Refusal(ErrorCode.InvalidRequest, "Each resource must appear at most once.")
                : Replace(resource, group.First(), records);
            response.Responses.Add(new AlterConfigsResponse.AlterConfigsResourceResponse
            {
                ResourceType = group.Key.ResourceType, ResourceName = group.Key.ResourceName, ErrorCode = refusal.Code, ErrorMessage = refusal.Message,
            });
        }

        return request.ValidateOnly ? Decision.Nothing(response) : Decision.Of(records, response);
    }

    private Refusal Alter(ConfigResource resource, IncrementalAlterConfigsRequest.AlterConfigsResource request, List<VersionedRecord> records)
    {
        if (request.Configs.DistinctBy(config => config.Name, StringComparer.Ordinal).Count() != request.Configs.Count)
            return new(ErrorCode.InvalidRequest, "Error due to duplicate config keys");
        var nulls = request.Configs.Where(config => config.Value is null && config.ConfigOperation != (sbyte)ConfigOperation.Delete).Select(config => config.Name).ToList();
        if (nulls.Count > 0) return new(ErrorCode.InvalidRequest, $"Null value not supported for : {string.Join(", ", nulls)}");
        var refusal = WhyNotAlterable(resource);
        if (!refusal.IsOk) return refusal;

        var wanted = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        var current = Image.Configs.Of(resource);
        foreach (var config in request.Configs)
        {
            switch ((ConfigOperation)config.ConfigOperation)
            {
                case ConfigOperation.Set: wanted[config.Name] = config.Value; break;
                case ConfigOperation.Delete: wanted[config.Name] = null; break;
                case ConfigOperation.Append or ConfigOperation.Subtract:
                    refusal = Combine(resource.Type, config, current.GetValueOrDefault(config.Name), out var value);
                    if (!refusal.IsOk) return refusal;
                    wanted[config.Name] = value;
                    break;
                default: return new(ErrorCode.InvalidRequest, string.Create(CultureInfo.InvariantCulture, $"Unknown operation {config.ConfigOperation} for {config.Name}"));
            }
        }

        return Change(resource, wanted, records);
    }

    private Refusal Replace(ConfigResource resource, AlterConfigsRequest.AlterConfigsResource request, List<VersionedRecord> records)
    {
        if (request.Configs.DistinctBy(config => config.Name, StringComparer.Ordinal).Count() != request.Configs.Count)
            return new(ErrorCode.InvalidRequest, "Error due to duplicate config keys");
        var nulls = request.Configs.Where(config => config.Value is null).Select(config => config.Name).ToList();
        if (nulls.Count > 0) return new(ErrorCode.InvalidRequest, $"Null value not supported for : {string.Join(", ", nulls)}");
        var refusal = WhyNotAlterable(resource);
        if (!refusal.IsOk) return refusal;
        var wanted = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var name in Image.Configs.Of(resource).Keys)
        {
            // the cluster's min.insync.replicas may not go while ELR needs it, and whoever replaces the rest did not mean it
            if (name != MinIsr || resource != ConfigResource.DefaultBroker || !Image.Features.IsElrEnabled) wanted[name] = null;
        }

        foreach (var config in request.Configs) wanted[config.Name] = config.Value;
        return Change(resource, wanted, records);
    }

    /// <summary>Whether such a resource has configs here, and exists where it has to.</summary>
    private Refusal WhyNotAlterable(ConfigResource resource)
    {
        switch (resource.Type)
        {
            case ConfigResourceType.Topic:
                if (resource.Name.Length == 0) return new(ErrorCode.InvalidRequest, "Default topic resources are not allowed.");
                if (TopicName.WhyInvalid(resource.Name) is { } why) return new(ErrorCode.InvalidTopicException, why);
                return Image.Topics.Find(resource.Name) is null ? new(ErrorCode.UnknownTopicOrPartition, $"The topic '{resource.Name}' does not exist.") : Refusal.Ok;
            case ConfigResourceType.Broker:
                if (resource.Name.Length == 0) return Refusal.Ok;
                if (!int.TryParse(resource.Name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id))
                    return new(ErrorCode.InvalidRequest, $"Node id must be an integer, but it is: {resource.Name}");
                return Image.Cluster.Brokers.ContainsKey(id)
                    ? Refusal.Ok
                    : new(ErrorCode.InvalidRequest, $"Unexpected broker id, expected {_settings.NodeId}, but received {resource.Name}");
            case ConfigResourceType.Group:
                return resource.Name.Length == 0 ? new(ErrorCode.InvalidRequest, "Default group resources are not allowed.") : Refusal.Ok;
            case ConfigResourceType.ClientMetrics:
                return resource.Name.Length == 0 ? new(ErrorCode.InvalidRequest, "Subscription name can't be empty") : Refusal.Ok;
            default:
                return new(ErrorCode.InvalidRequest, string.Create(CultureInfo.InvariantCulture, $"Unknown resource type {(sbyte)resource.Type}"));
        }
    }

    /// <summary>Checks what the resource would have, and writes down what differs.</summary>
    private Refusal Change(ConfigResource resource, SortedDictionary<string, string?> wanted, List<VersionedRecord> records)
    {
        var current = Image.Configs.Of(resource);
        var after = new SortedDictionary<string, string>(current, StringComparer.Ordinal);
        foreach (var (name, value) in wanted)
        {
            if (value is null) after.Remove(name);
            else after[name] = value;
        }

        var refusal = WhyNotMinIsr(resource, wanted);
        if (refusal.IsOk) refusal = Check(resource, wanted, after);
        if (!refusal.IsOk) return refusal;
        foreach (var (name, value) in wanted)
        {
            // a broker's password file may have changed under the same name: Kafka writes such a record again, and brokers read the file again
            if (current.GetValueOrDefault(name) == value && (value is null || resource.Type != ConfigResourceType.Broker)) continue;
            records.Add(new(new ConfigRecord { ResourceType = (sbyte)resource.Type, ResourceName = resource.Name, Name = name, Value = value }));
        }

        return Refusal.Ok;
    }

    private Refusal Check(ConfigResource resource, SortedDictionary<string, string?> wanted, SortedDictionary<string, string> after) => resource.Type switch
    {
        ConfigResourceType.Topic => ConfigChecks.Topic(after, Effective()),
        ConfigResourceType.Broker => ConfigChecks.Broker(wanted.Where(pair => pair.Value is not null).Select(pair => pair.Key), after, resource.Name.Length == 0),
        ConfigResourceType.Group => ConfigChecks.Group(after, Effective()),
        _ => ConfigChecks.ClientMetrics(after),
    };

    /// <summary>ELR counts on one min.insync.replicas for all brokers (KIP-966).</summary>
    private Refusal WhyNotMinIsr(ConfigResource resource, SortedDictionary<string, string?> wanted)
    {
        if (!Image.Features.IsElrEnabled || resource.Type != ConfigResourceType.Broker || !wanted.TryGetValue(MinIsr, out var value)) return Refusal.Ok;
        if (resource.Name.Length > 0) return new(ErrorCode.InvalidConfig, "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
        return value is null ? new(ErrorCode.InvalidConfig, "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.") : Refusal.Ok;
    }

    private static Refusal Combine(ConfigResourceType type, IncrementalAlterConfigsRequest.AlterableConfig config, string? current, out string? value)
    {
        value = null;
        var definition = Definition(type, config.Name);
        var operation = (ConfigOperation)config.ConfigOperation;
        if (definition?.Type != ConfigType.List)
        {
            return new(
                ErrorCode.InvalidConfig,
                $"Can't {(operation == ConfigOperation.Append ? "APPEND" : "SUBTRACT")} to key {config.Name} because its type is not LIST.");
        }

        var parts = (current ?? definition.DefaultText ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToList();
        var given = config.Value!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (operation == ConfigOperation.Append) parts.AddRange(given.Except(parts).ToList());
        else parts.RemoveAll(part => given.Contains(part));
        value = string.Join(',', parts);
        return Refusal.Ok;
    }

    private static ConfigDefinition? Definition(ConfigResourceType type, string name)
    {
        var catalog = type switch
        {
            ConfigResourceType.Topic => TopicConfigs.Catalog,
            ConfigResourceType.Broker => BrokerConfigs.Catalog,
            ConfigResourceType.Group => GroupConfigs.Catalog,
            _ => ClientMetricsConfigs.Catalog,
        };
        return catalog.TryGet(name, out var definition) ? definition : null;
    }
}
