using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>Regular expressions that members subscribe with. Kafka reads them as RE2: linear time, no look-around, no back references; so
/// do we.</summary>
internal static class TopicRegex
{
    /// <summary>An expression that has to match the whole name; <paramref name="reason"/> says what is wrong with one that is
    /// none.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Regex? regex, [NotNullWhen(false)] out string? reason)
    {
        (regex, reason) = (null, null);
        if (text.Length > Limits.SubscriptionRegexCharsMax)
        {
            reason = $"it has {text.Length} characters, {Limits.SubscriptionRegexCharsMax} are allowed";
            return false;
        }
        try
        {
            // RE2 names groups (?P<name>...)
            var pattern = @"\A(?:" + text.Replace("(?P<", "(?<", StringComparison.Ordinal) + @")\z";
            regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            reason = exception.Message;
            return false;
        }
    }

    public static ResolvedRegex Resolve(Regex regex, ITopicCatalog topics, long nowMs)
    {
        var version = topics.Version;
        List<string> matched = [.. topics.Names.Where(name => regex.IsMatch(name))];
        matched.Sort(StringComparer.Ordinal);
        return new ResolvedRegex(matched, version, nowMs);
    }
}
