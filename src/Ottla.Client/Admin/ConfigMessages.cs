using Ottla.Protocol.Messages;

namespace Ottla.Client.Admin;

/// <summary>Between what users name configs by and the messages that carry it.</summary>
internal static class ConfigMessages
{
    public static ConfigDescription Describe(DescribeConfigsResponse.DescribeConfigsResult result) => new(
        new ConfigResource((ConfigResourceType)result.ResourceType, result.ResourceName), result.ErrorCode, result.ErrorMessage,
        [.. result.Configs.Select(c =>
            new ConfigEntry(c.Name, c.Value, (ConfigSource)Math.Max((sbyte)0, c.ConfigSource), c.ReadOnly, c.IsSensitive))]);

    public static IncrementalAlterConfigsRequest Of(IReadOnlyDictionary<ConfigResource, IReadOnlyList<ConfigChange>> changes,
        bool validateOnly) => new()
    {
        ValidateOnly = validateOnly,
        Resources = [.. changes.Select(resource => new IncrementalAlterConfigsRequest.AlterConfigsResource
        {
            ResourceType = (sbyte)resource.Key.Type,
            ResourceName = resource.Key.Name,
            Configs = [.. resource.Value.Select(c => new IncrementalAlterConfigsRequest.AlterableConfig { Name = c.Name,
                ConfigOperation = (sbyte)c.Operation, Value = c.Value })],
        })],
    };
}
