using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Tests.Batches;

public sealed class RecordReaderTests
{
    [Theory, MemberData(nameof(GoldenCase.LatestNames), MemberType = typeof(GoldenCase))]
    public void Every_golden_batch_reads_as_the_records_that_went_in(string name)
    {
        var golden = GoldenCase.Named(name);
        AssertRecords(golden.Batches[0].Records, golden.Bytes);
    }

    [Fact]
    public void Control_records_tell_their_type_and_the_epoch_of_their_coordinator()
    {
        foreach (var (name, type) in new[] { ("control COMMIT", ControlRecordType.Commit), ("control ABORT", ControlRecordType.Abort) })
        {
            using var records = BatchRecords.Open(GoldenCase.Named(name).Bytes);
            var seen = 0;
            foreach (var record in records)
            {
                Assert.Equal(type, ControlRecord.TypeOf(record.Key));
                Assert.NotNull(ControlRecord.CoordinatorEpochOf(record.Value));
                seen++;
            }

            Assert.Equal(1, seen);
        }
    }

    [Fact]
    public void A_false_count_is_found_in_either_direction()
    {
        var bytes = GoldenCase.Named("none log append time").Bytes;
        foreach (var count in (byte[])[0, 1, 2, 4, 200])
            Assert.Throws<MalformedMessageException>(() => Count(BatchHeaderTests.With(bytes, BatchHeader.RecordCountPosition + 3, count)));
        Assert.Throws<MalformedMessageException>(() => Count(BatchHeaderTests.With(bytes, BatchHeader.RecordCountPosition, 0xff)));
        Assert.Equal(3, Count(bytes));
    }

    internal static int Count(byte[] batch)
    {
        using var records = BatchRecords.Open(batch);
        var count = 0;
        foreach (var record in records)
        {
            foreach (var header in record.Headers) Assert.True(header.KeyUtf8.Length >= 0);
            count++;
        }

        return count;
    }

    internal static void AssertRecords(IReadOnlyList<GoldenRecord> wanted, ReadOnlySpan<byte> batch)
    {
        using var records = BatchRecords.Open(batch);
        var i = 0;
        foreach (var record in records)
        {
            var golden = wanted[i++];
            Assert.Equal((golden.Offset, golden.Timestamp), (record.Offset.Value, record.Timestamp));
            Assert.Equal(golden.Key, record.Key.ToArray());
            Assert.Equal(golden.Value, record.Value.ToArray());
            Assert.Equal(golden.Headers.Select(header => (header.Name, header.Value)),
                record.Headers.ToArray().Select(header => (header.Key, header.Value)), SameHeader);
        }

        Assert.Equal(wanted.Count, i);
    }

    private static bool SameHeader((string Name, byte[]? Value) left, (string Name, byte[]? Value) right) =>
        left.Name == right.Name && (left.Value is null) == (right.Value is null) && left.Value.AsSpan().SequenceEqual(right.Value);
}
