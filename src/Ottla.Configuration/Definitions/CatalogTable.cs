using System.Globalization;
using Ottla.Protocol.Primitives;

namespace Ottla.Configuration.Definitions;

/// <summary>Reads the tables of the catalogs: one config a line, columns parted by blanks.</summary>
/// <remarks>
/// Columns: name, type, default, what is allowed, importance (low, mid, high), and marks: `per-broker`, `cluster` (else read-only),
/// `internal`. Default: `-` no value, `""` empty, `!` required. Allowed: `*` anything, `1..`, `0..1`, `1..9|-1` a range and one more value,
/// `{a|b}` words, `{~a|b}` words in any case, `{a|b}+` a list with at least one of them, `nonempty`, and the names of two special checks. A
/// text that a loop reads costs less at start than 400 constructor calls that must be compiled first. For the same reason the words are cut
/// by hand: the framework's splitters come with vector code that is compiled when the program starts.
/// </remarks>
internal static class CatalogTable
{
    public static void Read(string table, Dictionary<string, ConfigDefinition> into)
    {
        var rest = table.AsSpan();
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf('\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (line.IsEmpty || line[0] == '#') continue;
            var definition = ReadLine(line);
            Invariant.That(into.TryAdd(definition.Name, definition));
        }
    }

    private static ReadOnlySpan<char> NextWord(ref ReadOnlySpan<char> rest)
    {
        var from = 0;
        while (from < rest.Length && rest[from] == ' ') from++;
        var to = from;
        while (to < rest.Length && rest[to] != ' ') to++;
        var word = rest[from..to];
        rest = rest[to..];
        return word;
    }

    private static ConfigDefinition ReadLine(ReadOnlySpan<char> line)
    {
        var name = NextWord(ref line);
        var type = ReadType(NextWord(ref line));
        var initial = NextWord(ref line);
        var allowed = NextWord(ref line);
        var importance = ReadImportance(NextWord(ref line));
        var update = UpdateMode.ReadOnly;
        var isInternal = false;
        while (NextWord(ref line) is { IsEmpty: false } mark)
        {
            if (mark is "cluster") update = UpdateMode.ClusterWide;
            else if (mark is "per-broker") update = UpdateMode.PerBroker;
            else if (mark is "internal") isInternal = true;
            else Invariant.Fail("an unknown mark in a catalog");
        }

        return new ConfigDefinition(
            name.ToString(), type, initial is "-" or "!" ? null : initial is "\"\"" ? "" : initial.ToString(), initial is "!",
            ReadAllowed(type, allowed), importance, update, isInternal);
    }

    private static ConfigType ReadType(ReadOnlySpan<char> text) => text switch
    {
        "bool" => ConfigType.Boolean,
        "string" => ConfigType.String,
        "int" => ConfigType.Int,
        "short" => ConfigType.Short,
        "long" => ConfigType.Long,
        "double" => ConfigType.Double,
        "list" => ConfigType.List,
        "class" => ConfigType.Class,
        "password" => ConfigType.Password,
        _ => throw new InvariantException($"{text} is no type of a config."),
    };

    private static ConfigImportance ReadImportance(ReadOnlySpan<char> text) => text switch
    {
        "low" => ConfigImportance.Low,
        "mid" => ConfigImportance.Medium,
        "high" => ConfigImportance.High,
        _ => throw new InvariantException($"{text} is no importance of a config."),
    };

    private static AllowedValues ReadAllowed(ConfigType type, ReadOnlySpan<char> text)
    {
        switch (text)
        {
            case "*": return AllowedValues.Anything;
            case "nonempty": return new NonEmpty();
            case "throttled-replicas": return new ThrottledReplicas();
        }

        if (text[0] == '{')
        {
            var ignoreCase = text[1] == '~';
            var needsItems = text[^1] == '+';
            return new WordSet(text[(ignoreCase ? 2 : 1)..(needsItems ? ^2 : ^1)].ToString().Split('|'), ignoreCase, needsItems);
        }

        if (text.StartsWith("reset{")) return new OffsetReset(text[6..^1].ToString().Split('|'));
        var bar = text.IndexOf('|');
        var range = bar < 0 ? text : text[..bar];
        var dots = range.IndexOf("..");
        Invariant.That(dots > 0);
        var least = range[..dots];
        var most = range[(dots + 2)..];
        if (type == ConfigType.Double) return new NumberRange(Real(least), Real(most), null, null);
        return new NumberRange(null, null, Whole(least), Whole(most), bar < 0 ? null : Whole(text[(bar + 1)..]));
    }

    private static long? Whole(ReadOnlySpan<char> text) =>
        text.IsEmpty ? null : long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static double? Real(ReadOnlySpan<char> text) =>
        text.IsEmpty ? null : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
