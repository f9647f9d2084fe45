using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Definitions;
using Ottla.Configuration.Effective;
using Ottla.Configuration.Settings;

namespace Ottla.Configuration.Changes;

/// <summary>Dynamic configs of one broker, or of all of them by default (KIP-226). Pure; the controller writes what comes out.</summary>
/// <remarks>
/// A name that nobody knows is taken, as Kafka takes it for the sake of plug-ins. The rules apply to all that would be set afterwards, not
/// to the change alone. With eligible leader replicas (KIP-966) `min.insync.replicas` is the controller's: a broker has none of its own,
/// and the cluster always has one.
/// </remarks>
public static class BrokerChanges
{
    /// <param name="config">What holds on the broker now.</param>
    /// <param name="isClusterDefault">The resource has the empty name.</param>
    /// <param name="current">The dynamic configs of that resource.</param>
    /// <param name="changes">At most one for each name.</param>
    /// <param name="isElrEnabled">The feature eligible.leader.replicas.version is 1.</param>
    public static ChangeOutcome Apply(
        EffectiveConfig config, bool isClusterDefault, IReadOnlyDictionary<string, string> current, IReadOnlyList<ConfigChange> changes,
        bool isElrEnabled)
    {
        var merged = ChangeMerger.Merge(
            current, changes, RefuseList, name => BrokerConfigs.Catalog[ListenerConfigs.BaseNameOf(name)].DefaultText, out var refusal);
        refusal ??= RefuseNames(merged.Keys, isClusterDefault) ?? RefuseValues(merged);
        if (refusal is null && isElrEnabled) refusal = RefuseMinInsyncReplicas(changes, isClusterDefault);
        if (refusal is null)
        {
            var after = isClusterDefault ? config.With(merged, config.Broker) : config.With(config.Cluster, merged);
            refusal = RefuseTogether(config, after, merged);
        }

        return refusal is null ? ChangeOutcome.Accepted(current, merged) : ChangeOutcome.Refused(current, refusal);
    }

    private static ConfigRefusal? RefuseList(ConfigChange change)
    {
        if (!BrokerConfigs.Catalog.TryGet(ListenerConfigs.BaseNameOf(change.Name), out var definition))
            return ConfigRefusal.InvalidConfig($"Unknown config name: {Quote.Of(change.Name)}");
        if (definition.Type == ConfigType.List) return null;
        var operation = ChangeMerger.NameOf(change.Operation).ToLowerInvariant();
        return ConfigRefusal.InvalidConfig($"Config value {operation} is not allowed for config key: {Quote.Of(change.Name)}");
    }

    private static ConfigRefusal? RefuseNames(IEnumerable<string> names, bool isClusterDefault)
    {
        List<string> fixedOnes = [], ofListeners = [], ofBrokers = [];
        foreach (var name in names)
        {
            var baseName = ListenerConfigs.BaseNameOf(name);
            if (!BrokerConfigs.Catalog.TryGet(baseName, out var definition)) continue;
            if (definition.Update == UpdateMode.ReadOnly) fixedOnes.Add(name);
            else if (name == baseName && IsKeyMaterial(name)) ofListeners.Add(name);
            else if (definition.Update == UpdateMode.PerBroker) ofBrokers.Add(name);
        }

        if (fixedOnes.Count > 0) return ConfigRefusal.InvalidRequest($"Cannot update these configs dynamically: {Show(fixedOnes)}");
        if (ofListeners.Count > 0)
            return ConfigRefusal.InvalidRequest(
                $"These security configs can be dynamically updated only per-listener using the listener prefix: {Show(ofListeners)}");
        return isClusterDefault && ofBrokers.Count > 0
            ? ConfigRefusal.InvalidRequest(
                $"Cannot update these configs at default cluster level, broker id must be specified: {Show(ofBrokers)}")
            : null;
    }

    private static string Show(List<string> names) => $"[{string.Join(", ", names)}]";

