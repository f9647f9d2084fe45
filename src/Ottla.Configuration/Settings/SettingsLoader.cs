using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Effective;
using Ottla.Configuration.Sources;

namespace Ottla.Configuration.Settings;

/// <summary>Judges a static config: every name, every value, and what must fit together.</summary>
internal static class SettingsLoader
{
    public static LoadedSettings Load(StaticConfig config)
    {
        var findings = new Findings(config);
        foreach (var (name, value) in config.Values) JudgeOne(name, value, findings);
        RequireAll(config, findings);
        var effective = new EffectiveConfig(config);
        NodeSettings? node = null;

        // A value of the wrong type would be taken for its default below and raise complaints of its own.
        if (findings.Errors.Count == 0) node = new NodeLoader(effective, findings).Load();
        if (findings.Errors.Count == 0) RelationChecks.Judge(effective, findings);
        if (findings.Errors.Count == 0 && node is not null)
        {
            foreach (var doubt in RelationChecks.Doubts(effective, node)) findings.Warn(doubt);
        }

        var settings = findings.Errors.Count == 0 && node is not null ? new BrokerSettings(effective, node) : null;
        return new LoadedSettings(settings, findings.Errors, findings.Warnings, findings.WithoutEffect);
    }

    private static void JudgeOne(string name, StaticValue value, Findings findings)
    {
        if (name.StartsWith("ottla.", StringComparison.Ordinal))
        {
            if (!Obeyed.IsOwn(name)) findings.Warn(Unknown(name, value, "Ottla"));
            else if (Obeyed.WaitsForItsRoom(name)) findings.WithoutEffect.Add(WithoutEffect(name, value));
            return;
        }

        var baseName = ListenerConfigs.BaseNameOf(name);
        if (BrokerConfigs.Catalog.TryGet(baseName, out var definition))
        {
            if (!definition.TryParse(value.Text, out _, out var error)) findings.Refuse(error);
            if (value.Origin.Kind is OriginKind.BuiltIn or OriginKind.Derived) return;
            if (name != baseName || !Obeyed.ByBroker(name)) findings.WithoutEffect.Add(WithoutEffect(name, value));
        }
        else if (name.StartsWith(ConfigProviders.Name + ".", StringComparison.Ordinal)) return;
        else if (IsOfPlugIn(name)) findings.WithoutEffect.Add(WithoutEffect(name, value));
        else findings.Warn(Unknown(name, value, "Apache Kafka"));
    }

    private static string WithoutEffect(string name, StaticValue value) => $"{name} is known but has no effect yet. ({value.Origin})";

    private static string Unknown(string name, StaticValue value, string whose)
    {
        var text = $"{name} is no config of {whose} and is passed over. ({value.Origin})";
        return NearestName.To(name) is { } near ? $"{text} Did you mean {near}?" : text;
    }

    // Read by classes that Kafka can be given; the names are right, there is only nobody to read them.
    private static bool IsOfPlugIn(string name) =>
        name is "super.users" or "allow.everyone.if.no.acl.found"
        || name.StartsWith("rsm.config.", StringComparison.Ordinal) || name.StartsWith("rlmm.config.", StringComparison.Ordinal);

    private static void RequireAll(StaticConfig config, Findings findings)
    {
        foreach (var definition in BrokerConfigs.Catalog.All)
        {
            if (definition.IsRequired && config[definition.Name] is null)
                findings.Refuse(definition.Name, $"the node needs it; it takes {definition.Allowed.Describe(definition)}");
        }
    }
}
