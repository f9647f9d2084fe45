namespace Ottla.Configuration.Definitions;

/// <summary>What a config accepts beyond its type. <see cref="Check"/> answers in Kafka's words, <see cref="Describe"/> in ours.</summary>
public abstract class AllowedValues
{
    public static AllowedValues Anything { get; } = new AnyValue();

    /// <summary>Null when allowed, else the reason in the words that Kafka's tools print.</summary>
    internal abstract string? Check(ConfigValue value);

    /// <summary>Whether a list is a set: an item that is there twice counts once, and none may be empty.</summary>
    internal virtual bool IsSet => true;

    /// <summary>What Kafka names as valid where a list must not be empty; null where it may.</summary>
    internal virtual string? WordsForEmptyList => null;

    /// <summary>What is allowed, in plain words: "a whole number of ms from -1 (no limit) to 9223372036854775807".</summary>
    internal abstract string Describe(ConfigDefinition config);

    private sealed class AnyValue : AllowedValues
    {
        internal override string? Check(ConfigValue value) => null;

        internal override string Describe(ConfigDefinition config) => Wording.OfType(config, null, null);
    }
}

/// <summary>A number between two bounds, both included; the extra value (gzip's -1) is allowed besides.</summary>
internal sealed class NumberRange(double? least, double? most, long? leastWhole, long? mostWhole, long? extra = null) : AllowedValues
{
    internal override string? Check(ConfigValue value)
    {
        if (value.IsNull) return null;
        if (value.Type == ConfigType.Double) return Compare(value.AsDouble());
        var number = value.AsLong();
        if (number == extra) return null;
        if (extra is not null && (number < leastWhole || number > mostWhole))
            return $"Value must be between {leastWhole} and {mostWhole} or equal to {extra}";
        if (number < leastWhole) return $"Value must be at least {leastWhole}";
        return number > mostWhole ? $"Value must be no more than {mostWhole}" : null;
    }

    private string? Compare(double number)
    {
        if (number < least) return $"Value must be at least {least}";
        return number > most ? $"Value must be no more than {most}" : null;
    }

    internal override string Describe(ConfigDefinition config)
    {
        if (config.Type == ConfigType.Double) return Wording.OfDouble(config, least, most);
        var text = Wording.OfType(config, leastWhole, mostWhole);
        return extra is null ? text : $"{text}, or {extra}";
    }
}

/// <summary>One of some words; for a list each of its items.</summary>
internal sealed class WordSet(string[] words, bool ignoreCase, bool needsItems = false) : AllowedValues
{
    private readonly StringComparison _comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    internal override string? Check(ConfigValue value)
    {
        if (value.IsNull) return null;
        if (value.Type != ConfigType.List)
            return Has(value.AsText()!) ? null : $"String must be one of{Hint}: {string.Join(", ", words)}";
        foreach (var item in value.AsList())
        {
            if (!Has(item)) return $"String must be one of: {string.Join(", ", words)}";
        }

        return null;
    }

    internal override string? WordsForEmptyList => needsItems ? $"[{string.Join(", ", words)}]" : null;

    private string Hint => ignoreCase ? " (case insensitive)" : "";

    private bool Has(string word)
    {
        foreach (var allowed in words)
        {
            if (allowed.Equals(word, _comparison)) return true;
        }

        return false;
    }

    internal override string Describe(ConfigDefinition config) =>
        (config.Type == ConfigType.List ? "a list of " : "one of ") + string.Join(", ", words) + (ignoreCase ? " (in any case)" : "");
}

/// <summary>A text or list that may not be empty.</summary>
internal sealed class NonEmpty : AllowedValues
{
    internal override string? Check(ConfigValue value) =>
        value.Type == ConfigType.String && value.AsText()!.Length == 0 ? "String must be non-empty" : null;

    internal override string WordsForEmptyList => "any non-empty value";

    internal override string Describe(ConfigDefinition config) =>
        config.Type == ConfigType.List ? "a list of at least one item, none of them empty" : "a text that is not empty";
}

/// <summary>`*`, or a list of `partition:broker` (the replicas that replication quotas slow down).</summary>
internal sealed class ThrottledReplicas : AllowedValues
{
    internal override bool IsSet => false;

    internal override string? Check(ConfigValue value)
    {
        var items = value.AsList();
        if (items.Count == 0 || (items.Count == 1 && (items[0] == "*" || items[0] == "none"))) return null;
        foreach (var item in items)
        {
            var colon = item.IndexOf(':');
            if (colon < 1 || !int.TryParse(item.AsSpan(0, colon), out _) || !int.TryParse(item.AsSpan(colon + 1), out _))
                return "must be the literal '*' or a list of replicas in the following format: "
                    + "[partitionId]:[brokerId],[partitionId]:[brokerId],...";
        }

        return null;
    }

    internal override string Describe(ConfigDefinition config) => "* for all, or a list of partition:broker such as 0:1,1:2";
}

/// <summary>Words, or `by_duration:` with an ISO-8601 duration of zero or more.</summary>
internal sealed class OffsetReset(string[] words) : AllowedValues
{
    internal const string DurationPrefix = "by_duration:";

    internal override string? Check(ConfigValue value)
    {
        var text = value.AsText();
        if (text is null || Array.IndexOf(words, text) >= 0) return null;
        var isDuration = text.StartsWith(DurationPrefix, StringComparison.Ordinal) && IsDuration(text.AsSpan(DurationPrefix.Length));
        if (isDuration) return null;
        return $"The value must be one of '{string.Join("', '", words)}' or of the format 'by_duration:<PnDTnHnMn.nS>'";
    }

    internal override string Describe(ConfigDefinition config) =>
        $"one of {string.Join(", ", words)}, or by_duration:PnDTnHnMn.nS such as by_duration:PT1H";

    /// <summary>PnDTnHnMn.nS without a sign; at least one part.</summary>
    internal static bool IsDuration(ReadOnlySpan<char> text)
    {
        if (text.Length < 3 || (text[0] | 0x20) != 'p') return false;
        var units = "dhms";
        var next = 0;
        var parts = 0;
        var inTime = false;
        for (var at = 1; at < text.Length;)
        {
            if ((text[at] | 0x20) == 't')
            {
                if (inTime || at + 1 == text.Length) return false;
                inTime = true;
                at++;
                continue;
            }

            var from = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.')) at++;
            if (at == from || at == text.Length) return false;
            var unit = units.IndexOf((char)(text[at] | 0x20), next);
            if (unit < 0 || inTime == (unit == 0)) return false;
            if (text[from..at].Contains('.') && unit != 3) return false;
            next = unit + 1;
            parts++;
            at++;
        }

        return parts > 0;
    }
}
