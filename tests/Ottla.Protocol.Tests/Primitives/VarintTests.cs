using FsCheck;
using FsCheck.Fluent;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Tests.Primitives;

public sealed class VarintTests
{
    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(1, "02")]
    [InlineData(63, "7e")]
    [InlineData(-64, "7f")]
    [InlineData(64, "8001")]
    [InlineData(int.MaxValue, "feffffff0f")]
    [InlineData(int.MinValue, "ffffffff0f")]
    public void Small_numbers_of_either_sign_are_short(int value, string hex)
    {
        Span<byte> bytes = stackalloc byte[Varint.BytesMax];
        var length = Varint.Write(bytes, value);
        Assert.Equal(hex, Convert.ToHexStringLower(bytes[..length]));
    }

    [Fact]
    public void Every_int_reads_back_and_has_the_size_that_was_said() => Prop.ForAll<int>(value =>
    {
        foreach (var number in (int[])[value, int.MaxValue - value, int.MinValue ^ value, value << 14])
        {
            var bytes = new byte[Varint.BytesMax];
            var length = Varint.Write(bytes, number);
            var position = 0;
            Assert.True(Varint.TryRead(bytes, ref position, out int read));
            Assert.Equal((number, length, length), (read, position, Varint.SizeOf(number)));

            length = Varint.WriteUnsigned(bytes, (uint)number);
            position = 0;
            Assert.True(Varint.TryReadUnsigned(bytes, ref position, out var unsigned));
            Assert.Equal(((uint)number, length, length), (unsigned, position, Varint.SizeOfUnsigned((uint)number)));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_long_reads_back_and_has_the_size_that_was_said() => Prop.ForAll<long>(value =>
    {
        foreach (var number in (long[])[value, long.MaxValue - value, long.MinValue ^ value, value << 28])
        {
            var bytes = new byte[Varint.LongBytesMax];
            var length = Varint.Write(bytes, number);
            var position = 0;
            Assert.True(Varint.TryRead(bytes, ref position, out long read));
            Assert.Equal((number, length, length), (read, position, Varint.SizeOf(number)));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_number_that_is_cut_or_too_long_is_refused()
    {
        foreach (var hex in (string[])["", "80", "ffffffff", "ffffffffff01"])
        {
            var position = 0;
            Assert.False(Varint.TryRead(Convert.FromHexString(hex), ref position, out int _));
        }

        foreach (var hex in (string[])["", "80", "ffffffffffffffffff", "ffffffffffffffffffff01"])
        {
            var position = 0;
            Assert.False(Varint.TryRead(Convert.FromHexString(hex), ref position, out long _));
        }
    }
}
