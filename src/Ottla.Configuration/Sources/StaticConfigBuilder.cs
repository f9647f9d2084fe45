using Ottla.Runtime.Files;

namespace Ottla.Configuration.Sources;

/// <summary>Merges what a node is started with. Calls may come in any order; strength is by kind, see <see cref="StaticConfig"/>.</summary>
public sealed class StaticConfigBuilder
{
    private readonly Dictionary<string, StaticValue> _values = new(StringComparer.Ordinal);
    private readonly List<string> _errors = [];
    private readonly List<string> _warnings = [];

    /// <summary>The bytes of a properties file; <paramref name="fileName"/> is for messages only.</summary>
    public StaticConfigBuilder AddFile(string fileName, byte[] bytes) => AddFile(fileName, PropertiesReader.Decode(bytes));

    /// <summary>The text of a properties file; <paramref name="fileName"/> is for messages only.</summary>
    public StaticConfigBuilder AddFile(string fileName, string text)
    {
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var property in PropertiesReader.Read(text))
        {
            if (lines.TryGetValue(property.Name, out var earlier))
                _warnings.Add($"{property.Name} is given twice in {fileName}: line {property.Line} holds, line {earlier} does not.");
            lines[property.Name] = property.Line;
            if (property.Fault is { } fault) _errors.Add($"{property.Name}: {fault}. ({fileName}, line {property.Line})");
            Add(property.Name, property.Value, ConfigOrigin.InFile(fileName, property.Line));
        }

        return this;
    }

    /// <summary>The variables of the process; those that mean no config are passed over.</summary>
    public StaticConfigBuilder AddEnvironment(IEnumerable<KeyValuePair<string, string>> variables)
    {
        foreach (var (variable, value) in variables)
        {
            if (EnvironmentNames.ToConfig(variable) is { } name) Add(name, value, ConfigOrigin.InEnvironment(variable));
        }

        return this;
    }

    /// <summary>One `--override K=V`. Null when it was taken, else what is wrong with it.</summary>
    public string? AddOverride(string text)
    {
        var split = text.IndexOf('=');
        if (split < 1) return $"--override {text} is not NAME=VALUE.";
        Add(text[..split].Trim(), text[(split + 1)..].Trim(), ConfigOrigin.Override);
        return null;
    }

    /// <summary>Fills in what a single node needs and nobody gave, for `ottla start` without a file.</summary>
    public StaticConfigBuilder AddEmbeddedDefaults()
    {
        EmbeddedDefaults.Fill(_values);
        return this;
    }

    /// <summary>
    /// Puts in what values say of the environment and of files (`config.providers`); the last call before <see cref="Build"/>, so that it
    /// sees all of them. Without it values stay as they were written.
    /// </summary>
    public StaticConfigBuilder ResolveReferences(IFileSystem files, IReadOnlyDictionary<string, string> environment)
    {
        if (!_values.ContainsKey(ConfigProviders.Name)) return this;
        var providers = ConfigProviders.Of(name => _values.GetValueOrDefault(name)?.Text, files, environment, _errors);
        foreach (var (name, value) in _values.ToList())
        {
            if (name.StartsWith(ConfigProviders.Name, StringComparison.Ordinal)) continue;
            var text = providers.Resolve(name, value.Text, _errors, _warnings);
            if (text != value.Text) _values[name] = value with { Text = text };
        }

        return this;
    }

    public StaticConfigBuilder Add(string name, string value, ConfigOrigin origin)
    {
        if (!_values.TryGetValue(name, out var present) || StrengthOf(origin.Kind) >= StrengthOf(present.Origin.Kind))
            _values[name] = new StaticValue(value, origin);
        return this;
    }

    public StaticConfig Build()
    {
        Derive("broker.id", "node.id");
        Derive("node.id", "broker.id");
        return new StaticConfig(_values, _errors, _warnings);
    }

    private void Derive(string name, string from)
    {
        if (!_values.ContainsKey(name) && _values.TryGetValue(from, out var given))
            _values[name] = new StaticValue(given.Text, ConfigOrigin.DerivedFrom(from));
    }

    private static int StrengthOf(OriginKind kind) => kind switch
    {
        OriginKind.Override => 3,
        OriginKind.Environment => 2,
        OriginKind.File => 1,
        _ => 0,
    };
}
