using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Effective;

/// <content>DescribeConfigs: values with their sources and synonyms, in the order in which Kafka tells them.</content>
public sealed partial class EffectiveConfig
{
    /// <summary>Everything about this broker. Null names are all of them.</summary>
    public IReadOnlyList<ConfigEntry> DescribeBroker(IReadOnlyCollection<string>? names = null)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var definition in BrokerConfigs.Catalog.All)
        {
            if (!definition.IsInternal) found.Add(definition.Name);
        }

        foreach (var name in _static.Values.Keys)
        {
            if (!name.StartsWith("ottla.", StringComparison.Ordinal)) found.Add(name);
        }

        found.UnionWith(_cluster.Keys);
        found.UnionWith(_broker.Keys);
        return DescribeAll(found, names, name => BrokerEntry(name, withStatic: true));
    }

    /// <summary>The dynamic defaults of all brokers: only what somebody has set.</summary>
    public IReadOnlyList<ConfigEntry> DescribeClusterDefaults(IReadOnlyCollection<string>? names = null) =>
        DescribeAll(_cluster.Keys.Order(StringComparer.Ordinal), names, name => BrokerEntry(name, withStatic: false));

    public IReadOnlyList<ConfigEntry> DescribeTopic(
        IReadOnlyDictionary<string, string> ofTopic, IReadOnlyCollection<string>? names = null) =>
        DescribeAll(NamesOf(TopicConfigs.Catalog, ofTopic), names, name =>
        {
            var synonyms = new List<ConfigSynonym>();
            var value = TopicValueOf(name, ofTopic).ToText();
            if (ofTopic.ContainsKey(name)) synonyms.Add(new(name, value, ConfigSource.DynamicTopic));
            if (TopicConfigs.BrokerSynonymOf(name) is { } synonym) AddBrokerSynonyms(synonym, synonyms, false, true);
            return new ConfigEntry(name, value, SourceOf(synonyms), false, false, TopicConfigs.Catalog[name].Type, synonyms);
        });

    public IReadOnlyList<ConfigEntry> DescribeGroup(
        IReadOnlyDictionary<string, string> ofGroup, IReadOnlyCollection<string>? names = null) =>
        DescribeAll(NamesOf(GroupConfigs.Catalog, ofGroup), names, name =>
        {
            var definition = GroupConfigs.Catalog[name];
            var synonyms = new List<ConfigSynonym>();
            var value = GroupValueOf(name, ofGroup).ToText();
            if (ofGroup.ContainsKey(name)) synonyms.Add(new(name, value, ConfigSource.DynamicGroup));
            if (GroupConfigs.BrokerSynonymOf(name) is { } synonym) AddBrokerSynonyms(synonym, synonyms, false, true);
            else if (definition.DefaultText is { } text) synonyms.Add(new(name, text, ConfigSource.Default));
            return new ConfigEntry(name, value, SourceOf(synonyms), false, false, definition.Type, synonyms);
        });

    /// <summary>A subscription to clients' metrics depends on no broker.</summary>
    public static IReadOnlyList<ConfigEntry> DescribeClientMetrics(
        IReadOnlyDictionary<string, string> ofSubscription, IReadOnlyCollection<string>? names = null) =>
        DescribeAll(NamesOf(ClientMetricsConfigs.Catalog, ofSubscription), names, name =>
        {
            var definition = ClientMetricsConfigs.Catalog[name];
            var isSet = TryRead(ofSubscription, definition, out var value);
            if (!isSet) value = definition.Default;
            IReadOnlyList<ConfigSynonym> synonyms = isSet ? [new(name, value.ToText(), ConfigSource.DynamicClientMetrics)] : [];
            return new ConfigEntry(name, value.ToText(), SourceOf(synonyms), false, false, definition.Type, synonyms);
        });

    private static List<ConfigEntry> DescribeAll(
        IEnumerable<string> present, IReadOnlyCollection<string>? wanted, Func<string, ConfigEntry> describe)
    {
        var filter = wanted is null ? null : new HashSet<string>(wanted, StringComparer.Ordinal);
        var entries = new List<ConfigEntry>();
        foreach (var name in present)
        {
            if (filter is null || filter.Contains(name)) entries.Add(describe(name));
        }

        return entries;
    }

    // What somebody has set under a name that we don't know has no type, so it cannot be shown.
    private static List<string> NamesOf(ConfigCatalog catalog, IReadOnlyDictionary<string, string> given)
    {
        var names = new List<string>();
        foreach (var definition in catalog.All)
        {
            if (!definition.IsInternal || given.ContainsKey(definition.Name)) names.Add(definition.Name);
        }

        return names;
    }

    private ConfigEntry BrokerEntry(string name, bool withStatic)
    {
        var baseName = ListenerConfigs.BaseNameOf(name);
        BrokerConfigs.Catalog.TryGet(baseName, out var definition);
        var isSensitive = definition is null || definition.IsSensitive;
        var synonyms = new List<ConfigSynonym>();
        AddBrokerSynonyms(name, synonyms, isSensitive, withStatic);
        var isReadOnly = !BrokerConfigs.Catalog.TryGet(name, out var exact) || exact.Update == UpdateMode.ReadOnly;
        var value = isSensitive ? null : ShownValueOf(name, definition!, withStatic);
        return new ConfigEntry(name, value, SourceOf(synonyms), isReadOnly, isSensitive, definition?.Type ?? ConfigType.Unknown, synonyms);
    }

    private string? ShownValueOf(string name, ConfigDefinition definition, bool withStatic)
    {
        string? text;
        if (!withStatic) text = _cluster.GetValueOrDefault(name);
        else if (definition.Name == name) return ValueOf(name).ToText();
        else text = _broker.GetValueOrDefault(name) ?? _cluster.GetValueOrDefault(name) ?? _static[name];
        return text is not null && definition.TryParse(text, out var value, out _) ? value.ToText() : text;
    }

    // A weaker synonym shows only below the name that was asked for: log.retention.hours is no source of log.retention.ms as long as
    // nobody sets that.
    private void AddBrokerSynonyms(string name, List<ConfigSynonym> into, bool isSensitive, bool withStatic)
    {
        var names = ListenerConfigs.BaseNameOf(name) is var baseName && baseName != name
            ? [name, baseName]
            : BrokerConfigs.SynonymsOf(name);
        var isFound = false;
        var first = withStatic ? ConfigSource.DynamicBroker : ConfigSource.DynamicDefaultBroker;
        var last = withStatic ? ConfigSource.Default : ConfigSource.DynamicDefaultBroker;
        for (var level = first; level <= last; level++)
        {
            foreach (var synonym in names)
            {
                if (TextAt(level, synonym) is not { } text) continue;
                isFound |= synonym == name;
                if (isFound) into.Add(new(synonym, isSensitive ? null : text, level));
            }
        }
    }

    private string? TextAt(ConfigSource level, string name) => level switch
    {
        ConfigSource.DynamicBroker => _broker.GetValueOrDefault(name),
        ConfigSource.DynamicDefaultBroker => _cluster.GetValueOrDefault(name),
        ConfigSource.StaticBroker => _static[name],
        _ => BrokerConfigs.Catalog.TryGet(name, out var definition) && !BrokerConfigs.IsDynamicOnly(name) ? definition.DefaultText : null,
    };

    private static ConfigSource SourceOf(IReadOnlyList<ConfigSynonym> synonyms) =>
        synonyms.Count == 0 ? ConfigSource.Default : synonyms[0].Source;
}
