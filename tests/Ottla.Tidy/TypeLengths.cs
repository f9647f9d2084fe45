using System.Text.RegularExpressions;

namespace Ottla.Tidy;

/// <summary>How long each type is, over all files that have a part of it.</summary>
internal static partial class TypeLengths
{
    /// <summary>Lines by full name. A type inside of another counts with that one.</summary>
    public static IReadOnlyDictionary<string, int> Of(IEnumerable<string> texts)
    {
        var lengths = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var space = Namespace().Match(text).Groups[1].Value;
            var lines = text.Split('\n');
            for (var at = 0; at < lines.Length; at++)
            {
                if (Declaration().Match(lines[at]) is not { Success: true } found) continue;
                var from = at;
                while (at < lines.Length && !lines[at].StartsWith('}') && !(lines[at].EndsWith(';') && !HasBody(lines, from, at))) at++;
                var name = $"{space}.{found.Groups[1].Value}{found.Groups[2].Value}";
                lengths[name] = lengths.GetValueOrDefault(name) + at - from + 1;
            }
        }

        return lengths;
    }

    private static bool HasBody(string[] lines, int from, int to)
    {
        for (var at = from; at <= to; at++)
        {
            if (lines[at].StartsWith('{')) return true;
        }

        return false;
    }

    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|static|abstract|partial|readonly|ref|unsafe) )*" +
        @"(?:class|struct|record struct|record class|record|interface|enum) (\w+)(<[^>]*>)?")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
