namespace Ottla.Protocol.Tests.Wire;

/// <summary>A value in the notation of the golden files: `{Name="a" Ids=[1 2] Rack=null}`.</summary>
public sealed class GoldenValue
{
    /// <summary>A number, true, false, null, or the inside of a quoted text; null for arrays and structures.</summary>
    public string? Text { get; private init; }

    public IReadOnlyList<GoldenValue>? Items { get; private init; }

    public IReadOnlyDictionary<string, GoldenValue>? Fields { get; private init; }

    public static GoldenValue Parse(string text)
    {
        var at = 0;
        return Parse(text, ref at);
    }

    private static GoldenValue Parse(string text, ref int at)
    {
        while (text[at] == ' ') at++;
        if (text[at] == '{') return ParseFields(text, ref at);
        if (text[at] == '[') return ParseItems(text, ref at);
        var quoted = text[at] == '"';
        var start = quoted ? ++at : at;
        while (quoted ? text[at] != '"' : at < text.Length && text[at] is not (' ' or '}' or ']')) at++;
        var value = new GoldenValue { Text = text[start..at] };
        if (quoted) at++;
        return value;
    }

    private static GoldenValue ParseFields(string text, ref int at)
    {
        var fields = new Dictionary<string, GoldenValue>();
        at++;
        while (text[at] != '}')
        {
            var equals = text.IndexOf('=', at);
            var name = text[at..equals].Trim();
            at = equals + 1;
            fields.Add(name, Parse(text, ref at));
            if (text[at] == ' ') at++;
        }
        at++;
        return new GoldenValue { Fields = fields };
    }

    private static GoldenValue ParseItems(string text, ref int at)
    {
        var items = new List<GoldenValue>();
        at++;
        while (text[at] != ']')
        {
            items.Add(Parse(text, ref at));
            if (text[at] == ' ') at++;
        }
        at++;
        return new GoldenValue { Items = items };
    }
}
