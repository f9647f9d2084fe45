using System.Globalization;
using System.Text.RegularExpressions;
using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Definitions;
using Ottla.Configuration.Effective;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>Whether a resource may have the configs that it would have after a change, in the codes and words of Kafka's controller. Pure.</summary>
internal static class ConfigChecks
{
    /// <summary>What a subscription to clients' metrics may match (KIP-714).</summary>
    private static readonly string[] _matchable =
        ["client_instance_id", "client_id", "client_software_name", "client_software_version", "client_source_address", "client_source_port"];

    /// <summary>Bound of the time that a pattern of a request may take to be read.</summary>
    private static readonly TimeSpan _patternTimeout = TimeSpan.FromSeconds(1);

    public static Refusal Topic(IReadOnlyDictionary<string, string> configs, EffectiveConfig broker)
    {
        foreach (var (name, value) in configs)
        {
            if (!TopicConfigs.Catalog.TryGet(name, out var definition)) return Bad($"Unknown topic config name: {name}");
            if (!definition.TryParse(value, out _, out var error)) return Bad(error.WireMessage);
        }

        if (broker.TopicValueOf("remote.storage.enable", configs).AsBoolean() && !broker.ValueOf("remote.log.storage.system.enable").AsBoolean())
            return Bad("Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.");
        var least = broker.TopicValueOf("min.compaction.lag.ms", configs).AsLong();
        var most = broker.TopicValueOf("max.compaction.lag.ms", configs).AsLong();
        return least > most ? Bad($"conflict topic config setting min.compaction.lag.ms ({least}) > max.compaction.lag.ms ({most})") : Refusal.Ok;
    }

    /// <param name="changed">The names that the request sets.</param>
    /// <param name="configs">All that the resource would have.</param>
    /// <param name="isDefault">Whether it is the default of all brokers.</param>
    public static Refusal Broker(IEnumerable<string> changed, IReadOnlyDictionary<string, string> configs, bool isDefault)
    {
        var known = changed.Select(name => (Name: name, Definition: Known(name))).Where(pair => pair.Definition is not null).ToList();
        var fixedOnes = known.Where(pair => pair.Definition!.Update == UpdateMode.ReadOnly).Select(pair => pair.Name).ToList();
        if (fixedOnes.Count > 0) return new(ErrorCode.InvalidRequest, $"Cannot update these configs dynamically: [{string.Join(", ", fixedOnes)}]");
        var ofOne = known.Where(pair => pair.Definition!.Update == UpdateMode.PerBroker || pair.Name != pair.Definition.Name).Select(pair => pair.Name).ToList();
        if (isDefault && ofOne.Count > 0)
        {
            return new(
                ErrorCode.InvalidRequest,
                $"Cannot update these configs at default cluster level, broker id must be specified: [{string.Join(", ", ofOne)}]");
        }

        foreach (var (name, definition) in known)
        {
            if (configs.TryGetValue(name, out var value) && !definition!.TryParse(value, out _, out var error)) return new(ErrorCode.InvalidRequest, error.WireMessage);
        }

        return Refusal.Ok;
    }

    public static Refusal Group(IReadOnlyDictionary<string, string> configs, EffectiveConfig broker)
    {
        foreach (var (name, value) in configs)
        {
            if (!GroupConfigs.Catalog.TryGet(name, out var definition)) return Bad($"Unknown group config name: {name}");
            if (!definition.TryParse(value, out var parsed, out var error)) return Bad(error.WireMessage);
            if (definition.Type != ConfigType.Int || WhyOutOfBounds(name, parsed.AsInt(), broker) is not { } why) continue;
            return Bad(why);
        }

        foreach (var kind in (string[])["consumer", "share", "streams"])
        {
            var (heartbeat, session) = ($"{kind}.heartbeat.interval.ms", $"{kind}.session.timeout.ms");
            if (!configs.ContainsKey(heartbeat) && !configs.ContainsKey(session)) continue;
            if (broker.GroupValueOf(session, configs).AsInt() <= broker.GroupValueOf(heartbeat, configs).AsInt())
                return Bad($"{session} must be greater than {heartbeat}");
        }

        return Refusal.Ok;
    }

    public static Refusal ClientMetrics(IReadOnlyDictionary<string, string> configs)
    {
        foreach (var (name, value) in configs)
        {
            if (!ClientMetricsConfigs.Catalog.TryGet(name, out var definition)) return new(ErrorCode.InvalidRequest, $"Unknown client metrics configuration: {name}");
            if (!definition.TryParse(value, out var parsed, out var error)) return Bad(error.WireMessage);
            if (name == "interval.ms" && parsed.AsInt() is < ClientMetricsConfigs.IntervalMsMin or > ClientMetricsConfigs.IntervalMsMax)
            {
                return new(
                    ErrorCode.InvalidRequest,
                    $"Invalid value {value} for interval.ms, interval must be between {ClientMetricsConfigs.IntervalMsMin} and {ClientMetricsConfigs.IntervalMsMax} (1 hour)");
            }

            if (name != "match") continue;
            foreach (var pattern in parsed.AsList())
            {
                if (!IsMatchPattern(pattern)) return Bad($"Illegal client matching pattern: {pattern}");
            }
        }

        return Refusal.Ok;
    }

    private static ConfigDefinition? Known(string name) => BrokerConfigs.Catalog.TryGet(ListenerConfigs.BaseNameOf(name), out var definition) ? definition : null;

    /// <summary>A broker bounds what a group may set: `group.consumer.min.session.timeout.ms` and its like.</summary>
    private static string? WhyOutOfBounds(string name, int value, EffectiveConfig broker)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var (kind, rest) = (name[..dot], name[(dot + 1)..]);
        var (leastName, mostName) = ($"group.{kind}.min.{rest}", $"group.{kind}.max.{rest}");
        int? least = BrokerConfigs.Catalog.Knows(leastName) ? broker.ValueOf(leastName).AsInt() : null;
        int? most = BrokerConfigs.Catalog.Knows(mostName) ? broker.ValueOf(mostName).AsInt() : null;
        if ((least is null || value >= least) && (most is null || value <= most)) return null;
        var text = CultureInfo.InvariantCulture;
        return (least, most) switch
        {
            ({ } from, { } to) => string.Create(text, $"{name} must be in the range {from} to {to} inclusive."),
            ({ } from, null) => string.Create(text, $"{name} must be greater than or equal to {leastName}"),
            _ => string.Create(text, $"{name} must be less than or equal to {mostName}"),
        };
    }

    private static bool IsMatchPattern(string pattern)
    {
        var equals = pattern.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || !_matchable.Contains(pattern[..equals].Trim())) return false;
        try
        {
            _ = new Regex(pattern[(equals + 1)..].Trim(), RegexOptions.CultureInvariant, _patternTimeout);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static Refusal Bad(string message) => new(ErrorCode.InvalidConfig, message);
}
