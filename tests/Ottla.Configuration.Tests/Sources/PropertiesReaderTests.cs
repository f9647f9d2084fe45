using FsCheck;
using FsCheck.Fluent;
using Ottla.Configuration.Sources;

namespace Ottla.Configuration.Tests.Sources;

public sealed class PropertiesReaderTests
{
    [Theory]
    [InlineData("a=b", "a", "b")]
    [InlineData("a = b", "a", "b")]
    [InlineData("a:b", "a", "b")]
    [InlineData("a b", "a", "b")]
    [InlineData("a\t:  b c ", "a", "b c ")]
    [InlineData("  a=b", "a", "b")]
    [InlineData("a==b", "a", "=b")]
    [InlineData("a", "a", "")]
    [InlineData("a=", "a", "")]
    [InlineData("=b", "", "b")]
    [InlineData(@"a\ b=c", "a b", "c")]
    [InlineData(@"a\=b=c", "a=b", "c")]
    [InlineData(@"a\:b:c", "a:b", "c")]
    [InlineData(@"a=\u00e9\t\n\\", "a", "é\t\n\\")]
    [InlineData(@"a=C:\\data", "a", @"C:\data")]
    [InlineData(@"a=\q\u12", "a", "qu12")]
    [InlineData("\uFEFFa=b", "a", "b")]
    [InlineData("a=${x:y}", "a", "${x:y}")]
    public void A_line_is_read_as_Java_reads_it(string line, string name, string value)
    {
        var property = Assert.Single(PropertiesReader.Read(line));
        Assert.Equal((name, value), (property.Name, property.Value));
    }

    [Fact]
    public void Comments_and_empty_lines_are_passed_over_and_lines_are_counted_from_one()
    {
        var read = PropertiesReader.Read("# a=1\n\n ! b=2\r\n  c=3\r\n#\\\nd=4\n");
        Assert.Equal([new("c", "3", 4), new("d", "4", 6)], read);
    }

    [Fact]
    public void A_backslash_at_the_end_joins_lines_and_the_number_is_that_of_the_first()
    {
        var read = PropertiesReader.Read("list=a,\\\n     b,\\\r\n\tc\nnext=1\\\\\nlast=\\");
        Assert.Equal([new("list", "a,b,c", 1), new("next", "1\\", 4), new("last", "", 5)], read);
    }

    [Fact]
    public void No_text_breaks_the_reader() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => PropertiesReader.Read(text ?? "").Count() >= 0).QuickCheckThrowOnFailure();

    [Fact]
    public void Plain_names_and_values_read_back_as_written() =>
        Prop.ForAll(ArbMap.Default.ArbFor<PositiveInt[]>(), numbers =>
        {
            var text = string.Concat(numbers.Select((number, at) => $"name.{at} = {number.Get}\n"));
            var values = PropertiesReader.Read(text).Select(property => property.Value);
            return values.SequenceEqual(numbers.Select(number => number.Get.ToString()));
        }).QuickCheckThrowOnFailure();
}
