using Microsoft.Extensions.Logging;
using Ottla.Configuration.Changes;
using Ottla.Configuration.Definitions;
using Ottla.Configuration.Effective;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Logging;

namespace Ottla.Broker.Cluster;

/// <summary>The broker's loggers as configs of their own kind (KIP-412): names are our categories, values the levels that Kafka has.</summary>
/// <remarks>They belong to this process alone: nothing is recorded, and a restart begins with the levels of the program. Any thread.</remarks>
internal sealed class BrokerLoggers(LogLevels levels)
{
    /// <summary>The level of all that have none of their own.</summary>
    public const string Root = "root";

    private static readonly (string Name, LogLevel Level)[] Known =
    [
        ("DEBUG", LogLevel.Debug), ("ERROR", LogLevel.Error), ("FATAL", LogLevel.Critical), ("INFO", LogLevel.Information),
        ("TRACE", LogLevel.Trace), ("WARN", LogLevel.Warning),
    ];

    public IReadOnlyList<ConfigEntry> Describe(IReadOnlyCollection<string>? names)
    {
        var entries = new List<ConfigEntry>();
        foreach (var name in levels.Names.Append(Root).Order(StringComparer.Ordinal))
        {
            if (names?.Contains(name) == false || !TryGet(name, out var level)) continue;
            entries.Add(new(name, NameOf(level), ConfigSource.DynamicBrokerLogger, false, false, ConfigType.Unknown, []));
        }

        return entries;
    }

    /// <summary>Makes all of the changes, or none; null when they are made.</summary>
    /// <param name="changes">What is asked for.</param>
    /// <param name="validateOnly">Judge and change nothing.</param>
    public ConfigRefusal? Alter(IReadOnlyList<ConfigChange> changes, bool validateOnly)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in changes)
        {
            if (!names.Add(change.Name)) return new(ErrorCode.InvalidRequest, "Error due to duplicate config keys");
        }

        foreach (var change in changes)
        {
            if (Judge(change) is { } refusal) return refusal;
        }

        foreach (var change in validateOnly ? [] : changes)
        {
            LogLevel? level = change.Operation == ConfigOperation.Set ? Find(change.Value!) : null;
            if (change.Name == Root) levels.Root = level!.Value;
            else levels.TrySet(change.Name, level);
        }

        return null;
    }

    private ConfigRefusal? Judge(ConfigChange change)
    {
        var name = Quote.Of(change.Name);
        if (change.Operation is ConfigOperation.Append or ConfigOperation.Subtract)
        {
            var operation = change.Operation == ConfigOperation.Append ? "APPEND" : "SUBTRACT";
            return new(ErrorCode.InvalidRequest, $"{operation} operation is not allowed for the BROKER_LOGGER resource");
        }

        if (change.Operation is not (ConfigOperation.Set or ConfigOperation.Delete))
            return new(ErrorCode.InvalidRequest, $"Unknown operation {(int)change.Operation} for logger {name}");
        if (change.Operation == ConfigOperation.Set && change.Value is null)
            return new(ErrorCode.InvalidRequest, $"Null value not supported for : {name}");
        if (!TryGet(change.Name, out _)) return new(ErrorCode.InvalidConfig, $"Logger {name} does not exist!");
        if (change.Operation == ConfigOperation.Delete)
            return change.Name == Root ? new(ErrorCode.InvalidRequest, "Removing the log level of the root logger is not allowed") : null;
        return Find(change.Value!) is not null
            ? null
            : new(
                ErrorCode.InvalidConfig,
                $"Cannot set the log level of {name} to {Quote.Of(change.Value)} as it is not a supported log level. "
                + $"Valid log levels are {string.Join(", ", Known.Select(known => known.Name))}");
    }

    private bool TryGet(string name, out LogLevel level)
    {
        level = levels.Root;
        return name == Root || levels.TryGet(name, out level);
    }

    private static LogLevel? Find(string name)
    {
        foreach (var known in Known)
        {
            if (known.Name == name) return known.Level;
        }

        return null;
    }

    private static string NameOf(LogLevel level) => Known.First(known => known.Level == level).Name;
}
