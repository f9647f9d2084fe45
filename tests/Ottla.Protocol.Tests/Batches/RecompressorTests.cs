using Ottla.Protocol.Batches;
using Ottla.Protocol.Codecs;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Tests.Batches;

public sealed class RecompressorTests
{
    [Theory, MemberData(nameof(GoldenCase.LatestNames), MemberType = typeof(GoldenCase))]
    public void Any_batch_in_any_codec_keeps_its_records_and_all_fields_but_size_and_codec(string name)
    {
        var golden = GoldenCase.Named(name);
        Assert.True(BatchHeader.TryRead(golden.Bytes, out var wanted));
        foreach (var to in Enum.GetValues<CompressionType>())
        {
            using var target = new PooledBytes();
            Assert.True(Recompressor.Recompress(golden.Bytes, to, Codec.DefaultLevel(to), target, new BatchRules()).IsValid);
            Assert.True(BatchHeader.TryRead(target.Written, out var header));
            Assert.Equal((to, target.Length), (header.Compression, header.SizeInBytes));
            Assert.True(header.HasValidCrc(target.Written));
            Assert.Equal((wanted.BaseOffset, wanted.LastOffset, wanted.PartitionLeaderEpoch),
                (header.BaseOffset, header.LastOffset, header.PartitionLeaderEpoch));
            Assert.Equal((wanted.TimestampType, wanted.MaxTimestamp, wanted.BaseTimestamp),
                (header.TimestampType, header.MaxTimestamp, header.BaseTimestamp));
            Assert.Equal((wanted.ProducerId, wanted.ProducerEpoch, wanted.BaseSequence),
                (header.ProducerId, header.ProducerEpoch, header.BaseSequence));
            Assert.Equal((wanted.IsTransactional, wanted.IsControl), (header.IsTransactional, header.IsControl));
            if (golden.Batches[0].Records.Count > 0) RecordReaderTests.AssertRecords(golden.Batches[0].Records, target.Written);
        }
    }

    [Theory, InlineData(CompressionType.Gzip), InlineData(CompressionType.Snappy), InlineData(CompressionType.Lz4), InlineData(CompressionType.Zstd)]
    public void What_is_larger_than_a_window_passes_through_whole(CompressionType from)
    {
        var values = Enumerable.Range(0, 40).Select(i => Enumerable.Range(0, 50_000).Select(k => (byte)(k * k * (i + 1) >> 9)).ToArray()).ToArray();
        using var builder = new BatchBuilder(new BatchOptions { Compression = from });
        foreach (var value in values) builder.Append(1, default, value);
        var batch = builder.Build();
        foreach (var to in Enum.GetValues<CompressionType>())
        {
            using var target = new PooledBytes();
            Assert.True(Recompressor.Recompress(batch.Span, to, Codec.DefaultLevel(to), target, new BatchRules { MessageBytesMax = 1 << 24 }).IsValid);
            using var records = BatchRecords.Open(target.Written);
            var read = new List<byte[]>();
            foreach (var record in records) read.Add(record.Value.Span.ToArray());
            Assert.Equal(values, read);
        }
    }

    /// <summary>Some hundred bytes that unpack to much more than a topic takes: refused, and soon.</summary>
    [Fact]
    public void A_bomb_is_refused_by_the_size_that_the_topic_takes()
    {
        var rules = new BatchRules { MessageBytesMax = 10_000 };
        foreach (var from in (CompressionType[])[CompressionType.Gzip, CompressionType.Zstd])
        {
            foreach (var to in Enum.GetValues<CompressionType>().Where(to => to != from))
            {
                Assert.Equal(ErrorCode.MessageTooLarge, Recompressed(from, to, Recompressor.RatioMax * 10_000, rules).Error);
                var dense = to is CompressionType.None or CompressionType.Snappy;
                Assert.Equal(dense ? ErrorCode.MessageTooLarge : ErrorCode.None, Recompressed(from, to, Recompressor.RatioMax * 10_000 - 1000, rules).Error);
            }
        }
    }

    [Fact]
    public void A_codec_that_is_missing_here_is_an_answer_that_names_the_library()
    {
        var verdict = Recompressor.Recompress(GoldenCase.Named("gzip magic 2 10 records").Bytes, new Missing(), 0, new PooledBytes(), new BatchRules());
        Assert.Equal(ErrorCode.UnsupportedCompressionType, verdict.Error);
        Assert.Contains("libmissing", verdict.Message, StringComparison.Ordinal);
    }

    private static BatchVerdict Recompressed(CompressionType from, CompressionType to, int bytes, BatchRules rules)
    {
        using var builder = new BatchBuilder(new BatchOptions { Compression = from });
        builder.Append(1, default, new byte[bytes]);
        var batch = builder.Build();
        Assert.InRange(batch.Length, 1, 10_000);
        using var target = new PooledBytes();
        var verdict = Recompressor.Recompress(batch.Span, to, Codec.DefaultLevel(to), target, rules);
        Assert.InRange(target.Length, 0, 200_000);
        return verdict;
    }

    private sealed class Missing : ICodec
    {
        public CompressionType Type => CompressionType.Zstd;

        public string? UnavailableBecause => "libmissing is not installed";

        public CodecOutcome Compress(ReadOnlySpan<byte> source, System.Buffers.IBufferWriter<byte> target, int level) => CodecOutcome.Unavailable;

        public long DecompressedBytesMax(ReadOnlySpan<byte> source) => -1;

        public CodecOutcome Decompress(ReadOnlySpan<byte> source, Span<byte> target, out int written)
        {
            written = 0;
            return CodecOutcome.Unavailable;
        }

        public unsafe Decompressor Open(byte* source, int sourceBytes) => throw new InvalidOperationException("it is not there");

        public Compressor OpenCompressor(System.Buffers.IBufferWriter<byte> target, int level) => throw new InvalidOperationException("it is not there");
    }
}
