using Ottla.Configuration.Changes;
using Ottla.Configuration.Effective;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using ConfigResource = Ottla.Metadata.Image.ConfigResource;

namespace Ottla.Metadata.Control;

/// <summary>IncrementalAlterConfigs and AlterConfigs. What a resource may be set to, Ottla.Configuration says; here it is decided what
/// exists and what is recorded.</summary>
/// <remarks>Owned by the metadata loop; decides and changes nothing, see <see cref="Controller"/>.</remarks>
public sealed class ConfigControl
{
    private readonly ControlState _state;

    internal ConfigControl(ControlState state) => _state = state;

    /// <summary>Sets, removes, extends and shortens configs. Loggers of brokers are not the controller's: their broker answers for them
    /// itself.</summary>
    /// <remarks>A resource that is named more than once is refused each time.</remarks>
    public MetadataDecision<IncrementalAlterConfigsResponse> IncrementalAlterConfigs(IncrementalAlterConfigsRequest request)
    {
        var records = new List<VersionedRecord>();
        var response = new IncrementalAlterConfigsResponse();
        var repeated = Repeated.Among(request.Resources.Select(resource => (resource.ResourceType, resource.ResourceName)));
        foreach (var altered in request.Resources)
        {
            var resource = new ConfigResource((ConfigResourceType)altered.ResourceType, altered.ResourceName);
            var verdict = repeated.Contains((altered.ResourceType, altered.ResourceName))
                ? RepeatedResource
                : Change(resource, [.. altered.Configs.Select(change => new ConfigChange(change.Name, (ConfigOperation)change.ConfigOperation, change.Value))], records);
            response.Responses.Add(new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
            {
                ResourceType = altered.ResourceType, ResourceName = altered.ResourceName, ErrorCode = verdict.Code,
                ErrorMessage = verdict.Message,
            });
        }

        return request.ValidateOnly ? MetadataDecision.Nothing(response) : MetadataDecision.Of(records, response);
    }

    /// <summary>Replaces all configs of each resource by those of the request.</summary>
    public MetadataDecision<AlterConfigsResponse> AlterConfigs(AlterConfigsRequest request)
    {
        var records = new List<VersionedRecord>();
        var response = new AlterConfigsResponse();
        var repeated = Repeated.Among(request.Resources.Select(resource => (resource.ResourceType, resource.ResourceName)));
        foreach (var altered in request.Resources)
        {
            var resource = new ConfigResource((ConfigResourceType)altered.ResourceType, altered.ResourceName);
            var verdict = repeated.Contains((altered.ResourceType, altered.ResourceName))
                ? RepeatedResource
                : Change(resource, Replacement(resource, altered), records);
            response.Responses.Add(new AlterConfigsResponse.AlterConfigsResourceResponse
            {
                ResourceType = altered.ResourceType, ResourceName = altered.ResourceName, ErrorCode = verdict.Code,
                ErrorMessage = verdict.Message,
            });
        }

        return request.ValidateOnly ? MetadataDecision.Nothing(response) : MetadataDecision.Of(records, response);
    }

    private static Verdict RepeatedResource => new(ErrorCode.InvalidRequest, "Each resource must appear at most once.");

    private List<ConfigChange> Replacement(ConfigResource resource, AlterConfigsRequest.AlterConfigsResource request)
    {
        var changes = ConfigChange.OfReplacement(_state.Image.Configs.Of(resource), request.Configs.Select(config => KeyValuePair.Create(config.Name, config.Value)));
        // the cluster's min.insync.replicas may not go while ELR needs it, and whoever replaces the rest did not mean it
        if (_state.Image.Features.IsElrEnabled && resource == ConfigResource.DefaultBroker)
            changes.RemoveAll(change => change is { Name: MinInsyncReplicas.Name, Operation: ConfigOperation.Delete });
        return changes;
    }

    /// <summary>Whether the change can be made, and the records that make it.</summary>
    private Verdict Change(ConfigResource resource, IReadOnlyList<ConfigChange> changes, List<VersionedRecord> records)
    {
        if (ResourceNames.RefuseAlter(resource.Type, resource.Name, _state.Settings.NodeId) is { } refused)
            return new(refused.Error, refused.Message);
        if (resource.Type == ConfigResourceType.BrokerLogger)
            return new(ErrorCode.InvalidRequest, "Loggers are altered at their broker, not at the controller.");
        if (resource.Type == ConfigResourceType.Topic)
        {
            if (TopicName.WhyInvalid(resource.Name) is { } why) return new(ErrorCode.InvalidTopicException, why);
            if (_state.Image.Topics.Find(resource.Name) is null)
                return new(ErrorCode.UnknownTopicOrPartition, $"The topic '{resource.Name}' does not exist.");
        }

        var current = _state.Image.Configs.Of(resource);
        var outcome = resource.Type switch
        {
            ConfigResourceType.Topic => TopicChanges.Apply(_state.Effective(), current, changes),
            ConfigResourceType.Broker => BrokerChanges.Apply(_state.Effective(), resource.Name.Length == 0, current, changes, _state.Image.Features.IsElrEnabled),
            ConfigResourceType.Group => GroupChanges.Apply(_state.Effective(), current, changes),
            _ => ClientMetricsChanges.Apply(current, changes),
        };
        if (outcome.IsRefused) return new(outcome.Error, outcome.Message);
        foreach (var (name, value) in outcome.Delta)
        {
            var record = new ConfigRecord { ResourceType = (sbyte)resource.Type, ResourceName = resource.Name, Name = name, Value = value };
            records.Add(new(record));
            // who is eligible depends on it (KIP-966)
            if (_state.KeepsElr && name == MinInsyncReplicas.Name)
                records.Add(new(new ClearElrRecord { TopicName = resource.Type == ConfigResourceType.Topic ? resource.Name : "" }));
        }

        return Verdict.Ok;
    }
}
