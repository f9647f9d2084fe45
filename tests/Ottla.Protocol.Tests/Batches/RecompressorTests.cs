using Ottla.Protocol.Batches;
using Ottla.Protocol.Codecs;

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
            Assert.Equal(CodecOutcome.Done, Recompressor.Recompress(golden.Bytes, to, Codec.DefaultLevel(to), target, 1 << 20));
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

    [Fact]
    public void A_batch_that_decompresses_beyond_the_bound_is_left()
    {
        using var target = new PooledBytes();
        Assert.Equal(CodecOutcome.TooLarge,
            Recompressor.Recompress(GoldenCase.Named("gzip magic 2 10 records").Bytes, CompressionType.None, 0, target, 5000));
    }
}
