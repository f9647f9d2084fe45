using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Definitions;
using Ottla.Configuration.Sources;

namespace Ottla.Configuration.Effective;

/// <summary>What holds on one broker: its static config below the cluster's dynamic defaults below its own dynamic configs.</summary>
/// <remarks>
/// Immutable; whoever learns of a change in the metadata makes a new one and hands it out. Safe to read from every thread.
/// A dynamic value that its config does not accept is passed over, as if it were not there: the controller refuses such values, but
/// metadata written by others may hold them, and a running broker must not end for that. Static values were judged before
/// (BrokerSettings.Load).
/// </remarks>
public sealed partial class EffectiveConfig
{
    /// <summary>Nothing set: for topics and groups without configs of their own.</summary>
    public static IReadOnlyDictionary<string, string> None { get; } = new Dictionary<string, string>();

    private const int MinuteMs = 60_000;
    private const int HourMs = 60 * MinuteMs;

    private readonly StaticConfig _static;
    private readonly IReadOnlyDictionary<string, string> _cluster;
    private readonly IReadOnlyDictionary<string, string> _broker;

    /// <param name="fromStart">What the node was started with.</param>
    /// <param name="cluster">Dynamic configs of the broker resource with the empty name.</param>
    /// <param name="broker">Dynamic configs of this broker.</param>
    public EffectiveConfig(
        StaticConfig fromStart, IReadOnlyDictionary<string, string>? cluster = null, IReadOnlyDictionary<string, string>? broker = null)
    {
        _static = fromStart;
        _cluster = cluster ?? None;
        _broker = broker ?? None;
    }

    public StaticConfig Static => _static;

    /// <summary>Dynamic configs of the broker resource with the empty name.</summary>
    public IReadOnlyDictionary<string, string> Cluster => _cluster;

    /// <summary>Dynamic configs of this broker.</summary>
    public IReadOnlyDictionary<string, string> Broker => _broker;

    /// <summary>The same static config under other dynamic ones.</summary>
    public EffectiveConfig With(IReadOnlyDictionary<string, string> cluster, IReadOnlyDictionary<string, string> broker) =>
        new(_static, cluster, broker);

    /// <summary>What holds for one name of the broker's catalog, its default in the end. Synonyms are not followed.</summary>
    public ConfigValue ValueOf(string name)
    {
        var definition = BrokerConfigs.Catalog[name];
        return TryReadGiven(definition, out var value) ? value : definition.Default;
    }

    /// <summary>What holds for a topic under its own configs: those, or what the broker says, or the default.</summary>
    public ConfigValue TopicValueOf(string name, IReadOnlyDictionary<string, string> ofTopic)
    {
        var definition = TopicConfigs.Catalog[name];
        if (TryRead(ofTopic, definition, out var value)) return value;
        return TopicConfigs.BrokerSynonymOf(name) is { } synonym ? BrokerValueForTopics(synonym) : definition.Default;
    }

    /// <summary>What holds for a group under its own configs.</summary>
    public ConfigValue GroupValueOf(string name, IReadOnlyDictionary<string, string> ofGroup)
    {
        var definition = GroupConfigs.Catalog[name];
        if (TryRead(ofGroup, definition, out var value)) return value;
        if (GroupConfigs.BrokerSynonymOf(name) is not { } synonym) return definition.Default;
        value = ValueOf(synonym);
        if (definition.Type == value.Type || value.Type != ConfigType.List) return value;
        return ConfigValue.Of(definition.Type, value.AsList()[0]);
    }

    /// <summary>`log.retention.ms` and its like in the one unit that topics use; -1 for a retention without limit.</summary>
    public ConfigValue BrokerValueForTopics(string name) => name switch
    {
        "log.retention.ms" =>
            OfMs(Math.Max(-1, FirstOf("log.retention.ms", "log.retention.minutes", MinuteMs, "log.retention.hours", HourMs))),
        "log.roll.ms" => OfMs(FirstOf("log.roll.ms", "log.roll.hours", HourMs)),
        "log.roll.jitter.ms" => OfMs(FirstOf("log.roll.jitter.ms", "log.roll.jitter.hours", HourMs)),
        "log.flush.interval.ms" => OfMs(FirstOf("log.flush.interval.ms", "log.flush.scheduler.interval.ms", 1)),
        _ => ValueOf(name),
    };

    private static ConfigValue OfMs(long value) => ConfigValue.Of(ConfigType.Long, value);

    private long FirstOf(string name, string coarser, int coarserMs, string? coarsest = null, int coarsestMs = 0)
    {
        var value = ValueOf(name);
        if (!value.IsNull) return value.AsLong();
        value = ValueOf(coarser);
        if (!value.IsNull || coarsest is null) return value.AsLong() * coarserMs;
        return ValueOf(coarsest).AsLong() * coarsestMs;
    }

    private static bool TryRead(IReadOnlyDictionary<string, string> from, ConfigDefinition definition, out ConfigValue value)
    {
        value = default;
        return from.TryGetValue(definition.Name, out var text) && definition.TryParse(text, out value, out _);
    }

    private bool TryReadGiven(ConfigDefinition definition, out ConfigValue value) =>
        TryRead(_broker, definition, out value) || TryRead(_cluster, definition, out value) || TryReadStatic(definition, out value);

    private bool TryReadStatic(ConfigDefinition definition, out ConfigValue value)
    {
        value = default;
        return _static[definition.Name] is { } text && definition.TryParse(text, out value, out _);
    }
}
