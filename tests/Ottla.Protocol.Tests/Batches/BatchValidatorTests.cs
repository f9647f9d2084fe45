using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Tests.Batches;

public sealed class BatchValidatorTests
{
    private const long Now = 1_700_000_100_000;

    private static readonly BatchRules s_rules = new();

    /// <summary>What is done to a good batch of three records, and what a broker answers.</summary>
    public static TheoryData<string, ErrorCode> Defects => new()
    {
        { "nothing", ErrorCode.None },
        { "wrong checksum", ErrorCode.CorruptMessage },
        { "magic 3", ErrorCode.CorruptMessage },
        { "magic 1", ErrorCode.InvalidRecord },
        { "two batches", ErrorCode.InvalidRecord },
        { "no batch", ErrorCode.InvalidRecord },
        { "cut in the header", ErrorCode.InvalidRecord },
        { "cut in the records", ErrorCode.InvalidRecord },
        { "bytes behind it", ErrorCode.InvalidRecord },
        { "batch length 2^31-1", ErrorCode.InvalidRecord },
        { "batch length 48", ErrorCode.CorruptMessage },
        { "batch length -1", ErrorCode.CorruptMessage },
        { "base offset 1", ErrorCode.InvalidRecord },
        { "one record more in the count", ErrorCode.InvalidRecord },
        { "one record more in count and last offset delta", ErrorCode.InvalidRecord },
        { "one record less in count and last offset delta", ErrorCode.InvalidRecord },
        { "count 2^31-1", ErrorCode.InvalidRecord },
        { "count -1", ErrorCode.InvalidRecord },
        { "count 0", ErrorCode.InvalidRecord },
        { "last offset delta 5", ErrorCode.InvalidRecord },
        { "last offset delta -1", ErrorCode.InvalidRecord },
        { "control", ErrorCode.InvalidRecord },
        { "producer without sequence", ErrorCode.InvalidRecord },
        { "codec 5", ErrorCode.UnsupportedCompressionType },
        { "gzip that is none", ErrorCode.InvalidRecord },
        { "snappy that is none", ErrorCode.InvalidRecord },
        { "lz4 that is none", ErrorCode.InvalidRecord },
        { "zstd that is none", ErrorCode.InvalidRecord },
        { "log append time", ErrorCode.None },
        { "first record longer", ErrorCode.InvalidRecord },
        { "offset delta of the first record 1", ErrorCode.InvalidRecord },
    };

    [Theory, MemberData(nameof(Defects))]
    public void Every_defect_has_its_code(string defect, ErrorCode error)
    {
        var verdict = BatchValidator.Validate(Spoil(Good(CompressionType.None), defect), s_rules, Now);
        Assert.Equal(error, verdict.Error);
        Assert.Equal(error == ErrorCode.None, verdict.IsValid);
        Assert.Equal(error == ErrorCode.None, verdict.Message is null);
    }

    [Theory, InlineData(CompressionType.Gzip), InlineData(CompressionType.Snappy), InlineData(CompressionType.Lz4),
        InlineData(CompressionType.Zstd)]
    public void Compressed_batches_are_looked_into(CompressionType compression)
    {
        Assert.True(BatchValidator.Validate(Good(compression), s_rules, Now).IsValid);
        foreach (var defect in (string[])["one record more in count and last offset delta",
            "one record less in count and last offset delta"])
            Assert.Equal(ErrorCode.InvalidRecord, BatchValidator.Validate(Spoil(Good(compression), defect), s_rules, Now).Error);
    }

