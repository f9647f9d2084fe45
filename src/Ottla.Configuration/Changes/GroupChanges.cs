using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Definitions;
using Ottla.Configuration.Effective;

namespace Ottla.Configuration.Changes;

/// <summary>
/// Dynamic configs of a group. What a group may ask for lies between the broker's `group.KIND.min...` and `max...`. Pure.
/// </summary>
public static class GroupChanges
{
    public static ChangeOutcome Apply(
        EffectiveConfig config, IReadOnlyDictionary<string, string> current, IReadOnlyList<ConfigChange> changes)
    {
        var merged = ChangeMerger.Merge(current, changes, ChangeMerger.NoList, _ => null, out var refusal);
        refusal ??= Judge(config, merged);
        return refusal is null ? ChangeOutcome.Accepted(current, merged) : ChangeOutcome.Refused(current, refusal);
    }

    private static ConfigRefusal? Judge(EffectiveConfig config, IReadOnlyDictionary<string, string> configs)
    {
        foreach (var name in configs.Keys)
        {
            if (!GroupConfigs.Catalog.Knows(name)) return ConfigRefusal.InvalidConfig($"Unknown group config name: {Quote.Of(name)}");
        }

        foreach (var (name, text) in configs)
        {
            if (!GroupConfigs.Catalog[name].TryParse(text, out _, out var error)) return ConfigRefusal.InvalidConfig(error.WireMessage);
        }

        foreach (var name in configs.Keys.Order(StringComparer.Ordinal))
        {
            if (OutOfRange(config, configs, name) is { } refusal) return refusal;
        }

        return RefuseSessions(config, configs) ?? RefuseNames(config, configs);
    }

    private static ConfigRefusal? OutOfRange(EffectiveConfig config, IReadOnlyDictionary<string, string> configs, string name)
    {
        var (least, most) = GroupConfigs.BoundsOf(name);
        if (most is null) return null;
        var value = config.GroupValueOf(name, configs).AsLong();
        var max = config.ValueOf(most).AsLong();
        if (least is null) return value > max ? ConfigRefusal.InvalidConfig($"{name} must be less than or equal to {max}") : null;
        var min = config.ValueOf(least).AsLong();
        return value < min || value > max ? ConfigRefusal.InvalidConfig($"{name} must be in the range {min} to {max} inclusive.") : null;
    }

    private static ConfigRefusal? RefuseSessions(EffectiveConfig config, IReadOnlyDictionary<string, string> configs)
    {
        foreach (var kind in (string[])["consumer", "share", "streams"])
        {
            var (session, heartbeat) = ($"{kind}.session.timeout.ms", $"{kind}.heartbeat.interval.ms");
            if (!configs.ContainsKey(session) && !configs.ContainsKey(heartbeat)) continue;
            if (config.GroupValueOf(session, configs).AsLong() <= config.GroupValueOf(heartbeat, configs).AsLong())
                return ConfigRefusal.InvalidConfig($"{session} must be greater than {heartbeat}");
        }

        return null;
    }

    private static ConfigRefusal? RefuseNames(EffectiveConfig config, IReadOnlyDictionary<string, string> configs)
    {
        if (configs.TryGetValue("errors.deadletterqueue.topic.name", out var topic) && topic.StartsWith("__", StringComparison.Ordinal))
            return ConfigRefusal.InvalidConfig("errors.deadletterqueue.topic.name: DLQ topic name must not start with '__'");
        if (!configs.TryGetValue("streams.assignor.name", out var assignor)) return null;
        var known = config.ValueOf("group.streams.assignors").AsList();
        return known.Contains(assignor.Trim())
            ? null
            : ConfigRefusal.InvalidConfig(
                $"streams.assignor.name '{Quote.Of(assignor)}' is not a registered task assignor. "
                + $"Registered assignors are: [{string.Join(", ", known)}].");
    }
}
