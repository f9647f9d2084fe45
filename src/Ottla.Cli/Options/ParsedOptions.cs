using System.Globalization;

namespace Ottla.Cli.Options;

/// <summary>What a command line gave, option by option.</summary>
internal sealed class ParsedOptions(Dictionary<Option, List<string>> given, int words)
{
    /// <summary>Nothing at all stood behind the verb.</summary>
    public bool Empty => words == 0;

    public bool Has(Option option) => given.ContainsKey(option);

    /// <summary>The value, or the default, or null.</summary>
    /// <exception cref="OptionException">It was given more than once.</exception>
    public string? Text(Option option)
    {
        if (!given.TryGetValue(option, out var values) || values.Count == 0) return option.Default;
        if (values.Count > 1) throw new OptionException($"Found multiple arguments for option {option.Name}, but you asked for only one");
        return values[0];
    }

    /// <summary>Every value, in order.</summary>
    public IReadOnlyList<string> All(Option option) => given.TryGetValue(option, out var values) ? values : [];

    /// <exception cref="OptionException">The value is no whole number, or given more than once.</exception>
    public int? Int(Option option) => Text(option) is not { } text ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value
            : throw Unreadable(option, text);

    /// <exception cref="OptionException">The value is no whole number, or given more than once.</exception>
    public long? Long(Option option) => Text(option) is not { } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value
            : throw Unreadable(option, text);

    /// <summary>Insists on options.</summary>
    /// <exception cref="UsageException">One is not there.</exception>
    public void Require(params ReadOnlySpan<Option> options)
    {
        foreach (var option in options)
        {
            if (!Has(option)) throw new UsageException($"Missing required argument \"{option}\"");
        }
    }

    /// <summary>Refuses other options beside the one that is used.</summary>
    /// <exception cref="UsageException">One of them is there.</exception>
    public void Exclude(Option used, params ReadOnlySpan<Option> others)
    {
        if (!Has(used)) return;
        foreach (var other in others)
        {
            if (Has(other)) throw new UsageException($"Option \"{used}\" can't be used with option \"{other}\"");
        }
    }

    private static OptionException Unreadable(Option option, string text) => new($"Cannot parse argument '{text}' of option {option.Name}");
}
