using System.Text.RegularExpressions;

namespace Ottla.Tidy;

/// <summary>Finds doc comments that are wrapped raggedly.</summary>
/// <remarks>A line is ragged when it ends within a sentence although the next line's first word would have fitted. A line that ends a
/// sentence, or with a tag, may be short: that is how points are kept apart.</remarks>
internal static partial class DocComments
{
    public const int Width = 140;

    /// <summary>Numbers of ragged lines, from 1.</summary>
    public static IEnumerable<int> Ragged(string text)
    {
        var lines = text.Split('\n');
        var inCode = false;
        for (var at = 0; at + 1 < lines.Length; at++)
        {
            if (Content(lines[at]) is not { } content) continue;
            if (content.Contains("<code>")) inCode = true;
            if (content.Contains("</code>")) inCode = false;
            if (inCode || content.Length == 0 || EndsAPoint(content)) continue;
            if (Content(lines[at + 1]) is not { Length: > 0 } next || StartsABlock(next)) continue;
            if (lines[at].TrimEnd().Length + 1 + FirstWord().Match(next).Length <= Width) yield return at + 1;
        }
    }

    private static string? Content(string line)
    {
        var trimmed = line.Trim();
        return trimmed.StartsWith("///", StringComparison.Ordinal) ? trimmed[3..].Trim() : null;
    }

    private static bool EndsAPoint(string content) => content[^1] is '.' or ':' or ';' or '?' or '!' || EndsWithATag().IsMatch(content);

    private static bool StartsABlock(string content) => Block().IsMatch(content);

    /// <summary>A tag with its attributes is one word, and so is what hangs on it.</summary>
    [GeneratedRegex(@"^(?:<[^>]*>|[^\s<])+")]
    private static partial Regex FirstWord();

    [GeneratedRegex(
        @"(?:</?(?:summary|remarks|para|list|item|returns|content|exception|param|typeparam|description|term)\b[^>]*>"
        + "|<(?:param|returns|exception|typeparam)[^>]*>)$")]
    private static partial Regex EndsWithATag();

    [GeneratedRegex(@"^</?(?:summary|remarks|para|list|item|returns|content|exception|param|typeparam|code|inheritdoc)\b")]
    private static partial Regex Block();
}
