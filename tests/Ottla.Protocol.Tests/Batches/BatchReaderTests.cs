using Ottla.Protocol.Batches;

namespace Ottla.Protocol.Tests.Batches;

public sealed class BatchReaderTests
{
    private static readonly byte[] s_log = [.. GoldenCase.All.SelectMany(golden => golden.Bytes)];

    [Fact]
    public void Batches_of_every_magic_and_codec_follow_each_other()
    {
        var reader = new BatchReader(s_log, checkCrc: true);
        foreach (var golden in GoldenCase.All.SelectMany(golden => golden.Batches))
        {
            Assert.True(reader.Next());
            Assert.Equal((golden["size"], golden["crc"], golden["last"]),
                (reader.Current.Length, reader.Header.Crc, reader.Header.LastOffset.Value));
        }

        Assert.False(reader.Next());
        Assert.Equal((BatchesEnd.Whole, s_log.Length), (reader.End, reader.Position));
    }

    [Fact]
    public void Wherever_the_bytes_end_every_whole_batch_before_is_read()
    {
        var log = s_log.AsSpan(0, 30_000);
        var ends = new HashSet<int> { 0 };
        for (var length = 0; length < log.Length; length++)
        {
            var reader = new BatchReader(log[..length]);
            while (reader.Next()) ends.Add(reader.Position);
            Assert.Equal(ends.Max(), reader.Position);
            Assert.Equal(ends.Contains(length) ? BatchesEnd.Whole : BatchesEnd.Incomplete, reader.End);
        }
    }

    [Theory]
    [InlineData(BatchHeader.MagicPosition, 3, BatchesEnd.Malformed)]
    [InlineData(BatchHeader.LengthPosition, 0xff, BatchesEnd.Malformed)]
    [InlineData(BatchHeader.LengthPosition, 0x7f, BatchesEnd.Incomplete)]
    [InlineData(BatchHeader.LengthPosition + 3, 0, BatchesEnd.Malformed)]
    [InlineData(BatchHeader.RecordCountPosition, 1, BatchesEnd.WrongCrc)]
    public void The_first_bad_batch_is_named_and_the_ones_before_are_kept(int position, byte value, BatchesEnd end)
    {
        var good = GoldenCase.Named("none log append time").Bytes;
        byte[] bytes = [.. good, .. BatchHeaderTests.With(good, position, value)];
        var reader = new BatchReader(bytes, checkCrc: true);
        Assert.True(reader.Next());
        Assert.False(reader.Next());
        Assert.Equal((end, good.Length), (reader.End, reader.Position));
        Assert.Equal(good, reader.Current);
    }
}
