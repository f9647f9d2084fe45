namespace Ottla.Cli.Options;

/// <summary>An option of a command: `--config FILE`, short `-c`.</summary>
internal sealed record CommandOption(string Name, char Short, string Description, bool TakesValue = true, bool Required = false,
    bool Repeatable = false)
{
    /// <summary>Options of the same group exclude each other.</summary>
    public string? Group { get; init; }

    public override string ToString() => Short == '\0' ? $"--{Name}" : $"--{Name}/-{Short}";
}

/// <summary>One command of a tool that has several: `storage format`.</summary>
internal sealed record Command(string Name, string Description, params CommandOption[] Options);

/// <summary>What stood on the command line, after a <see cref="Command"/> was found.</summary>
internal sealed record ParsedCommand(Command Command, Dictionary<CommandOption, List<string>> Given)
{
    public bool Has(CommandOption option) => Given.ContainsKey(option);

    /// <summary>The last value given; null without one.</summary>
    public string? Text(CommandOption option) => Given.TryGetValue(option, out var values) && values.Count > 0 ? values[^1] : null;

    public IReadOnlyList<string> All(CommandOption option) => Given.TryGetValue(option, out var values) ? values : [];
}

/// <summary>Reads command lines of the tools that have commands (`storage`): one command, then options with long and short names.</summary>
/// <remarks>
/// The rules and texts are those of Apache Kafka's newer tools (argparse4j): `-h` prints the help on standard output and ends with 0; an
/// error prints the usage and `NAME: error: ...` on standard error and ends with 1.
/// </remarks>
internal sealed class CommandParser(string program, string description, params Command[] commands)
{
    /// <returns>What was found; null where the help was asked for and printed.</returns>
    /// <exception cref="OptionException">The command line cannot be read; the usage was printed.</exception>
    public ParsedCommand? Parse(IReadOnlyList<string> words, TextWriter output, TextWriter error)
    {
        if (words.Count == 0) throw Fail(null, "too few arguments", error);
        if (words[0] is "-h" or "--help")
        {
            WriteHelp(output);
            return null;
        }

        if (words[0].StartsWith('-')) throw Fail(null, $"unrecognized arguments: '{words[0]}'", error);
        var command = Array.Find(commands, c => c.Name == words[0])
            ?? throw Fail(null, $"invalid choice: '{words[0]}' (choose from {string.Join(", ", commands.Select(c => $"'{c.Name}'"))})",
                error);
        var given = new Dictionary<CommandOption, List<string>>();
        for (var i = 1; i < words.Count; i++)
        {
            if (words[i] is "-h" or "--help")
            {
                WriteHelp(command, output);
                return null;
            }

            var (option, value) = Match(command, words[i]) ?? throw Fail(command, $"unrecognized arguments: '{words[i]}'", error);
            if (option.TakesValue && value is null)
            {
                if (++i >= words.Count || words[i].Length > 1 && words[i][0] == '-' && Match(command, words[i]) is not null)
                    throw Fail(command, $"argument {option}: expected one argument", error);
                value = words[i];
            }

            if (!given.TryGetValue(option, out var values)) given[option] = values = [];
            if (value is not null) values.Add(value);
            var rival = option.Group is null ? null : given.Keys.FirstOrDefault(other => other != option && other.Group == option.Group);
            if (rival is not null) throw Fail(command, $"argument {option}: not allowed with argument {rival}", error);
        }

        foreach (var option in command.Options)
        {
            if (option.Required && !given.ContainsKey(option)) throw Fail(command, $"argument {option} is required", error);
        }

        return new ParsedCommand(command, given);
    }

    private static (CommandOption Option, string? Value)? Match(Command command, string word)
    {
        foreach (var option in command.Options)
        {
            if (word == $"--{option.Name}" || word.Length == 2 && word[0] == '-' && word[1] == option.Short) return (option, null);
            if (!option.TakesValue) continue;
            if (word.StartsWith($"--{option.Name}=", StringComparison.Ordinal)) return (option, word[(option.Name.Length + 3)..]);
            if (word.Length > 2 && word[0] == '-' && word[1] == option.Short) return (option, word[2..]);
        }

        return null;
    }

    private OptionException Fail(Command? command, string message, TextWriter error)
    {
        error.WriteLine(command is null ? Usage() : Usage(command));
        return new OptionException($"{program}: error: {message}");
    }

    private string Usage() => $"usage: {program} [-h] {{{string.Join(",", commands.Select(c => c.Name))}}} ...";

    private string Usage(Command command) => $"usage: {program} {command.Name} [-h]" + string.Concat(command.Options.Select(Usage));

    private static string Usage(CommandOption option)
    {
        var text = $"--{option.Name}" + (option.TakesValue ? $" {ValueName(option)}" : "");
        return option.Required ? $" {text}" : $" [{text}]";
    }

    private void WriteHelp(TextWriter output)
    {
        output.WriteLine(Usage());
        output.WriteLine();
        output.WriteLine(description);
        output.WriteLine();
        output.WriteLine("positional arguments:");
        foreach (var command in commands) output.WriteLine($"  {command.Name,-22} {command.Description}");
        output.WriteLine();
        output.WriteLine("optional arguments:");
        output.WriteLine($"  {"-h, --help",-22} show this page");
    }

    private void WriteHelp(Command command, TextWriter output)
    {
        output.WriteLine(Usage(command));
        output.WriteLine();
        output.WriteLine(command.Description);
        output.WriteLine();
        output.WriteLine("optional arguments:");
        output.WriteLine($"  {"-h, --help",-40} show this page");
        foreach (var option in command.Options)
        {
            var value = option.TakesValue ? $" {ValueName(option)}" : "";
            output.WriteLine($"  {$"--{option.Name}{value}, -{option.Short}{value}",-40} {option.Description}");
        }
    }

    private static string ValueName(CommandOption option) => option.Name.Replace('-', '_').ToUpperInvariant();
}
