using System.Globalization;
using System.Text;

namespace Ottla.Configuration.Sources;

/// <summary>One entry of a properties file; <paramref name="Line"/> is where it begins, from 1.</summary>
public sealed record Property(string Name, string Value, int Line);

/// <summary>Reads Java's properties format.</summary>
/// <remarks>
/// Comments begin with # or !. A name ends at `=`, `:` or a blank. A backslash at a line's end joins it with the next, whose leading
/// blanks are
/// dropped. \t \n \r \f and \uXXXX are read; any other escaped character is itself. A broken \u is kept as it stands: no file is refused
/// here.
/// The caller decodes the bytes (UTF-8; Java's own ISO 8859-1 files hold ASCII and \u escapes only).
/// </remarks>
public static class PropertiesReader
{
    public static IEnumerable<Property> Read(string text)
    {
        var lines = text.Replace("\r\n", "\n").Replace('\r', '\n').Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            var first = at + 1;
            var line = CutBlanks(lines[at]);
            if (first == 1 && line.StartsWith('\uFEFF')) line = CutBlanks(line[1..]);
            if (line.Length == 0 || line[0] is '#' or '!') continue;
            while (GoesOn(line))
            {
                line = line[..^1];
                if (++at == lines.Length) break;
                line += CutBlanks(lines[at]);
            }

            yield return Split(line, first);
        }
    }

    private static string CutBlanks(string line)
    {
        var from = 0;
        while (from < line.Length && IsBlank(line[from])) from++;
        return line[from..];
    }

    private static bool GoesOn(string line)
    {
        var slashes = 0;
        while (slashes < line.Length && line[^(slashes + 1)] == '\\') slashes++;
        return slashes % 2 == 1;
    }

    private static Property Split(string line, int number)
    {
        var end = 0;
        while (end < line.Length && !IsBlank(line[end]) && line[end] is not ('=' or ':')) end += line[end] == '\\' ? 2 : 1;
        end = Math.Min(end, line.Length);
        var from = end;
        while (from < line.Length && IsBlank(line[from])) from++;
        if (from < line.Length && line[from] is '=' or ':') from++;
        while (from < line.Length && IsBlank(line[from])) from++;
        return new Property(Unescape(line.AsSpan(0, end)), Unescape(line.AsSpan(from)), number);
    }

    private static bool IsBlank(char letter) => letter is ' ' or '\t' or '\f';

    private static string Unescape(ReadOnlySpan<char> text)
    {
        if (!text.Contains('\\')) return text.ToString();
        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\' || at + 1 == text.Length)
            {
                if (text[at] != '\\') plain.Append(text[at]);
                continue;
            }

            at++;
            if (text[at] == 'u' && at + 4 < text.Length
                && ushort.TryParse(text.Slice(at + 1, 4), NumberStyles.AllowHexSpecifier, null, out var code))
            {
                plain.Append((char)code);
                at += 4;
                continue;
            }

            plain.Append(text[at] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', var other => other });
        }

        return plain.ToString();
    }
}
