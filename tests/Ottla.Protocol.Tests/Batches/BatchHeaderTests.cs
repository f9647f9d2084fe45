using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Tests.Batches;

public sealed class BatchHeaderTests
{
    [Theory, MemberData(nameof(GoldenCase.LatestNames), MemberType = typeof(GoldenCase))]
    public void The_header_of_every_golden_batch_says_what_it_should(string name)
    {
        var golden = GoldenCase.Named(name);
        var batch = golden.Batches[0];
        Assert.True(BatchHeader.TryRead(golden.Bytes, out var header));
        Assert.Equal(batch["magic"], header.Magic);
        Assert.Equal(batch["base"], header.BaseOffset.Value);
        Assert.Equal(batch["last"], header.LastOffset.Value);
        Assert.Equal(batch["size"], header.SizeInBytes);
        Assert.Equal(batch["crc"], header.Crc);
        Assert.Equal(batch.Compression, header.Compression);
        Assert.Equal(batch.TimestampType, header.TimestampType);
        Assert.Equal(batch["max"], header.MaxTimestamp);
        Assert.Equal(batch["producer"], header.ProducerId.Value);
        Assert.Equal(batch["epoch"], header.ProducerEpoch);
        Assert.Equal(batch["sequence"], header.BaseSequence);
        Assert.Equal(batch["leader"], header.PartitionLeaderEpoch.Value);
        Assert.Equal(batch.Is("transactional"), header.IsTransactional);
        Assert.Equal(batch.Is("control"), header.IsControl);
        Assert.Equal(batch.Records.Count, header.RecordCount);
        Assert.True(header.HasValidCrc(golden.Bytes));
    }

    [Fact]
    public void Offset_and_epoch_are_patched_without_touching_the_checksum()
    {
        var bytes = GoldenCase.Named("none magic 2 10 records").Bytes.ToArray();
        BatchHeader.SetBaseOffset(bytes, new Offset(1L << 40));
        BatchHeader.SetPartitionLeaderEpoch(bytes, new LeaderEpoch(77));
        Assert.True(BatchHeader.TryRead(bytes, out var header));
        Assert.Equal(((1L << 40) + 9, 77), (header.LastOffset.Value, header.PartitionLeaderEpoch.Value));
        Assert.True(header.HasValidCrc(bytes));
    }

    [Fact]
    public void The_time_of_the_append_comes_with_a_new_checksum()
    {
        var bytes = GoldenCase.Named("gzip magic 2 10 records").Bytes.ToArray();
        BatchHeader.SetMaxTimestamp(bytes, TimestampType.LogAppendTime, 12345);
        Assert.True(BatchHeader.TryRead(bytes, out var header));
        Assert.Equal((TimestampType.LogAppendTime, 12345L, CompressionType.Gzip),
            (header.TimestampType, header.MaxTimestamp, header.Compression));
        Assert.True(header.HasValidCrc(bytes));
    }

    [Fact]
    public void After_the_highest_sequence_comes_0()
    {
        var golden = GoldenCase.Named("none idempotent, sequence wraps");
        Assert.True(BatchHeader.TryRead(golden.Bytes, out var header));
        Assert.Equal((int.MaxValue - 1, 1), (header.BaseSequence, header.LastSequence));
        Assert.Equal(0, BatchHeader.AddToSequence(int.MaxValue, 1));
    }

    [Fact]
    public void Bytes_that_cannot_be_a_header_are_refused()
    {
        var bytes = GoldenCase.Named("none magic 2 1 records").Bytes.ToArray();
        for (var length = 0; length < BatchHeader.Size; length++) Assert.False(BatchHeader.TryRead(bytes.AsSpan(0, length), out _));
        foreach (var magic in (byte[])[3, 127, 128, 255])
            Assert.False(BatchHeader.TryRead(With(bytes, BatchHeader.MagicPosition, magic), out _));
        Assert.False(BatchHeader.TryRead(With(bytes, BatchHeader.LengthPosition + 3, BatchHeader.Size - BatchHeader.OverheadBytes - 1),
            out _));
        Assert.False(BatchHeader.TryRead(With(bytes, BatchHeader.LengthPosition, 0x80), out _));
    }

    internal static byte[] With(byte[] bytes, int position, byte value)
    {
        var copy = bytes.ToArray();
        copy[position] = value;
        return copy;
    }
}