    [Theory, InlineData(CompressionType.Gzip), InlineData(CompressionType.Snappy), InlineData(CompressionType.Lz4),
        InlineData(CompressionType.Zstd)]
    public void Large_batches_are_walked_through_a_window(CompressionType compression)
    {
        var batch = Large(compression, headers: [new RecordHeader("name", new byte[300_000])]);
        var verdict = BatchValidator.Validate(batch, s_rules with { MessageBytesMax = int.MaxValue }, Now);
        Assert.Null(verdict.Message);
        Assert.Equal((Now + 11, 11), (verdict.MaxTimestamp, verdict.OffsetDeltaOfMaxTimestamp));
        verdict = BatchValidator.Validate(Spoil(batch, "one record less in count and last offset delta"),
            s_rules with { MessageBytesMax = int.MaxValue }, Now);
        Assert.Equal(ErrorCode.InvalidRecord, verdict.Error);
        verdict = BatchValidator.Validate(batch, s_rules with { MessageBytesMax = int.MaxValue, DecompressedBytesMax = 3_000_000 }, Now);
        Assert.Equal(ErrorCode.MessageTooLarge, verdict.Error);
        verdict = BatchValidator.Validate(Good(compression), s_rules with { DecompressedBytesMax = 30 }, Now);
        Assert.Equal(ErrorCode.MessageTooLarge, verdict.Error);
    }

    [Fact]
    public void Batches_larger_than_the_topic_takes_are_refused_by_their_compressed_size()
    {
        var plain = Large(CompressionType.None, []);
        Assert.Equal(ErrorCode.MessageTooLarge, BatchValidator.Validate(plain, s_rules, Now).Error);
        Assert.True(BatchValidator.Validate(plain, s_rules with { MessageBytesMax = plain.Length }, Now).IsValid);
        Assert.Equal(ErrorCode.MessageTooLarge,
            BatchValidator.Validate(plain, s_rules with { MessageBytesMax = plain.Length - 1 }, Now).Error);
        Assert.True(BatchValidator.Validate(Large(CompressionType.Lz4, []), s_rules, Now).IsValid);
    }

    [Fact]
    public void A_compacted_topic_names_every_record_without_key()
    {
        using var builder = new BatchBuilder(new BatchOptions());
        foreach (var key in (byte[]?[])[null, [], [1], null]) builder.Append(Now, key, "v"u8);
        var verdict = BatchValidator.Validate(builder.Build().Span, s_rules with { KeysRequired = true }, Now);
        Assert.Equal(ErrorCode.InvalidRecord, verdict.Error);
        Assert.Equal([0, 3], verdict.RecordErrors.Select(error => error.BatchIndex));
        Assert.True(BatchValidator.Validate(builder.Build().Span, s_rules, Now).IsValid);
    }

    [Fact]
    public void Timestamps_out_of_bounds_are_named_one_by_one_and_outweigh_missing_keys()
    {
        using var builder = new BatchBuilder(new BatchOptions());
        foreach (var distance in (long[])[0, -1001, -1000, 1000, 1001])
            builder.Append(Now + distance, distance == 0 ? NullableBytes.Null : "k"u8, "v"u8);
        var rules = s_rules with { TimestampBeforeMaxMs = 1000, TimestampAfterMaxMs = 1000, KeysRequired = true };
        var verdict = BatchValidator.Validate(builder.Build().Span, rules, Now);
        Assert.Equal(ErrorCode.InvalidTimestamp, verdict.Error);
        Assert.Equal([0, 1, 4], verdict.RecordErrors.Select(error => error.BatchIndex));
        Assert.True(BatchValidator.Validate(builder.Build().Span,
            rules with { TimestampType = TimestampType.LogAppendTime, KeysRequired = false }, Now).IsValid);
    }

    [Fact]
    public void Default_bounds_take_any_old_timestamp_none_at_all_and_nothing_two_hours_ahead()
    {
        foreach (var (timestamp, error) in new[] { (1L, ErrorCode.None), (-1L, ErrorCode.None), (0L, ErrorCode.None),
            (Now + 7_200_000, ErrorCode.InvalidTimestamp), (long.MaxValue, ErrorCode.InvalidTimestamp) })
        {
            using var builder = new BatchBuilder(new BatchOptions());
            builder.Append(timestamp, NullableBytes.Null, "v"u8);
            Assert.Equal(error, BatchValidator.Validate(builder.Build().Span, s_rules, Now).Error);
        }
    }

