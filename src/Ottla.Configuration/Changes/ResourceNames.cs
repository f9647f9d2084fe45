using Ottla.Configuration.Definitions;
using Ottla.Configuration.Effective;
using Ottla.Protocol.Primitives;
using System.Globalization;

namespace Ottla.Configuration.Changes;

/// <summary>
/// Whether a node may answer for a config resource at all. Whether a topic exists, and whether its name is legal, others know.
/// </summary>
public static class ResourceNames
{
    /// <summary>For AlterConfigs and IncrementalAlterConfigs; null when the node may go on.</summary>
    public static ConfigRefusal? RefuseAlter(ConfigResourceType type, string name, BrokerId self) => type switch
    {
        ConfigResourceType.Topic => name.Length == 0 ? ConfigRefusal.InvalidRequest("Default topic resources are not allowed.") : null,
        ConfigResourceType.Group => name.Length == 0 ? ConfigRefusal.InvalidRequest("Default group resources are not allowed.") : null,
        ConfigResourceType.ClientMetrics => name.Length == 0 ? ConfigRefusal.InvalidRequest("Subscription name can't be empty") : null,
        ConfigResourceType.Broker => name.Length == 0 ? null : RefuseNode(name, self, "Node", "Unexpected broker id, expected", ","),
        ConfigResourceType.BrokerLogger => RefuseNode(name, self, "Node", "Unexpected node id. Expected", ","),
        _ => ConfigRefusal.InvalidRequest($"Unknown resource type {(int)type}"),
    };

    /// <summary>For DescribeConfigs; null when the node may go on.</summary>
    public static ConfigRefusal? RefuseDescribe(ConfigResourceType type, string name, BrokerId self) => type switch
    {
        ConfigResourceType.Topic => null,
        ConfigResourceType.Group => name.Length == 0 ? ConfigRefusal.InvalidRequest("Group name must not be empty") : null,
        ConfigResourceType.ClientMetrics =>
            name.Length == 0 ? ConfigRefusal.InvalidRequest("Client metrics subscription name must not be empty") : null,
        ConfigResourceType.Broker =>
            name.Length == 0 ? null : RefuseNode(name, self, "Broker", "Unexpected broker id, expected", " or empty string,"),
        ConfigResourceType.BrokerLogger => name.Length == 0
            ? ConfigRefusal.InvalidRequest("Broker id must not be empty")
            : RefuseNode(name, self, "Broker", "Unexpected broker id, expected", ""),
        _ => ConfigRefusal.InvalidRequest($"Unsupported resource type: {(int)type}"),
    };

    private static ConfigRefusal? RefuseNode(string name, BrokerId self, string what, string expected, string orElse)
    {
        if (!int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id))
            return ConfigRefusal.InvalidRequest($"{what} id must be an integer, but it is: {Quote.Of(name)}");
        return id == self.Value ? null : ConfigRefusal.InvalidRequest($"{expected} {self}{orElse} but received {Quote.Of(name)}");
    }
}
