using Ottla.Protocol.Primitives;

namespace Ottla.Client.Admin;

/// <summary>What has configs; the numbers are the wire's.</summary>
public enum ConfigResourceType : sbyte
{
    Unknown = 0,
    Topic = 2,
    Broker = 4,
    BrokerLogger = 8,
    ClientMetrics = 16,
    Group = 32,
}

public readonly record struct ConfigResource(ConfigResourceType Type, string Name);

/// <summary>Where a config's value comes from; the numbers are the wire's.</summary>
public enum ConfigSource : sbyte
{
    Unknown = 0,
    DynamicTopic = 1,
    DynamicBroker = 2,
    DynamicDefaultBroker = 3,
    StaticBroker = 4,
    Default = 5,
    DynamicBrokerLogger = 6,
    ClientMetrics = 7,
    Group = 8,
}

/// <param name="Value">Null where it is sensitive, or not set.</param>
public sealed record ConfigEntry(string Name, string? Value, ConfigSource Source, bool IsReadOnly, bool IsSensitive)
{
    /// <summary>Not a default: set in the server's properties or changed since.</summary>
    public bool IsDefault => Source == ConfigSource.Default;
}

public sealed record ConfigDescription(ConfigResource Resource, ErrorCode Error, string? Message, IReadOnlyList<ConfigEntry> Entries);

/// <summary>What to do with a config (KIP-339); the numbers are the wire's.</summary>
public enum ConfigOperation : sbyte
{
    Set = 0,
    Delete = 1,

    /// <summary>Adds to a list.</summary>
    Append = 2,

    /// <summary>Takes from a list.</summary>
    Subtract = 3,
}

public readonly record struct ConfigChange(string Name, ConfigOperation Operation, string? Value);
