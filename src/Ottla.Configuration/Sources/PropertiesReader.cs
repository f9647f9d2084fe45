using System.Globalization;
using System.Text;

namespace Ottla.Configuration.Sources;

/// <summary>One entry of a properties file; <paramref name="Line"/> is where it begins, from 1.</summary>
/// <param name="Name">What stands before the separator.</param>
/// <param name="Value">What stands behind it; empty where nothing does.</param>
/// <param name="Line">Where the entry begins.</param>
/// <param name="Fault">What is wrong with the entry, for people; Java refuses the file then. Null where it is sound.</param>
public sealed record Property(string Name, string Value, int Line, string? Fault = null);

/// <summary>Reads Java's properties format.</summary>
/// <remarks>
/// Comments begin with # or !. A name ends at `=`, `:` or a blank. A backslash at a line's end joins it with the next, whose leading blanks
/// are dropped. \t \n \r \f and \uXXXX are read; any other escaped character is itself. An entry with a broken \u is handed out with its
/// fault, so that whoever reads the file can tell all of them at once.
/// </remarks>
public static class PropertiesReader
{
    private const int HexDigits = 4;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a file. Java's is ISO 8859-1 with escapes for all other letters; files of today are UTF-8, which is no sensible
    /// text in the former unless it is ASCII. So what is sound UTF-8 is read as such, anything else letter by byte as Java does.</summary>
    public static string Decode(byte[] file)
    {
        try
        {
            return StrictUtf8.GetString(file);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(file);
        }
    }

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
        string? fault = null;
        return new Property(Unescape(line.AsSpan(0, end), ref fault), Unescape(line.AsSpan(from), ref fault), number, fault);
    }

    private static bool IsBlank(char letter) => letter is ' ' or '\t' or '\f';

    private static string Unescape(ReadOnlySpan<char> text, ref string? fault)
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
            if (text[at] == 'u')
            {
                var digits = text.Slice(at + 1, Math.Min(HexDigits, text.Length - at - 1));
                at += digits.Length;
                const NumberStyles hex = NumberStyles.AllowHexSpecifier;
                if (digits.Length == HexDigits && ushort.TryParse(digits, hex, CultureInfo.InvariantCulture, out var code))
                    plain.Append((char)code);
                else
                    fault ??= $"\\u{digits} is no letter: \\u has four hexadecimal digits after it, and a backslash by itself is written \\\\";
                continue;
            }

            plain.Append(text[at] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', var other => other });
        }

        var whole = plain.ToString();
        if (HasHalfALetter(whole))
            fault ??= "it has half of a letter: letters beyond \\uFFFF are written as two escapes, one after the other";
        return whole;
    }

    private static bool HasHalfALetter(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at])) continue;
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1])) return true;
            at++;
        }

        return false;
    }
}
