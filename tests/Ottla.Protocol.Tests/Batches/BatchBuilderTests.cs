using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Tests.Batches;

public sealed class BatchBuilderTests
{
    [Theory, MemberData(nameof(GoldenCase.LatestNames), MemberType = typeof(GoldenCase))]
    public void Golden_batches_are_built_again_to_the_byte_or_to_the_same_records(string name)
    {
        var golden = GoldenCase.Named(name);
        var batch = golden.Batches[0];
        if (batch.Records.Count == 0) return;
        using var builder = Refilled(batch, batch.Compression);
        var built = builder.Build().ToArray();
        if (batch.Compression == CompressionType.None) Assert.Equal(Convert.ToHexString(golden.Bytes), Convert.ToHexString(built));
        RecordReaderTests.AssertRecords(batch.Records, built);
        Assert.True(BatchHeader.TryRead(built, out var header) && header.HasValidCrc(built));
        Assert.True(BatchHeader.TryRead(golden.Bytes, out var wanted));
        Assert.Equal((wanted.Attributes, wanted.LastOffset, wanted.BaseTimestamp, wanted.MaxTimestamp),
            (header.Attributes, header.LastOffset, header.BaseTimestamp, header.MaxTimestamp));
        Assert.Equal((wanted.ProducerId, wanted.ProducerEpoch, wanted.BaseSequence),
            (header.ProducerId, header.ProducerEpoch, header.BaseSequence));
    }

    [Fact]
    public void What_compaction_keeps_of_an_empty_batch_is_what_Kafka_keeps()
    {
        var golden = GoldenCase.Named("empty batch kept by compaction").Bytes;
        Assert.True(BatchHeader.TryRead(golden, out var header));
        Assert.Equal(Convert.ToHexString(golden), Convert.ToHexString(BatchBuilder.EmptyBatch(header)));
    }

    [Theory, InlineData("control COMMIT", true), InlineData("control ABORT", false)]
    public void Markers_of_transactions_are_those_of_Kafka(string name, bool committed)
    {
        var golden = GoldenCase.Named(name);
        Assert.True(BatchHeader.TryRead(golden.Bytes, out var header));
        using var records = BatchRecords.Open(golden.Bytes);
        var record = records.GetEnumerator();
        Assert.True(record.MoveNext());
        var epoch = ControlRecord.CoordinatorEpochOf(record.Current.Value)!.Value;
        var marker = ControlRecord.EndTransactionMarker(
            committed, header.ProducerId, header.ProducerEpoch, epoch, header.BaseTimestamp, header.PartitionLeaderEpoch);
        BatchHeader.SetBaseOffset(marker, header.BaseOffset);
        Assert.Equal(Convert.ToHexString(golden.Bytes), Convert.ToHexString(marker));
    }

    [Fact]
    public void A_builder_is_used_again_and_again()
    {
        using var builder = new BatchBuilder(new BatchOptions());
        for (var round = 1; round < 5; round++)
        {
            builder.Reset(new BatchOptions { Compression = (CompressionType)(round % 4) });
            for (var i = 0; i < round; i++) builder.Append(i, NullableBytes.Null, "value"u8);
            Assert.Equal(round, RecordReaderTests.Count(builder.Build().ToArray()));
        }
    }

    [Fact]
    public void Records_of_one_batch_go_into_another_with_gaps_kept()
    {
        var golden = GoldenCase.Named("zstd magic 2 10 records");
        using var builder = new BatchBuilder(new BatchOptions { BaseOffset = new Offset(40) });
        using var records = BatchRecords.Open(golden.Bytes);
        var kept = new List<GoldenRecord>();
        foreach (var record in records)
        {
            var offset = record.Offset.Value;
            if (offset % 3 != 0) continue;
            builder.Append(record);
            kept.Add(golden.Batches[0].Records.Single(wanted => wanted.Offset == offset));
        }

        RecordReaderTests.AssertRecords(kept, builder.Build().Span);
    }

    internal static BatchBuilder Refilled(GoldenBatch batch, CompressionType compression)
    {
        var builder = new BatchBuilder(new BatchOptions
        {
            BaseOffset = new Offset(batch["base"]),
            PartitionLeaderEpoch = new LeaderEpoch((int)batch["leader"]),
            Compression = compression,
            LogAppendTimeMs = batch.TimestampType == TimestampType.LogAppendTime ? batch["max"] : null,
            ProducerId = new ProducerId(batch["producer"]),
            ProducerEpoch = (short)batch["epoch"],
            BaseSequence = (int)batch["sequence"],
            IsTransactional = batch.Is("transactional"),
            IsControl = batch.Is("control"),
        });
        foreach (var record in batch.Records)
        {
            var createTime = batch.TimestampType == TimestampType.LogAppendTime ? 1_700_000_000_000 + (record.Offset - batch["base"]) * 7
                : record.Timestamp;
            builder.AppendAt(new Offset(record.Offset), createTime, record.Key, record.Value,
                [.. record.Headers.Select(header => new RecordHeader(header.Name, header.Value))]);
        }

        return builder;
    }
}
