using Ottla.Cli.Options;

namespace Ottla.Cli.Tests.Options;

public sealed class OptionParserTests
{
    private readonly OptionParser _parser = new();
    private readonly Option _list;
    private readonly Option _topic;
    private readonly Option _count;
    private readonly Option _codec;

    public OptionParserTests()
    {
        _list = _parser.Flag("list", "");
        _topic = _parser.Value("topic", "String", "");
        _count = _parser.Value("count", "Integer", "", "7");
        _codec = _parser.OptionalValue("codec", "String", "");
    }

    [Theory]
    [InlineData("--topic t --list")]
    [InlineData("--list --topic t")]
    [InlineData("--topic=t --list")]
    [InlineData("-topic t -list")]
    [InlineData("-topic=t something --list")]
    public void Options_come_in_any_order_and_in_four_forms(string line)
    {
        var options = Parse(line);
        Assert.True(options.Has(_list));
        Assert.Equal("t", options.Text(_topic));
    }

    [Theory]
    [InlineData("--topic --list", "--list")]
    [InlineData("--topic -1", "-1")]
    [InlineData("--topic=", "")]
    [InlineData("--topic=a=b", "a=b")]
    public void A_value_is_the_next_word_whatever_it_looks_like(string line, string value) => Assert.Equal(value, Parse(line).Text(_topic));

    [Theory]
    [InlineData("--codec", null, false)]
    [InlineData("--codec zstd", "zstd", false)]
    [InlineData("--codec --list", null, true)]
    public void An_optional_value_never_starts_with_a_dash(string line, string? value, bool listed)
    {
        var options = Parse(line);
        Assert.Equal((true, value, listed), (options.Has(_codec), options.Text(_codec), options.Has(_list)));
    }

    [Theory]
    [InlineData("--no-such-option", "no-such-option is not a recognized option")]
    [InlineData("--lis", "lis is not a recognized option")]
    [InlineData("--list-all=3", "list-all is not a recognized option")]
    [InlineData("-x", "x is not a recognized option")]
    [InlineData("--list --topic", "Option topic requires an argument")]
    public void What_cannot_be_read_is_named(string line, string message) =>
        Assert.Equal(message, Assert.Throws<OptionException>(() => Parse(line)).Message);

    [Fact]
    public void Words_behind_two_dashes_are_no_options() => Assert.False(Parse("-- --list").Has(_list));

    [Fact]
    public void A_value_given_twice_is_an_error_where_one_is_asked_for_and_two_values_where_all_are()
    {
        var options = Parse("--topic a --topic b");
        Assert.Equal(["a", "b"], options.All(_topic));
        Assert.Equal("Found multiple arguments for option topic, but you asked for only one",
            Assert.Throws<OptionException>(() => options.Text(_topic)).Message);
    }

    [Fact]
    public void Numbers_are_looked_at_when_they_are_asked_for()
    {
        Assert.Equal(7, Parse("--list").Int(_count));
        Assert.Equal(-5, Parse("--count -5").Long(_count));
        Assert.Null(Parse("--list").Int(_topic));
        Assert.Equal("Cannot parse argument 'many' of option count",
            Assert.Throws<OptionException>(() => Parse("--count many").Int(_count)).Message);
    }

    [Fact]
    public void Missing_and_contradicting_options_are_named_in_brackets()
    {
        var options = Parse("--list --topic t");
        Assert.Equal("Missing required argument \"[count]\"", Assert.Throws<UsageException>(() => options.Require(_list, _count)).Message);
        Assert.Equal("Option \"[list]\" can't be used with option \"[topic]\"",
            Assert.Throws<UsageException>(() => options.Exclude(_list, _count, _topic)).Message);
        options.Exclude(_count, _list);
    }

    [Fact]
    public void The_table_of_options_keeps_to_80_columns_and_every_wrapped_line_is_indented()
    {
        _parser.Value("a-rather-long-name-of-an-option", "String: with a long kind of value",
            string.Join(' ', Enumerable.Repeat("word", 40)), "x", required: true);
        var output = new StringWriter();
        OptionTable.Write(output, _parser.Options);
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("Option", lines[0]);
        Assert.All(lines.Skip(1), line => Assert.True(line.Length <= 80 && (line[0] == '-' || line.StartsWith("  ")), line));
        Assert.Contains("REQUIRED: word", output.ToString());
        Assert.Contains("(default: 7)", output.ToString());
    }

    private ParsedOptions Parse(string line) => _parser.Parse(line.Split(' '));
}
