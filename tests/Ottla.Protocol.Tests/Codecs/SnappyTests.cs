using System.Buffers;
using IronSnappy;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Codecs;
using SnappyLibrary = IronSnappy.Snappy;

namespace Ottla.Protocol.Tests.Codecs;

public sealed class SnappyTests
{
    private static readonly byte[] s_text =
        [.. Enumerable.Range(0, 9000).SelectMany(i => System.Text.Encoding.ASCII.GetBytes($"{i * i % 977} "))];

    [Fact]
    public void A_raw_block_of_another_library_is_read()
    {
        foreach (var sample in (byte[][])[[1], s_text[..50], s_text, CodecTests.Random(70_000)])
            CodecTests.AssertComesBack(CodecTests.Named("snappy"), SnappyLibrary.Encode(sample), sample);
    }

    [Fact]
    public void Another_library_reads_our_blocks()
    {
        for (var length = 1; length < 32_768; length = length * 5 / 3 + 1)
        {
            foreach (var sample in (byte[][])[s_text[..length], CodecTests.Random(length), new byte[length]])
            {
                var block = new byte[SnappyBlock.CompressedBytesMax(length)];
                var written = SnappyBlock.Compress(sample, block);
                Assert.Equal(sample, SnappyLibrary.Decode(block.AsSpan(0, written)));
            }
        }
    }

    [Fact]
    public void Streams_that_were_joined_read_as_one()
    {
        using var first = CodecTests.Compressed(CodecTests.Named("snappy"), s_text, 0);
        using var second = CodecTests.Compressed(CodecTests.Named("snappy"), "and more"u8, 0);
        CodecTests.AssertComesBack(CodecTests.Named("snappy"), [.. first.Written, .. second.Written], [.. s_text, .. "and more"u8]);
    }

    [Fact]
    public void A_claim_that_no_block_can_keep_allocates_nothing()
    {
        byte[] claim = [0xff, 0xff, 0xff, 0xff, 0x07, 0, 1];
        Assert.Equal(-1, CodecTests.Named("snappy").DecompressedBytesMax(claim));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var outcome = Codec.Decompress(CompressionType.Snappy, claim, new ArrayBufferWriter<byte>(), int.MaxValue);
        Assert.Equal(CodecOutcome.Malformed, outcome);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10_000);
    }
}
