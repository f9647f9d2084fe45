using Ottla.Cli.Options;
using Ottla.Configuration.Patterns;

namespace Ottla.Cli.Tools;

/// <summary>Which topics an option means: a name, or a regular expression over whole names in which a comma is an "or".</summary>
internal sealed class TopicFilter
{
    private readonly string _name;
    private readonly JavaPattern? _pattern;

    /// <exception cref="ToolException">The expression is none.</exception>
    public TopicFilter(string text)
    {
        _name = text.Trim().Trim('"', '\'').Replace(',', '|').Replace(" ", "", StringComparison.Ordinal);
        if (IsPlain(_name)) return;
        try
        {
            _pattern = new JavaPattern(_name);
        }
        catch (ArgumentException unreadable)
        {
            throw new ToolException($"{_name} is an invalid regex: {unreadable.Message}");
        }
    }

    /// <exception cref="ToolException">The expression takes too long.</exception>
    public bool Accepts(string topic)
    {
        try
        {
            return _pattern is null ? topic == _name : _pattern.Matches(topic);
        }
        catch (TimeoutException endless)
        {
            throw new ToolException(endless.Message);
        }
    }

    /// <summary>A name holds dots, and a dot as an expression matches itself: only such as name two topics differ, so a plain name is
    /// looked up as it is.</summary>
    private static bool IsPlain(string text)
    {
        foreach (var letter in text)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '-')) return false;
        }

        return true;
    }
}
