using System.Text;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests;

public sealed class ConcurrencyTests
{
    /// <summary>The value of each record is its offset; so whatever a reader gets can be checked alone.</summary>
    [Fact]
    public void Readers_see_whole_batches_in_order_while_the_writer_appends_rolls_flushes_and_deletes()
    {
        const int turns = 3000;
        var fixture = new LogFixture(handlesMax: 2);
        fixture.Settings = LogSettings.Default with { SegmentBytes = 20_000, IndexIntervalBytes = 300, RetentionMs = -1,
            RetentionBytes = 200_000 };
        var log = fixture.Create();
        var isDone = false;
        var seen = new long[3];
        var readers = Enumerable.Range(0, seen.Length).Select(reader => new Thread(() =>
        {
            var at = Offset.Zero;
            while (!Volatile.Read(ref isDone) || at < log.LogEndOffset)
            {
                var slice = log.ReadToEnd(at, 1 + 2000 * reader, atLeastOneBatch: true);
                if (slice.Error == ErrorCode.OffsetOutOfRange)
                {
                    at = log.LogStartOffset;
                    continue;
                }

                Assert.Equal(ErrorCode.None, slice.Error);
                var batches = new BatchReader(slice.Bytes(), checkCrc: true);
                while (batches.Next()) seen[reader] += Check(batches.Header, batches.Current);
                Assert.Equal(BatchesEnd.Whole, batches.End);
                at = slice.NextOffset;
            }
        })).ToArray();
        var flusher = new Thread(() =>
        {
            while (!Volatile.Read(ref isDone)) log.Flush();
        });

        foreach (var thread in readers.Append(flusher)) thread.Start();
        for (var i = 0; i < turns; i++)
        {
            var at = log.LogEndOffset.Value;
            log.Append(0, Batches.Of($"{at}", $"{at + 1}"), Batches.Of($"{at + 2}"));
            if (i % 100 == 99) log.ApplyRetention(log.LogEndOffset);
        }

        Volatile.Write(ref isDone, true);
        foreach (var thread in readers.Append(flusher)) thread.Join();
        Assert.All(seen, count => Assert.True(count > 0));
        Assert.Equal(3L * turns, log.LogEndOffset.Value);
        log.Flush();
        Assert.Equal(log.LogEndOffset, log.RecoveryPoint);
    }

    private static int Check(in BatchHeader header, ReadOnlySpan<byte> batch)
    {
        using var records = BatchRecords.Open(batch);
        foreach (var record in records) Assert.Equal($"{record.Offset}", Encoding.UTF8.GetString(record.Value.Span));
        return header.RecordCount;
    }
}
