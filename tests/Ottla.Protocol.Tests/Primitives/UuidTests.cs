using System.Buffers.Text;
using FsCheck;
using FsCheck.Fluent;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Tests.Primitives;

public sealed class UuidTests
{
    [Fact]
    public void An_id_is_printed_as_the_framework_prints_its_bytes_and_reads_back() =>
        Prop.ForAll<ulong, ulong>((high, low) =>
        {
            var id = new Uuid(high, low);
            var bytes = new byte[Uuid.Size];
            id.Write(bytes);
            return id.ToString() == Base64Url.EncodeToString(bytes) && Uuid.TryParse(id.ToString(), out var read) && read == id;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAQ", 0UL, 1UL)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAQ==", 0UL, 1UL)]
    public void Padding_is_read_over(string text, ulong high, ulong low)
    {
        Assert.True(Uuid.TryParse(text, out var id));
        Assert.Equal(new Uuid(high, low), id);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA+Q")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA/Q")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAéQ")]
    public void What_is_no_id_is_refused(string? text) => Assert.False(Uuid.TryParse(text, out _));
}
