using Ottla.Protocol.Messages;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Tests.Wire;

public sealed class MessageReaderTests
{
    private delegate object? ReadSomething(ref MessageReader reader);

    [Theory]
    [InlineData("fffe", "a string of -2 bytes")]
    [InlineData("7fff", "a string of 32767 bytes, with 0 left")]
    [InlineData("00", "2 bytes are expected, 1 are left")]
    public void A_string_of_an_impossible_length_is_refused(string hex, string because) =>
        Refused(hex, because, (ref reader) => reader.ReadNullableString(flexible: false));

    [Theory]
    [InlineData("818002", "a string of 32768 bytes")]
    [InlineData("ffffffff0f", "a length of 4294967295")]
    [InlineData("ffffffff07", "a string of 2147483646 bytes")]
    [InlineData("05616263", "a string of 4 bytes, with 3 left")]
    [InlineData("ffffffffff01", "a varint of more than 5 bytes")]
    [InlineData("ffffffff1f", "a varint exceeds 32 bits")]
    [InlineData("80", "1 bytes are expected, 0 are left")]
    public void A_compact_string_of_an_impossible_length_is_refused(string hex, string because) =>
        Refused(hex, because, (ref reader) => reader.ReadNullableString(flexible: true));

    [Fact]
    public void A_string_that_is_no_utf8_is_read_as_java_reads_it_unless_it_could_not_be_written_again()
    {
        var bytes = new byte[2 + 11_000];
        bytes.AsSpan(2).Fill(0xff);
        (bytes[0], bytes[1]) = (10_922 >> 8, 10_922 & 0xff);
        var reader = new MessageReader(bytes);
        Assert.Equal(new string('\uFFFD', 10_922), reader.ReadString(flexible: false));

        (bytes[0], bytes[1]) = (11_000 >> 8, 11_000 & 0xff);
        Refused(Convert.ToHexString(bytes), "no UTF-8 and would take 33000 bytes", (ref reader) => reader.ReadNullableString(flexible: false));
    }

    [Theory]
    [InlineData("fffffffe", false, "bytes of -2 bytes")]
    [InlineData("7fffffff", false, "bytes of 2147483647 bytes, with 0 left")]
    [InlineData("0441", true, "bytes of 3 bytes, with 1 left")]
    public void Bytes_of_an_impossible_length_are_refused(string hex, bool flexible, string because) =>
        Refused(hex, because, (ref reader) => reader.ReadNullableBytes(flexible));

    [Theory]
    [InlineData("7fffffff", false, "an array of 2147483647 elements")]
    [InlineData("000f4241", false, "an array of 1000001 elements")]
    [InlineData("fffffffe", false, "an array of -2 elements")]
    [InlineData("000f4240", false, "an array of 1000000 elements of at least 4 bytes, with 0 bytes left")]
    [InlineData("04000000010000000200", true, "an array of 3 elements of at least 4 bytes, with 9 bytes left")]
    public void An_array_that_cannot_be_there_is_refused_before_it_is_allocated(string hex, bool flexible, string because) =>
        Refused(hex, because, (ref reader) => reader.ReadNullableInt32Array(flexible));

    [Fact]
    public void An_array_of_structures_is_held_against_the_shortest_structure()
    {
        var bytes = Convert.FromHexString("ffffffff" + "00000000" + "00000000" + "7fffffff" + "00" + "00010000" + "000000");
        var refused = Assert.Throws<MalformedMessageException>(() =>
        {
            var reader = new MessageReader(bytes);
            FetchRequest.Read(ref reader, 4);
        });
        Assert.Contains("65536 elements of at least", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("914e", "10001 tagged fields")]
    [InlineData("01ffffffff0f00", "tag 4294967295")]
    [InlineData("01070a00", "the value of tag 7 of 10 bytes, with 1 left")]
    [InlineData("02070007006364", "tag 7 after tag 7")]
    [InlineData("0207000600", "tag 6 after tag 7")]
    public void Tagged_fields_that_cannot_be_are_refused(string hex, string because) =>
        Refused(hex, because, (ref reader) => TagReader.ReadUnknown(ref reader));

    [Theory]
    [InlineData("ffffffffffffffffffff01", "a varint of more than 10 bytes")]
    [InlineData("80808080808080808080", "a varint of more than 10 bytes")]
    public void An_endless_varlong_is_refused(string hex, string because) =>
        Refused(hex, because, (ref reader) => reader.ReadUnsignedVarlong());

    [Fact]
    public void A_null_where_none_is_allowed_is_refused()
    {
        Refused("ffff", "A null string", (ref reader) => reader.ReadString(flexible: false));
        Refused("00", "A null string", (ref reader) => reader.ReadString(flexible: true));
        Refused("ffffffff", "A null bytes", (ref reader) => reader.ReadBytes(flexible: false));
        Refused("ffffffff", "A null records", (ref reader) => reader.ReadRecords(flexible: false));
        Refused("00", "A null array", (ref reader) => reader.ReadInt32Array(flexible: true));
    }

    [Fact]
    public void A_tagged_field_that_does_not_end_where_it_says_is_refused()
    {
        // ApiVersions response v3: no error, no keys, throttle 0, one tag (1, int64) of 9 bytes.
        var bytes = Convert.FromHexString("0000" + "01" + "00000000" + "01" + "01" + "09" + "0000000000000007" + "00");
        Assert.Throws<MalformedMessageException>(() =>
        {
            var reader = new MessageReader(bytes);
            ApiVersionsResponse.Read(ref reader, 3);
        });
    }

    [Fact]
    public void Bytes_and_records_are_slices_of_what_was_given()
    {
        var bytes = Convert.FromHexString("00000002" + "abcd");
        var reader = new MessageReader(bytes);
        var records = reader.ReadNullableRecords(flexible: false);
        bytes[4] = 0x11;
        Assert.Equal(0x11, records.Memory.Span[0]);
    }

    [Fact]
    public void Bytes_that_are_no_utf8_become_replacement_characters()
    {
        var reader = new MessageReader(Convert.FromHexString("0003" + "61ff62"));
        Assert.Equal("a\uFFFDb", reader.ReadString(flexible: false));
    }

    [Fact]
    public void Signed_varints_are_zigzag_coded()
    {
        var reader = new MessageReader(Convert.FromHexString("00" + "01" + "02" + "ffffffff0f" + "feffffff0f" + "ffffffffffffffffff01"));
        Assert.Equal(0, reader.ReadVarint());
        Assert.Equal(-1, reader.ReadVarint());
        Assert.Equal(1, reader.ReadVarint());
        Assert.Equal(int.MinValue, reader.ReadVarint());
        Assert.Equal(int.MaxValue, reader.ReadVarint());
        Assert.Equal(long.MinValue, reader.ReadVarlong());
        Assert.Equal(0, reader.Remaining);
    }

    private static void Refused(string hex, string because, ReadSomething read)
    {
        var bytes = Convert.FromHexString(hex);
        var refused = Assert.Throws<MalformedMessageException>(() =>
        {
            var reader = new MessageReader(bytes);
            read(ref reader);
        });
        Assert.Contains(because, refused.Message, StringComparison.Ordinal);
    }
}
