using Ottla.Cli.Options;

namespace Ottla.Cli.Tests.Options;

public sealed class CommandParserTests : IDisposable
{
    private static readonly CommandOption File = new("file", 'f', "A file.", Required: true);
    private static readonly CommandOption Quiet = new("quiet", 'q', "Say less.", TakesValue: false) { Group = "voice" };
    private static readonly CommandOption Loud = new("loud", 'l', "Say more.", TakesValue: false) { Group = "voice" };
    private static readonly CommandOption Add = new("add", 'a', "Add one.", Repeatable: true);

    private readonly CommandParser _parser =
        new("tool", "Does things.", new Command("make", "Make it.", File, Quiet, Loud, Add), new Command("show", "Show it."));
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData("make --file x -q --add 1 --add 2")]
    [InlineData("make --file=x --quiet -a 1 -a2")]
    [InlineData("make -fx --add=1 -a 2 -q")]
    public void Long_and_short_names_say_the_same(string line)
    {
        var parsed = Parse(line)!;
        Assert.Equal(("make", "x", true, false), (parsed.Command.Name, parsed.Text(File), parsed.Has(Quiet), parsed.Has(Loud)));
        Assert.Equal(["1", "2"], parsed.All(Add));
    }

    [Theory]
    [InlineData("make", "tool: error: argument --file/-f is required")]
    [InlineData("make --file", "tool: error: argument --file/-f: expected one argument")]
    [InlineData("make --file x -q -l", "tool: error: argument --loud/-l: not allowed with argument --quiet/-q")]
    [InlineData("make --file x --more", "tool: error: unrecognized arguments: '--more'")]
    [InlineData("--file", "tool: error: unrecognized arguments: '--file'")]
    [InlineData("break", "tool: error: invalid choice: 'break' (choose from 'make', 'show')")]
    public void An_error_prints_the_usage_and_names_what_is_wrong(string line, string message)
    {
        Assert.Equal(message, Assert.Throws<OptionException>(() => Parse(line)).Message);
        Assert.StartsWith("usage: tool", _error.ToString());
        Assert.Empty(_output.ToString());
    }

    [Fact]
    public void No_command_at_all_is_too_few_arguments() =>
        Assert.Equal("tool: error: too few arguments", Assert.Throws<OptionException>(() => _parser.Parse([], _output, _error)).Message);

    [Theory]
    [InlineData("--help", "show this page")]
    [InlineData("make -h", "--add ADD, -a ADD")]
    public void Help_goes_to_standard_output(string line, string part)
    {
        Assert.Null(Parse(line));
        Assert.Contains(part, _output.ToString());
        Assert.Empty(_error.ToString());
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private ParsedCommand? Parse(string line) => _parser.Parse(line.Split(' '), _output, _error);
}
