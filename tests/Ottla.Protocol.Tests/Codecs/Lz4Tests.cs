using System.Buffers;
using System.Text;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Codecs;

namespace Ottla.Protocol.Tests.Codecs;

public sealed class Lz4Tests
{
    private static readonly Lz4 s_managed = new(managed: true);
    private static readonly Lz4 s_any = new();

    [Theory]
    [InlineData("", 0x02cc5d05u)]
    [InlineData("a", 0x550d7456u)]
    [InlineData("abc", 0x32d153ffu)]
    [InlineData("Nobody inspects the spammish repetition", 0xe2293b2fu)]
    public void The_hash_of_frames_is_xxHash32(string text, uint hash) =>
        Assert.Equal(hash, XxHash32.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Managed_and_native_blocks_read_each_other()
    {
        foreach (var sample in (byte[][])[[5], CodecTests.Random(70_000), new byte[200_000],
            Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Range(0, 30_000)))])
        {
            foreach (var (writer, reader) in new[] { (s_managed, s_any), (s_any, s_managed) })
            {
                using var compressed = CodecTests.Compressed(writer, sample, Lz4.LevelDefault);
                CodecTests.AssertComesBack(reader, compressed.Written.ToArray(), sample);
            }
        }
    }

    [Fact]
    public void Frames_with_checksums_of_blocks_and_a_content_size_are_read_and_the_checksums_kept_to()
    {
        var stored = "hello, log"u8.ToArray();
        byte[] head = [0x58 | 0x20, 0x40, (byte)stored.Length, 0, 0, 0, 0, 0, 0, 0];
        byte[] frame =
        [
            0x04, 0x22, 0x4d, 0x18, .. head, (byte)(XxHash32.Compute(head) >> 8), (byte)stored.Length, 0, 0, 0x80, .. stored,
            .. BitConverter.GetBytes(XxHash32.Compute(stored)), 0, 0, 0, 0,
        ];
        CodecTests.AssertComesBack(s_any, frame, stored);
        frame[25] ^= 1;
        Assert.Equal(CodecOutcome.Malformed, Codec.Decompress(CompressionType.Lz4, frame, new ArrayBufferWriter<byte>(), 1000));
    }

    [Fact]
    public void Frames_that_no_consumer_of_Kafka_can_read_are_refused()
    {
        using var good = CodecTests.Compressed(s_any, "hello"u8, Lz4.LevelDefault);
        foreach (var (flags, blockSize) in new (byte, byte)[] { (0x40, 0x40), (0xa0, 0x40), (0x61, 0x40), (0x60, 0x30), (0x60, 0xc0) })
        {
            var frame = good.Written.ToArray();
            frame[4] = flags;
            frame[5] = blockSize;
            frame[6] = (byte)(XxHash32.Compute(frame.AsSpan(4, 2)) >> 8);
            Assert.Equal(CodecOutcome.Malformed, Codec.Decompress(CompressionType.Lz4, frame, new ArrayBufferWriter<byte>(), 1000));
        }

        var falseChecksum = good.Written.ToArray();
        falseChecksum[6] ^= 1;
        Assert.Equal(CodecOutcome.Malformed, Codec.Decompress(CompressionType.Lz4, falseChecksum, new ArrayBufferWriter<byte>(), 1000));
    }
}
