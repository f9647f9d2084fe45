using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Definitions;
using Ottla.Configuration.Effective;
using Ottla.Configuration.Settings;

namespace Ottla.Configuration.Changes;

/// <summary>
/// Dynamic configs of a topic: what a creator gives, and what is altered later. Pure; the controller writes what comes out.
/// </summary>
public static class TopicChanges
{
    /// <param name="config">The controller's own view, for values that the topic leaves open.</param>
    public static ChangeOutcome Apply(
        EffectiveConfig config, IReadOnlyDictionary<string, string> current, IReadOnlyList<ConfigChange> changes)
    {
        var merged = ChangeMerger.Merge(
            current, changes,
            change => IsList(change.Name) ? null : ChangeMerger.NoList(change),
            name => config.TopicValueOf(name, EffectiveConfig.None).ToText(),
            out var refusal);
        refusal ??= Judge(config, merged) ?? RefuseCodec(current, merged);
        return refusal is null ? ChangeOutcome.Accepted(current, merged) : ChangeOutcome.Refused(current, refusal);
    }

    /// <summary>The configs that CreateTopics brings. The last of two values for one name holds.</summary>
    public static ChangeOutcome ForNewTopic(EffectiveConfig config, IEnumerable<KeyValuePair<string, string?>> given)
    {
        var configs = new Dictionary<string, string>(StringComparer.Ordinal);
        List<string>? withoutValue = null;
        foreach (var (name, value) in given)
        {
            if (value is null) (withoutValue ??= []).Add(name);
            else configs[name] = value;
        }

        var refusal = withoutValue is null
            ? ChangeMerger.RefuseTooLong(configs, EffectiveConfig.None) ?? Judge(config, configs)
                ?? RefuseCodec(EffectiveConfig.None, configs)
            : ConfigRefusal.InvalidConfig($"Null value not supported for topic configs: {string.Join(",", withoutValue)}");
        return refusal is null
            ? ChangeOutcome.Accepted(EffectiveConfig.None, configs)
            : ChangeOutcome.Refused(EffectiveConfig.None, refusal);
    }

    // What is set already stays: other changes of the topic have nothing to do with it.
    private static ConfigRefusal? RefuseCodec(IReadOnlyDictionary<string, string> current, IReadOnlyDictionary<string, string> configs)
    {
        if (!configs.TryGetValue(CodecCheck.Name, out var text) || current.GetValueOrDefault(CodecCheck.Name) == text) return null;
        return CodecCheck.WhyMissing(text.Trim()) is { } missing
            ? ConfigRefusal.InvalidConfig($"Invalid value {text} for configuration {CodecCheck.Name}: {missing}")
            : null;
    }

    private static bool IsList(string name) => TopicConfigs.Catalog.TryGet(name, out var known) && known.Type == ConfigType.List;

    private static ConfigRefusal? Judge(EffectiveConfig config, IReadOnlyDictionary<string, string> configs)
    {
        foreach (var name in configs.Keys)
        {
            if (!TopicConfigs.Catalog.Knows(name)) return ConfigRefusal.InvalidConfig($"Unknown topic config name: {Quote.Of(name)}");
        }

        foreach (var (name, text) in configs)
        {
            var definition = TopicConfigs.Catalog[name];
            if (!definition.TryParse(text, out _, out var error)) return ConfigRefusal.InvalidConfig(error.WireMessage);
        }

        var least = config.TopicValueOf("min.compaction.lag.ms", configs).AsLong();
        var most = config.TopicValueOf("max.compaction.lag.ms", configs).AsLong();
        if (least > most)
            return ConfigRefusal.InvalidConfig(
                $"conflict topic config setting min.compaction.lag.ms ({least}) > max.compaction.lag.ms ({most})");
        var isTiered = config.TopicValueOf("remote.storage.enable", configs).AsBoolean();
        return isTiered && !config.ValueOf("remote.log.storage.system.enable").AsBoolean()
            ? ConfigRefusal.InvalidConfig(
                "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.")
            : null;
    }
}
