using System.Text;
using Ottla.Cli.Formatters;
using Ottla.Cli.Options;
using Ottla.Client.Consuming;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Cli.Tests.Formatters;

public sealed class DefaultFormatterTests
{
    private static readonly ConsumedRecord Record = new("t", 3, new Offset(5))
    {
        TimestampMs = 1_700_000_000_000, TimestampType = TimestampType.CreateTime, Key = "k"u8.ToArray(), Value = "v"u8.ToArray(),
        Headers = [new("h1", "a"u8.ToArray()), new("h2", null)],
    };

    [Theory]
    [InlineData("", "v\n")]
    [InlineData("print.key=true", "k\tv\n")]
    [InlineData("print.key=true;print.value=false", "k\n")]
    [InlineData("print.value=false", "")]
    [InlineData("print.timestamp=true;print.delivery=true", "CreateTime:1700000000000\tDelivery:NOT_PRESENT\tv\n")]
    [InlineData("print.partition=true;print.offset=true;print.epoch=true;print.key=true;key.separator= => ",
        "Partition:3 => Offset:5 => Epoch:NOT_PRESENT => k => v\n")]
    [InlineData("print.headers=true;print.key=true", "h1:a,h2:null\tk\tv\n")]
    [InlineData("print.headers=true;headers.separator=|;null.literal=NOTHING;line.separator=!", "h1:a|h2:NOTHING\tv!")]
    public void Fields_come_in_a_fixed_order_with_separators_between_them(string properties, string expected) =>
        Assert.Equal(expected, Print(Record, properties));

    [Fact]
    public void A_record_of_nothing_prints_literals()
    {
        var nothing = new ConsumedRecord("t", 0, Offset.Zero) { TimestampType = TimestampType.None };
        Assert.Equal("NO_TIMESTAMP\tNO_HEADERS\tnull\tnull\n", Print(nothing, "print.timestamp=true;print.headers=true;print.key=true"));
    }

    [Theory]
    [InlineData("IntegerDeserializer", "00000007", "7")]
    [InlineData("org.apache.kafka.common.serialization.LongDeserializer", "ffffffffffffffff", "-1")]
    [InlineData("ShortDeserializer", "0102", "258")]
    [InlineData("DoubleDeserializer", "4000000000000000", "2.0")]
    [InlineData("FloatDeserializer", "3fc00000", "1.5")]
    [InlineData("BooleanDeserializer", "01", "true")]
    [InlineData("BytesDeserializer", "6100ff", "a\\x00\\xFF")]
    [InlineData("StringDeserializer", "c3bc", "ü")]
    public void A_deserializer_says_what_bytes_stand_for(string name, string hex, string text) =>
        Assert.Equal(text + "\n", Print(Record with { Value = Convert.FromHexString(hex) }, $"value.deserializer={name}"));

    [Fact]
    public void Bytes_that_are_no_such_thing_are_an_error_and_an_unknown_deserializer_is_named()
    {
        Assert.Throws<FormatException>(() => Print(Record, "value.deserializer=IntegerDeserializer"));
        Assert.Contains("no.such.Thing", Assert.Throws<UsageException>(() => Print(Record, "value.deserializer=no.such.Thing")).Message);
    }

    private static string Print(ConsumedRecord record, string properties)
    {
        var pairs =
            properties.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        using var output = new MemoryStream();
        new DefaultFormatter(pairs).Write(record, output);
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
