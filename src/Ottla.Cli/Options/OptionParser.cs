namespace Ottla.Cli.Options;

/// <summary>Reads a command line by the rules of Apache Kafka's tools (those of jopt-simple).</summary>
/// <remarks>
/// `--name value`, `--name=value`, `-name value`; no abbreviations; a value is the next word whatever it looks like (`--partitions -1`),
/// except an optional one, which never starts with a dash; `--` ends the options. Types are checked when a value is asked for, so that
/// `--help` works beside a false value.
/// Why our own: parsers for .NET follow other rules (abbreviations, response files, `/name`), and load more code than a tool here does
/// altogether.
/// </remarks>
internal sealed class OptionParser
{
    private readonly List<Option> _options = [];

    public IReadOnlyList<Option> Options => _options;

    public Option Flag(string name, string description) => Add(new Option(name, description));

    public Option Value(string name, string kind, string description, string? byDefault = null, bool required = false) =>
        Add(new Option(name, description, Argument.Required, kind, byDefault, required));

    public Option OptionalValue(string name, string kind, string description, string? byDefault = null) =>
        Add(new Option(name, description, Argument.Optional, kind, byDefault));

    /// <exception cref="OptionException">A word is no option of this tool, or a value is missing.</exception>
    public ParsedOptions Parse(IReadOnlyList<string> words)
    {
        var given = new Dictionary<Option, List<string>>();
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (word == "--") break;
            if (!LooksLikeAnOption(word)) continue;
            var (option, value) = Match(word);
            if (!given.TryGetValue(option, out var values)) given[option] = values = [];
            switch (option.Argument)
            {
                case Argument.Required when value is not null:
                case Argument.Optional when value is not null:
                    values.Add(value);
                    break;
                case Argument.Required:
                    if (++i >= words.Count) throw new OptionException($"Option {option.Name} requires an argument");
                    values.Add(words[i]);
                    break;
                case Argument.Optional when i + 1 < words.Count && !LooksLikeAnOption(words[i + 1]):
                    values.Add(words[++i]);
                    break;
            }
        }

        return new ParsedOptions(given, words.Count);
    }

    private static bool LooksLikeAnOption(string word) => word.Length > 1 && word[0] == '-';

    private (Option Option, string? Value) Match(string word)
    {
        var body = word.StartsWith("--", StringComparison.Ordinal) ? word[2..] : word[1..];
        var equals = body.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? body : body[..equals];
        foreach (var option in _options)
        {
            if (option.Name == name) return (option, equals < 0 ? null : body[(equals + 1)..]);
        }

        // a single dash in front of what is no name is a cluster of one-letter options, and Kafka's tools have none
        throw new OptionException(
            $"{(word.StartsWith("--", StringComparison.Ordinal) ? name : name[..Math.Min(1, name.Length)])} is not a recognized option");
    }

    private Option Add(Option option)
    {
        _options.Add(option);
        return option;
    }
}
