using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Codecs;

namespace Ottla.Protocol.Tests.Codecs;

public sealed class CodecTests
{
    private static readonly byte[][] s_samples = Samples();

    public static TheoryData<string> Names => ["gzip", "snappy", "lz4", "managed lz4", "zstd"];

    internal static ICodec Named(string name) =>
        name == "managed lz4" ? new Lz4(managed: true) : Codec.For(Enum.Parse<CompressionType>(name, ignoreCase: true))!;

    [Theory, MemberData(nameof(Names))]
    public void What_is_compressed_comes_back_at_every_level(string name)
    {
        var codec = Named(name);
        foreach (var sample in s_samples)
        {
            foreach (var level in (int[])[Codec.DefaultLevel(codec.Type), -1, 1, 6, 12, 100])
            {
                using var compressed = Compressed(codec, sample, level);
                AssertComesBack(codec, compressed.Written.ToArray(), sample);
                if (sample.Length > 4096) break;
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void What_is_pushed_in_pieces_comes_back(string name)
    {
        var codec = Named(name);
        foreach (var sample in s_samples)
        {
            foreach (var piece in (int[])[1 + sample.Length, 1000, 64 << 10])
            {
                using var target = new PooledBytes(16);
                using (var compressor = codec.OpenCompressor(target, Codec.DefaultLevel(codec.Type)))
                {
                    for (var at = 0; at < sample.Length; at += piece) compressor.Write(sample.AsSpan(at, Math.Min(piece, sample.Length - at)));
                    compressor.End();
                }

                AssertComesBack(codec, target.Written.ToArray(), sample);
            }
        }
    }

    /// <summary>Java's reader passes over them, so brokers take such batches.</summary>
    [Fact]
    public void Gzip_with_bytes_behind_its_end_comes_back()
    {
        var codec = Named("gzip");
        foreach (var sample in s_samples)
        {
            using var compressed = Compressed(codec, sample, Codec.DefaultLevel(codec.Type));
            foreach (var behind in (byte[][])[[0], [1, 2, 3], new byte[10], Random(30)])
                AssertComesBack(codec, [.. compressed.Written, .. behind], sample);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Any_bytes_come_back(string name) => Prop.ForAll<byte[], int>((unit, times) =>
    {
        var codec = Named(name);
        byte[] sample = [.. Enumerable.Repeat(unit ?? [], Math.Abs(times) + 1).SelectMany(part => part)];
        using var compressed = Compressed(codec, sample, Codec.DefaultLevel(codec.Type));
        AssertComesBack(codec, compressed.Written.ToArray(), sample);
    }).QuickCheckThrowOnFailure();

    [Theory, MemberData(nameof(Names))]
    public void A_bomb_stops_at_the_bound(string name)
    {
        var codec = Named(name);
        using var compressed = Compressed(codec, new byte[8 << 20], Codec.DefaultLevel(codec.Type));
        var target = new ArrayBufferWriter<byte>();
        Assert.Equal(CodecOutcome.TooLarge, Codec.Decompress(codec, compressed.Written, target, 3 << 20));
        Assert.True(target.WrittenCount <= 3 << 20);
        Assert.Equal(CodecOutcome.Done, Codec.Decompress(codec, compressed.Written, new ArrayBufferWriter<byte>(), 8 << 20));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_small_bomb_stops_at_the_bound_too(string name)
    {
        var codec = Named(name);
        using var compressed = Compressed(codec, new byte[1000], Codec.DefaultLevel(codec.Type));
        Assert.Equal(CodecOutcome.TooLarge, Codec.Decompress(codec, compressed.Written, new ArrayBufferWriter<byte>(), 999));
        Assert.Equal(CodecOutcome.Done, Codec.Decompress(codec, compressed.Written, new ArrayBufferWriter<byte>(), 1000));
    }

    [Theory, MemberData(nameof(Names))]
    public void Data_that_are_cut_never_come_out_whole(string name)
    {
        var codec = Named(name);
        foreach (var sample in (byte[][])[Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 300))), Random(100_000)])
        {
            using var compressed = Compressed(codec, sample, Codec.DefaultLevel(codec.Type));
            for (var length = 0; length < compressed.Length; length += 1 + compressed.Length / 500)
            {
                var target = new ArrayBufferWriter<byte>();
                var outcome = Codec.Decompress(codec, compressed.Written[..length], target, int.MaxValue);
                Assert.True(outcome == CodecOutcome.Malformed || target.WrittenCount < sample.Length,
                    $"{length} of {compressed.Length} bytes");
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Garbage_and_nothing_are_malformed(string name)
    {
        var codec = Named(name);
        foreach (var garbage in (byte[][])[[], [7], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Random(100), Random(5000), new byte[100]])
            Assert.Equal(CodecOutcome.Malformed, Codec.Decompress(codec, garbage, new ArrayBufferWriter<byte>(), 1 << 20));
    }

    internal static PooledBytes Compressed(ICodec codec, ReadOnlySpan<byte> sample, int level)
    {
        var target = new PooledBytes(16);
        Assert.Equal(CodecOutcome.Done, codec.Compress(sample, target, level));
        return target;
    }

    internal static unsafe void AssertComesBack(ICodec codec, byte[] compressed, byte[] sample)
    {
        var whole = new ArrayBufferWriter<byte>();
        Assert.Equal(CodecOutcome.Done, Codec.Decompress(codec, compressed, whole, int.MaxValue));
        Assert.True(whole.WrittenSpan.SequenceEqual(sample));

        var pieces = new MemoryStream();
        var window = new byte[777];
        fixed (byte* start = compressed)
        {
            using var decompressor = codec.Open(start, compressed.Length);
            while (decompressor.Read(window) is var read and > 0) pieces.Write(window, 0, read);
            Assert.Equal(CodecOutcome.Done, decompressor.Outcome);
        }

        Assert.True(pieces.ToArray().AsSpan().SequenceEqual(sample));
    }

    internal static byte[] Random(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static byte[][] Samples()
    {
        var random = new Random(7);
        var words = Enumerable.Range(0, 200).Select(_ => new string((char)('a' + random.Next(26)), random.Next(1, 12))).ToArray();
        var text = Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 40_000).Select(_ => words[random.Next(words.Length)])));
        return
        [
            [], [1], [1, 1, 1, 1, 1],
            Random(3), Random(60), Random(61), Random(256), Random(257), Random(32768), Random(65536), Random(65537), Random(200_000),
            new byte[12], new byte[13], new byte[70], new byte[32767], new byte[65536], new byte[3_000_000],
            text, [.. text, .. Random(70_000), .. text],
        ];
    }
}
