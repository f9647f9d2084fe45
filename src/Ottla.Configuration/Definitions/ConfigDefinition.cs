using Ottla.Protocol.Primitives;

namespace Ottla.Configuration.Definitions;

/// <summary>One config as Kafka 4.4.0 knows it: name, type, default, what is allowed, how it may be altered.</summary>
/// <remarks>Immutable and shared by all threads. Parsing never throws: a bad value is a <see cref="ConfigError"/>.</remarks>
public sealed class ConfigDefinition
{
    private ConfigValue? _default;

    internal ConfigDefinition(
        string name, ConfigType type, string? defaultText, bool isRequired, AllowedValues allowed,
        ConfigImportance importance, UpdateMode update, bool isInternal)
    {
        Name = name;
        Type = type;
        DefaultText = defaultText;
        IsRequired = isRequired;
        Allowed = allowed;
        Importance = importance;
        Update = update;
        IsInternal = isInternal;
    }

    public string Name { get; }

    public ConfigType Type { get; }

    /// <summary>The default as text; null is "no value". Without meaning when <see cref="IsRequired"/>.</summary>
    public string? DefaultText { get; }

    /// <summary>There is no default: the node cannot start without a value.</summary>
    public bool IsRequired { get; }

    public AllowedValues Allowed { get; }

    public ConfigImportance Importance { get; }

    public UpdateMode Update { get; }

    /// <summary>Not shown by DescribeConfigs unless somebody has set it.</summary>
    public bool IsInternal { get; }

    /// <summary>Its value never leaves the node.</summary>
    public bool IsSensitive => Type == ConfigType.Password;

    public ConfigValue Default => _default ??= MakeDefault();

    /// <summary>Reads a value. Null text is refused unless the default is "no value" too.</summary>
    public bool TryParse(string? text, out ConfigValue value, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out ConfigError? error)
    {
        var reason = ConfigText.Read(Type, text, out value);
        if (reason is null && text is null && DefaultText is not null) reason = "A value is needed";
        var isList = reason is null && value.Type == ConfigType.List;
        if (isList && Allowed.IsSet) reason = ReadSet(value.AsList(), out value);
        else if (isList && Allowed.Check(value) is { } wrong)
            (text, reason) = ($"[{string.Join(", ", value.AsList())}]", $"{Name} {wrong}");
        else reason ??= Allowed.Check(value);
        error = reason is null ? null : new ConfigError(this, text, reason);
        return reason is null;
    }

    /// <summary>
    /// Whether a list names an item twice. A file and a topic may, and it counts once; a broker's dynamic configs may not.
    /// </summary>
    internal bool HasItemTwice(string text)
    {
        if (Type != ConfigType.List || !Allowed.IsSet) return false;
        var items = ConfigText.SplitList(text);
        return items.Distinct(StringComparer.Ordinal).Count() < items.Count;
    }

    private string? ReadSet(IReadOnlyList<string> items, out ConfigValue value)
    {
        var set = new List<string>(items.Count);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var hasEmpty = false;
        foreach (var item in items)
        {
            hasEmpty = item.Length == 0;
            if (hasEmpty) break;
            if (seen.Add(item)) set.Add(item);
        }

        value = ConfigValue.Of(set);
        if (items.Count == 0 && Allowed.WordsForEmptyList is { } words)
            return $"{ConfigError.WholeMessage}{Name}' must not be empty. Valid values include: {words}";
        return Allowed.Check(value) ?? (hasEmpty ? $"{ConfigError.WholeMessage}{Name}' values must not be empty." : null);
    }

    private ConfigValue MakeDefault()
    {
        var reason = ConfigText.Read(Type, DefaultText, out var value);
        Invariant.That(reason is null);
        return value;
    }

    public override string ToString() => Name;
}
