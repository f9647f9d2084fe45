using System.Text;
using Ottla.Cli.Options;
using Ottla.Cli.Tools;

namespace Ottla.Cli.Tests.Tools;

public sealed class LineRecordsTests
{
    [Fact]
    public void Without_properties_the_line_is_the_value() => Assert.Equal("- | a\tb | ", Read("a\tb"));

    [Theory]
    [InlineData("k\tv", "parse.key=true", "k | v | ")]
    [InlineData("k:v:w", "parse.key=true,key.separator=:", "k | v:w | ")]
    [InlineData("NIL:v", "parse.key=true,key.separator=:,null.marker=NIL", "- | v | ")]
    [InlineData("k:NIL", "parse.key=true,key.separator=:,null.marker=NIL", "k | - | ")]
    [InlineData("h1:a,h2:b\tk\tv", "parse.key=true,parse.headers=true", "k | v | h1=a h2=b ")]
    [InlineData("h1:\tv", "parse.headers=true", "- | v | h1= ")]
    [InlineData("NIL\tv", "parse.headers=true,null.marker=NIL", "- | v | ")]
    [InlineData("h1:NIL\tv", "parse.headers=true,null.marker=NIL", "- | v | h1=- ")]
    [InlineData("x=1;y=2|bare", "parse.headers=true,headers.delimiter=|,headers.separator=;,headers.key.separator==",
        "- | bare | x=1 y=2 ")]
    [InlineData("without", "parse.key=true,ignore.error=true", "- | without | ")]
    public void Headers_and_key_are_cut_off_where_they_are_asked_for(string line, string properties, string expected) =>
        Assert.Equal(expected, Read(line, properties));

    [Theory]
    [InlineData("without", "parse.key=true", "No key separator found on line number 1: 'without'")]
    [InlineData("noheader", "parse.headers=true", "No headers delimiter found on line number 1: 'noheader'")]
    [InlineData("h\tv", "parse.headers=true", "No header key separator found in pair 'h' on line number 1")]
    public void A_line_without_its_separator_is_told_with_its_number(string line, string properties, string message) =>
        Assert.Equal(message, Assert.Throws<ToolException>(() => Read(line, properties)).Message);

    [Fact]
    public void Separators_that_cannot_be_told_apart_are_refused() =>
        Assert.Throws<ToolException>(() => Read("x", "parse.headers=true,headers.separator=:"));

    private static string Read(string line, string properties = "")
    {
        var pairs =
            properties.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        var record = new LineRecords("t", pairs).Read(line);
        return $"{Text(record.Key)} | {Text(record.Value)} | {string.Concat(record.Headers.Select(h => $"{h.Key}={(h.Value is null ? "-" : Encoding.UTF8.GetString(h.Value))} "))}";
    }

    private static string Text(ReadOnlyMemory<byte>? bytes) => bytes is { } present ? Encoding.UTF8.GetString(present.Span) : "-";
}
