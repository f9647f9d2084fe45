using System.Globalization;
using System.Text;

namespace Ottla.Log.Directories;

/// <summary>
/// The text of Java's properties files, as far as `meta.properties` needs it: read whatever Java may have written, write what Java reads.
/// </summary>
internal static class JavaProperties
{
    public static Dictionary<string, string> Parse(string text)
    {
        var entries = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in LogicalLines(text))
        {
            var end = EndOfKey(line);
            var rest = line[end..].TrimStart(' ', '\t', '\f');
            if (rest is ['=' or ':', ..]) rest = rest[1..].TrimStart(' ', '\t', '\f');
            entries[Unescape(line[..end])] = Unescape(rest);
        }

        return entries;
    }

    public static string Format(IEnumerable<KeyValuePair<string, string>> entries)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in entries) text.Append(Escape(key, true)).Append('=').Append(Escape(value, false)).Append('\n');
        return text.ToString();
    }

    /// <summary>Lines without comments and blank ones; a line that ends in an odd number of backslashes goes on in the next.</summary>
    private static IEnumerable<string> LogicalLines(string text)
    {
        var begun = "";
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.TrimEnd('\r').TrimStart(' ', '\t', '\f');
            if (begun.Length == 0 && (line.Length == 0 || line[0] is '#' or '!')) continue;
            var backslashes = line.Length - line.TrimEnd('\\').Length;
            if (backslashes % 2 == 1)
            {
                begun += line[..^1];
                continue;
            }

            yield return begun + line;
            begun = "";
        }

        if (begun.Length > 0) yield return begun;
    }

    private static int EndOfKey(string line)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\') i++;
            else if (line[i] is '=' or ':' or ' ' or '\t' or '\f') return i;
        }

        return line.Length;
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Append(text[i]);
                continue;
            }

            i++;
            if (text[i] == 'u' && i + 4 < text.Length
                && ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                plain.Append((char)code);
                i += 4;
                continue;
            }

            plain.Append(text[i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', var other => other });
        }

        return plain.ToString();
    }

    private static string Escape(string text, bool isKey)
    {
        var escaped = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            _ = text[i] switch
            {
                ' ' when isKey || i == 0 => escaped.Append("\\ "),
                '\t' => escaped.Append("\\t"),
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\f' => escaped.Append("\\f"),
                '\\' or '=' or ':' or '#' or '!' => escaped.Append('\\').Append(text[i]),
                < ' ' or > '~' => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:X4}"),
                var plain => escaped.Append(plain),
            };
        }

        return escaped.ToString();
    }
}
