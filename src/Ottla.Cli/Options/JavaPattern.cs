using System.Text.RegularExpressions;

namespace Ottla.Cli.Options;

/// <summary>A pattern on a command line: Kafka's tools read it as java.util.regex does, and so it is read here, over a whole name.</summary>
/// <remarks>It is translated (<see cref="JavaPatternTranslation"/>) to .NET's language, whose engine tries ways one after the other as Java's
/// does: a pattern that takes too long on one name is refused instead of keeping the tool.</remarks>
internal sealed class JavaPattern
{
    /// <summary>Far above what an honest pattern takes on a name of 249 characters.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly string _text;
    private readonly Regex _regex;

    /// <exception cref="ToolException">It is no pattern.</exception>
    public JavaPattern(string text)
    {
        _text = text;
        try
        {
            _regex = new Regex($@"\A(?:{new JavaPatternTranslation(text).Translate()})\z", RegexOptions.CultureInvariant, _patience);
        }
        catch (ArgumentException unreadable)
        {
            throw new ToolException($"{text} is an invalid regex: {unreadable.Message}");
        }
    }

    /// <exception cref="ToolException">It takes too long.</exception>
    public bool Matches(string name)
    {
        try
        {
            return _regex.IsMatch(name);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new ToolException($"{_text} takes more than {_patience.TotalSeconds:0} s on {name}: write it without repetitions of repetitions.");
        }
    }
}
