using System.Text;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Tests.Primitives;

public sealed class Crc32CTests
{
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("a", 0xc1d04330u)]
    [InlineData("123456789", 0xe3069283u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404u)]
    public void Known_checksums_come_out(string text, uint crc) => Assert.Equal(crc, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Thirty_two_zeros_ones_and_counted_bytes_have_the_checksums_of_the_iSCSI_standard()
    {
        Assert.Equal(0x8a9136aau, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62a8ab43u, Crc32C.Compute(Enumerable.Repeat((byte)0xff, 32).ToArray()));
        Assert.Equal(0x46dd794eu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
    }

    [Fact]
    public void Every_way_gives_the_sum_of_the_definition_at_every_length_and_alignment()
    {
        var bytes = new byte[9000];
        new Random(1).NextBytes(bytes);
        int[] lengths =
        [
            .. Enumerable.Range(0, 700),
            767, 768, 769, 1023, 1024, 1535, 1536, 2047, 3071, 3072, 3073, 3839, 3840, 4096, 6144, 6911, 6912, 8191, 8900,
        ];
        foreach (var length in lengths)
        {
            for (var start = 0; start < 9; start++)
            {
                var data = bytes.AsSpan(start, length);
                var wanted = BitByBit(0, data);
                Assert.Equal(wanted, Crc32C.Compute(data));
                Assert.Equal(wanted, Crc32C.OneStream(0, data));
                if (Crc32C.CanRunThreeStreams) Assert.Equal(wanted, Crc32C.ThreeStreams(0, data));
                if (Crc32C.CanFold && length >= 256) Assert.Equal(wanted, Crc32C.Folded(0, data));
            }
        }
    }

    [Fact]
    public void A_sum_continued_is_the_sum_of_the_whole()
    {
        var bytes = new byte[5000];
        new Random(2).NextBytes(bytes);
        var whole = BitByBit(0, bytes);
        for (var cut = 0; cut <= bytes.Length; cut += 37)
            Assert.Equal(whole, Crc32C.Append(Crc32C.Compute(bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
    }

    private static uint BitByBit(uint crc, ReadOnlySpan<byte> data)
    {
        var state = ~crc;
        foreach (var value in data)
        {
            state ^= value;
            for (var bit = 0; bit < 8; bit++) state = (state & 1) != 0 ? state >> 1 ^ 0x82f63b78 : state >> 1;
        }

        return ~state;
    }
}
