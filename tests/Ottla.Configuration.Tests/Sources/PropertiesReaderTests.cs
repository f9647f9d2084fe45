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
    [InlineData(@"a=\q\ud83d\ude00", "a", "q\U0001F600")]
    [InlineData("\uFEFFa=b", "a", "b")]
    [InlineData("a=${x:y}", "a", "${x:y}")]
    public void A_line_is_read_as_Java_reads_it(string line, string name, string value)
    {
        var property = Assert.Single(PropertiesReader.Read(line));
        Assert.Equal((name, value), (property.Name, property.Value));
    }

    [Theory]
    [InlineData(@"a=\u12", @"\u12 is no letter: \u has four hexadecimal digits after it, and a backslash by itself is written \\")]
    [InlineData(@"a=C:\users", @"\users is no letter: \u has four hexadecimal digits after it, and a backslash by itself is written \\")]
    [InlineData(@"\u00gg=1", @"\u00gg is no letter: \u has four hexadecimal digits after it, and a backslash by itself is written \\")]
    [InlineData(@"a=\ud83d!", @"it has half of a letter: letters beyond \uFFFF are written as two escapes, one after the other")]
    public void A_broken_escape_is_a_fault_of_its_line(string line, string fault) =>
        Assert.Equal(fault, Assert.Single(PropertiesReader.Read(line)).Fault);

    [Fact]
    public void A_file_is_UTF8_where_it_can_be_and_ISO_8859_1_elsewhere()
    {
        Assert.Equal("a=\u00e9\u20ac", PropertiesReader.Decode("a=\u00e9\u20ac"u8.ToArray()));
        Assert.Equal("a=\u00e9\u00ff", PropertiesReader.Decode([(byte)'a', (byte)'=', 0xe9, 0xff]));
        Assert.Equal("a=\u00ed\u00a0\u0080", PropertiesReader.Decode([(byte)'a', (byte)'=', 0xed, 0xa0, 0x80]));
    }

    [Fact]
    public void No_bytes_become_the_letter_that_stands_for_unreadable_ones() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => !PropertiesReader.Decode([0xff, .. bytes ?? []]).Contains('\uFFFD'))
            .QuickCheckThrowOnFailure();

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
