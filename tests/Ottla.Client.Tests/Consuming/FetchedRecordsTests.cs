using System.Text;
using Ottla.Client.Consuming;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Tests.Consuming;

public sealed class FetchedRecordsTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    public void A_fetch_inside_a_batch_returns_only_the_records_from_its_offset_on(CompressionType codec)
    {
        var fetched = new FetchedRecords(Partition, new Offset(11), Batch(10, codec, "a", "b", "c"), null, true);
        Assert.Equal(["11 b", "12 c"], All(fetched));
        Assert.Equal(13, fetched.NextOffset.Value);
    }

    [Fact]
    public void A_batch_that_is_cut_is_left_for_the_next_fetch()
    {
        var whole = Batch(0, CompressionType.None, "a");
        var cut = Batch(1, CompressionType.None, "b");
        var fetched = new FetchedRecords(Partition, Offset.Zero, Join(whole, cut[..^1]), null, true);
        Assert.Equal(["0 a"], All(fetched));
        Assert.Equal(1, fetched.NextOffset.Value);
    }

    [Fact]
    public void A_wrong_checksum_is_an_error_and_not_data()
    {
        var bytes = Batch(0, CompressionType.None, "a").ToArray();
        bytes[^2] ^= 1;
        var fetched = new FetchedRecords(Partition, Offset.Zero, bytes, null, true);
        Assert.Equal(ErrorCode.CorruptMessage, Assert.Throws<BrokerException>(() => fetched.Next()).Code);
    }

    [Fact]
    public void Records_of_an_aborted_transaction_are_passed_over_up_to_its_marker_and_no_further()
    {
        var bytes = Join(
            InTransaction(0, producer: 1, "aborted"), InTransaction(1, producer: 2, "committed"), Batch(2, CompressionType.None, "plain"),
            Marker(3, producer: 1, commits: false), Marker(4, producer: 2, commits: true), InTransaction(5, producer: 1, "later"),
                Marker(6, producer: 1, commits: true));
        var aborted = new List<FetchResponse.AbortedTransaction> { new() { ProducerId = 1, FirstOffset = 0 } };
        var fetched = new FetchedRecords(Partition, Offset.Zero, bytes, aborted, true);
        Assert.Equal(["1 committed", "2 plain", "5 later"], All(fetched));
        Assert.Equal(7, fetched.NextOffset.Value);
    }

    [Fact]
    public void Markers_alone_move_the_position_on()
    {
        var fetched = new FetchedRecords(Partition, Offset.Zero, Marker(0, producer: 1, commits: true), null, true);
        Assert.Empty(All(fetched));
        Assert.Equal(1, fetched.NextOffset.Value);
    }

    private static List<string> All(FetchedRecords fetched)
    {
        var all = new List<string>();
        while (fetched.Next() is { } record) all.Add($"{record.Offset} {Encoding.UTF8.GetString(record.Value!.Value.Span)}");
        return all;
    }

    private static ReadOnlyMemory<byte> Batch(long offset, CompressionType codec, params string[] values) =>
        Build(new BatchOptions { BaseOffset = new(offset), Compression = codec }, values);

    private static ReadOnlyMemory<byte> InTransaction(long offset, long producer, params string[] values) =>
        Build(new BatchOptions { BaseOffset = new(offset), ProducerId = new(producer), ProducerEpoch = 0, BaseSequence = 0,
            IsTransactional = true }, values);

    private static ReadOnlyMemory<byte> Marker(long offset, long producer, bool commits)
    {
        var marker = ControlRecord.EndTransactionMarker(commits, new(producer), 0, 0, 0, LeaderEpoch.None);
        BatchHeader.SetBaseOffset(marker, new Offset(offset));
        return marker;
    }

    private static ReadOnlyMemory<byte> Build(BatchOptions options, string[] values)
    {
        using var builder = new BatchBuilder(options);
        foreach (var value in values) builder.Append(1, default, Encoding.UTF8.GetBytes(value));
        return builder.Build().ToArray();
    }

    private static byte[] Join(params ReadOnlyMemory<byte>[] parts) => [.. parts.SelectMany(part => part.ToArray())];
}
