namespace Ottla.Configuration.Sources;

/// <summary>A value as it was written, and where.</summary>
/// <remarks>A class: the framework's dictionary of a struct of ours would be compiled when the program starts.</remarks>
public sealed record StaticValue(string Text, ConfigOrigin Origin);

/// <summary>What the node was started with: properties file, environment and overrides, merged. Immutable.</summary>
/// <remarks>An override beats the environment, that beats the file, that beats what is built in. Names are not judged here.</remarks>
public sealed class StaticConfig
{
    private readonly Dictionary<string, StaticValue> _values;

    internal StaticConfig(Dictionary<string, StaticValue> values, IReadOnlyList<string> errors, IReadOnlyList<string> warnings)
    {
        _values = values;
        Errors = errors;
        Warnings = warnings;
    }

    public static StaticConfig Empty { get; } = new(new(StringComparer.Ordinal), [], []);

    public IReadOnlyDictionary<string, StaticValue> Values => _values;

    /// <summary>What was wrong with the text itself, a line each: a broken escape, a reference to a file that can't be read.</summary>
    public IReadOnlyList<string> Errors { get; }

    /// <summary>What was odd about the text itself: a name given twice in one file.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The text of a value; null when nobody gave one.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name)?.Text;

    public ConfigOrigin? OriginOf(string name) => _values.GetValueOrDefault(name)?.Origin;

    /// <summary>For programs that embed a node, and for tests.</summary>
    public static StaticConfig Of(params IEnumerable<(string Name, string Value)> values)
    {
        var builder = new StaticConfigBuilder();
        foreach (var (name, value) in values) builder.Add(name, value, ConfigOrigin.Override);
        return builder.Build();
    }
}