    [Fact]
    public void Record_errors_are_bounded_in_number_but_counted_all()
    {
        using var builder = new BatchBuilder(new BatchOptions());
        for (var i = 0; i < 3000; i++) builder.Append(Now, NullableBytes.Null, "v"u8);
        var verdict = BatchValidator.Validate(builder.Build().Span, s_rules with { KeysRequired = true }, Now);
        Assert.Equal(BatchValidator.RecordErrorsMax, verdict.RecordErrors.Count);
        Assert.Contains("3000 record errors", verdict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_false_maximum_is_found_and_the_time_of_the_append_set()
    {
        var batch = Good(CompressionType.Lz4);
        var verdict = BatchValidator.Validate(batch, s_rules, Now);
        Assert.Equal((false, Now - 1, 1), (verdict.NeedsTimestamp, verdict.MaxTimestamp, verdict.OffsetDeltaOfMaxTimestamp));
        verdict = BatchValidator.Validate(batch, s_rules with { TimestampType = TimestampType.LogAppendTime }, Now);
        Assert.Equal((true, Now, 0), (verdict.NeedsTimestamp, verdict.MaxTimestamp, verdict.OffsetDeltaOfMaxTimestamp));
        BatchHeader.SetMaxTimestamp(batch, TimestampType.CreateTime, 5);
        verdict = BatchValidator.Validate(batch, s_rules, Now);
        Assert.Equal((true, Now - 1), (verdict.NeedsTimestamp, verdict.MaxTimestamp));
    }

    [Fact]
    public void A_producer_that_claims_the_time_of_the_append_is_taken_and_the_claim_is_not()
    {
        foreach (var type in (TimestampType[])[TimestampType.CreateTime, TimestampType.LogAppendTime])
        {
            var batch = Good(CompressionType.Gzip);
            BatchHeader.SetMaxTimestamp(batch, TimestampType.LogAppendTime, 7);
            var verdict = BatchValidator.Validate(batch, s_rules with { TimestampType = type }, Now);
            Assert.Equal((ErrorCode.None, true), (verdict.Error, verdict.NeedsTimestamp));
            Assert.Equal(type == TimestampType.CreateTime ? Now - 1 : Now, verdict.MaxTimestamp);
        }
    }

    [Theory, InlineData(CompressionType.None), InlineData(CompressionType.Snappy), InlineData(CompressionType.Lz4),
        InlineData(CompressionType.Zstd)]
    public void A_good_batch_allocates_nothing(CompressionType compression)
    {
        var batch = Good(compression);
        for (var i = 0; i < 100; i++) Assert.True(BatchValidator.Validate(batch, s_rules, Now).IsValid);

        // Tests that run beside this one may have the pools empty for a moment, so the best of some rounds counts.
        var allocated = Enumerable.Range(0, 20).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++) BatchValidator.Validate(batch, s_rules, Now);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Whatever_is_built_is_valid_and_reads_with_the_maximum_that_was_found() =>
        Prop.ForAll<(int, byte[], byte[], string)[], byte>((records, codec) =>
    {
        if (records.Length == 0) return;
        using var builder = new BatchBuilder(new BatchOptions { Compression = (CompressionType)(codec % 5) });
        foreach (var (time, key, value, name) in records)
            builder.Append(Now - Math.Abs((long)time), key, value,
                name is null ? [] : [new RecordHeader(name, value), new RecordHeader("", null)]);
        var batch = builder.Build().ToArray();
        var verdict = BatchValidator.Validate(batch, s_rules, Now);
        Assert.Null(verdict.Message);
        Assert.False(verdict.NeedsTimestamp);
        Assert.Equal(Now - records.Min(record => Math.Abs((long)record.Item1)), verdict.MaxTimestamp);
        Assert.Equal(records.Length, RecordReaderTests.Count(batch));
    }).QuickCheckThrowOnFailure();

    private static byte[] Good(CompressionType compression)
    {
        using var builder = new BatchBuilder(new BatchOptions { Compression = compression });
        builder.Append(Now - 3, "a"u8, "value 1"u8);
        builder.Append(Now - 1, NullableBytes.Null, "value 2"u8, [new RecordHeader("h", [1, 2]), new RecordHeader("", null)]);
        builder.Append(Now - 1, "c"u8, NullableBytes.Null);
        return builder.Build().ToArray();
    }

    private static byte[] Large(CompressionType compression, RecordHeader[] headers)
    {
        using var builder = new BatchBuilder(new BatchOptions { Compression = compression });
        for (var i = 0; i < 12; i++) builder.Append(Now + i, "key"u8, new byte[i == 5 ? 1_500_000 : 170_000], headers);
        return builder.Build().ToArray();
    }

    private static byte[] Spoil(byte[] batch, string defect)
    {
        switch (defect)
        {
            case "nothing": return batch;
            case "wrong checksum": return BatchHeaderTests.With(batch, BatchHeader.CrcPosition, (byte)~batch[BatchHeader.CrcPosition]);
            case "magic 3": return BatchHeaderTests.With(batch, BatchHeader.MagicPosition, 3);
            case "magic 1": return BatchHeaderTests.With(batch, BatchHeader.MagicPosition, 1);
            case "two batches": return [.. batch, .. batch];
            case "no batch": return [];
            case "cut in the header": return batch[..40];
            case "cut in the records": return batch[..^2];
            case "bytes behind it": return [.. batch, 0];
            case "batch length 2^31-1": return Changed(batch, BatchHeader.LengthPosition, int.MaxValue, crc: false);
            case "batch length 48": return Changed(batch, BatchHeader.LengthPosition, 48, crc: false);
            case "batch length -1": return Changed(batch, BatchHeader.LengthPosition, -1, crc: false);
            case "base offset 1": return BatchHeaderTests.With(batch, 7, 1);
            case "one record more in the count": return Changed(batch, BatchHeader.RecordCountPosition, Count(batch) + 1);
            case "one record more in count and last offset delta": return Recounted(batch, Count(batch) + 1);
            case "one record less in count and last offset delta": return Recounted(batch, Count(batch) - 1);
            case "count 2^31-1": return Recounted(batch, int.MaxValue);
            case "count -1": return Changed(batch, BatchHeader.RecordCountPosition, -1);
            case "count 0": return Recounted(batch, 0);
            case "last offset delta 5": return Changed(batch, BatchHeader.LastOffsetDeltaPosition, 5);
            case "last offset delta -1": return Changed(batch, BatchHeader.LastOffsetDeltaPosition, -1);
            case "control": return Attributes(batch, 0x20);
            case "producer without sequence": return Changed(batch, BatchHeader.ProducerIdPosition, 7);
            case "codec 5": return Attributes(batch, 5);
            case "gzip that is none": return Attributes(batch, 1);
            case "snappy that is none": return Attributes(batch, 2);
            case "lz4 that is none": return Attributes(batch, 3);
            case "zstd that is none": return Attributes(batch, 4);
            case "log append time": return Attributes(batch, 8);
            case "first record longer": return WithCrc(BatchHeaderTests.With(batch, BatchHeader.Size, (byte)(batch[BatchHeader.Size] + 2)));
            case "offset delta of the first record 1": return WithCrc(BatchHeaderTests.With(batch, BatchHeader.Size + 3, 2));
            default: throw new ArgumentException(defect);
        }
    }

    private static int Count(byte[] batch) => BinaryPrimitives.ReadInt32BigEndian(batch.AsSpan(BatchHeader.RecordCountPosition));

    private static byte[] Recounted(byte[] batch, int count) =>
        Changed(Changed(batch, BatchHeader.RecordCountPosition, count), BatchHeader.LastOffsetDeltaPosition, count - 1);

    private static byte[] Attributes(byte[] batch, byte attributes) =>
        WithCrc(BatchHeaderTests.With(batch, BatchHeader.AttributesPosition + 1, attributes));

    private static byte[] Changed(byte[] batch, int position, int value, bool crc = true)
    {
        var copy = batch.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(copy.AsSpan(position), value);
        return crc ? WithCrc(copy) : copy;
    }

    private static byte[] WithCrc(byte[] batch)
    {
        BatchHeader.SetCrc(batch);
        return batch;
    }
}
