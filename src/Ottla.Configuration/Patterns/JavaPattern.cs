using System.Text.RegularExpressions;
using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Patterns;

/// <summary>A pattern that a user wrote for Kafka, which reads it as java.util.regex does: so it is read here, over a whole text.</summary>
/// <remarks>It is translated (<see cref="JavaPatternTranslation"/>) to .NET's language, whose engine tries ways one after the other as Java's
/// does: a pattern that takes too long on one text is refused instead of keeping whoever asks. Patterns of group subscriptions are RE2/J's
/// and have a matcher of their own.</remarks>
public sealed class JavaPattern
{
    /// <summary>Far above what an honest pattern takes on a name of 249 characters.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly string _text;
    private readonly Regex _regex;

    /// <exception cref="ArgumentException">It is no pattern; the message says why.</exception>
    public JavaPattern(string text)
    {
        _text = text;
        _regex = new Regex($@"\A(?:{new JavaPatternTranslation(text).Translate()})\z", RegexOptions.CultureInvariant, _patience);
    }

    /// <exception cref="TimeoutException">It takes more than a second; the message says so.</exception>
    public bool Matches(string name)
    {
        try
        {
            return _regex.IsMatch(name);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new TimeoutException(
                $"{Quote.Of(_text)} takes more than {_patience.TotalSeconds:0} s on {Quote.Of(name)}: write it without repetitions of repetitions.");
        }
    }
}
