namespace Ottla.Configuration.Effective;

/// <summary>What a config belongs to, as the wire and the metadata records number it.</summary>
public enum ConfigResourceType : sbyte
{
    Unknown = 0,
    Topic = 2,
    Broker = 4,
    BrokerLogger = 8,
    ClientMetrics = 16,
    Group = 32,
}