    private static bool IsKeyMaterial(string name) => name is
        "ssl.keystore.type" or "ssl.keystore.location" or "ssl.keystore.password" or "ssl.key.password" or "ssl.keystore.key"
        or "ssl.keystore.certificate.chain" or "ssl.truststore.type" or "ssl.truststore.location" or "ssl.truststore.password"
        or "ssl.truststore.certificates";

    private static ConfigRefusal? RefuseValues(IReadOnlyDictionary<string, string> configs)
    {
        foreach (var (name, text) in configs)
        {
            if (!BrokerConfigs.Catalog.TryGet(ListenerConfigs.BaseNameOf(name), out var definition)) continue;
            if (definition.HasItemTwice(text))
                return ConfigRefusal.InvalidRequest($"Configuration '{Quote.Of(name)}' values must not be duplicated.");
            if (!definition.TryParse(text, out _, out var error)) return ConfigRefusal.InvalidRequest(error.WireMessage);
        }

        return null;
    }

    private static ConfigRefusal? RefuseMinInsyncReplicas(IReadOnlyList<ConfigChange> changes, bool isClusterDefault)
    {
        foreach (var change in changes)
        {
            if (change.Name != MinInsyncReplicas.Name) continue;
            if (!isClusterDefault)
                return ConfigRefusal.InvalidConfig("Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
            if (change.Operation == ConfigOperation.Delete)
                return ConfigRefusal.InvalidConfig("Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
        }

        return null;
    }

    private static ConfigRefusal? RefuseTogether(EffectiveConfig before, EffectiveConfig after, IReadOnlyDictionary<string, string> configs)
    {
        if (RefuseCordoned(after) is { } cordoned) return cordoned;
        if (RelationChecks.Find(after) is [var complaint, ..])
            return ConfigRefusal.InvalidRequest(
                $"Invalid value {after.ValueOf(complaint.Name)} for configuration {complaint.Name}: {complaint.Why}");
        if (configs.ContainsKey("listeners") && !SameList(before, after, "listeners"))
            return ConfigRefusal.InvalidRequest(
                "listeners cannot be altered while the node runs; change the properties file and restart it.");
        return RefuseThreads(before, after);
    }

    private static bool SameList(EffectiveConfig left, EffectiveConfig right, string name) =>
        left.ValueOf(name).AsList().SequenceEqual(right.ValueOf(name).AsList());

    private static readonly string[] ThreadCounts =
        ["num.io.threads", "num.replica.fetchers", "num.recovery.threads.per.data.dir", "background.threads"];

    // A pool grows and shrinks by half or double at most, so that a slip of the finger does not take the broker down.
    private static ConfigRefusal? RefuseThreads(EffectiveConfig before, EffectiveConfig after)
    {
        foreach (var name in ThreadCounts)
        {
            var (old, wanted) = (before.ValueOf(name).AsInt(), after.ValueOf(name).AsInt());
            var start = $"Dynamic thread count update validation failed for {name}={wanted}, value should ";
            if (wanted > 2L * old) return ConfigRefusal.InvalidRequest($"{start}not be greater than double the current value {old}");
            if (wanted < old / 2) return ConfigRefusal.InvalidRequest($"{start}be at least half the current value {old}");
        }

        return null;
    }

    private static ConfigRefusal? RefuseCordoned(EffectiveConfig after)
    {
        var cordoned = after.ValueOf("cordoned.log.dirs").AsList();
        if (cordoned.Count == 0 || (cordoned.Count == 1 && cordoned[0] == "*")) return null;
        if (cordoned.Contains("*"))
            return ConfigRefusal.InvalidRequest("When cordoned.log.dirs is set to *, it must not contain other values");
        var present = after.ValueOf(after.Static["log.dirs"] is null ? "log.dir" : "log.dirs").AsList();
        var missing = cordoned.Except(present).ToList();
        return missing.Count == 0
            ? null
            : ConfigRefusal.InvalidRequest(
                $"All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : {string.Join(", ", missing)}");
    }
}
