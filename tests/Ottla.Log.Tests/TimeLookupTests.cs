using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Ottla.Log.Handles;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Tests;

public sealed class TimeLookupTests
{
    /// <summary>A wrapper has the offset of the last message in it; who is sent there would skip those before.</summary>
    [Fact]
    public void The_message_within_an_old_wrapper_is_found_not_the_wrapper()
    {
        var fixture = new LogFixture();
        fixture.Disk.CreateDirectory(LogFixture.Directory);
        var inner = Enumerable.Range(0, 4).SelectMany(i => Message(i, 1000 + 10 * i, 0, Encoding.UTF8.GetBytes($"v{i}"))).ToArray();
        fixture.Overwrite("00000000000000000000.log", [.. Message(0, 900, 0, "x"u8.ToArray()), .. Message(4, 1030, 1, Gzipped(inner))]);
        var log = fixture.Open(clean: true);
        Assert.Equal(5, log.LogEndOffset.Value);
        Assert.Equal([(0L, 900L), (1, 1000), (2, 1010), (3, 1020), (4, 1030)], new long[] { 1, 901, 1001, 1011, 1030 }
            .Select(time => log.OffsetForTimestamp(time)!.Value).Select(found => (found.Offset.Value, found.TimestampMs)));
        Assert.Null(log.OffsetForTimestamp(1031));
        Assert.Equal(new TimestampedOffset(1030, new(4), LeaderEpoch.None), log.MaxTimestampOffset());
    }

    [Fact]
    public void Where_no_record_has_a_timestamp_the_first_one_has_the_latest()
    {
        var log = new LogFixture().Create();
        Assert.Null(log.MaxTimestampOffset());
        log.Append(0, Batches.At(-1, "a", "b"), Batches.At(-1, "c"));
        Assert.Equal(new TimestampedOffset(-1, new(0), new(0)), log.MaxTimestampOffset());
        log.AppendOne(Batches.At(5, "d"));
        Assert.Equal(new TimestampedOffset(5, new(3), new(0)), log.MaxTimestampOffset());
    }

    /// <summary>Retention runs at each call of the disk that a reader makes.</summary>
    [Fact]
    public void No_reader_trips_over_retention_whenever_it_runs()
    {
        Func<PartitionLog, object?>[] readers =
        [
            log => log.MaxTimestampOffset(),
            log => log.OffsetForTimestamp(2),
            log => log.ReadToEnd(new(0), 1, atLeastOneBatch: true) is var slice && slice.Records is { } range ? Disposed(range) : null,
            log => log.Read(new(3), 1 << 20, new HighWatermark(new(5)), atLeastOneBatch: true) is var slice && slice.Records is { } range ? Disposed(range) : null,
            log => log.AbortedTransactions(new(0), new(100)),
            log => log.DeletableSegments(log.LogEndOffset),
            log => log.UnflushedMessages > 0 ? Flushed(log) : null,
        ];
        foreach (var reader in readers)
        {
            foreach (var delay in (long[])[0, 60_000])
            {
                for (var call = 0; call < 25; call++) RunWith(reader, call, delay);
            }
        }
    }

    private static void RunWith(Func<PartitionLog, object?> reader, int retainAt, long deleteDelayMs)
    {
        Action? retain = null;
        var calls = 0;
        var fixture = new LogFixture(before: _ =>
        {
            if (retain is not { } act || calls++ != retainAt) return;
            retain = null;
            act();
        }, handlesMax: 1);
        fixture.Settings = fixture.Settings with { SegmentBytes = 250, IndexIntervalBytes = 0, FileDeleteDelayMs = deleteDelayMs };
        var log = fixture.Create();
        for (var i = 0; i < 12; i++) log.AppendOne(Batches.InTransaction(1, 0, i, $"{i}"));
        log.AppendMarker(Batches.Marker(commits: false, 1, 0));
        log.Close(clean: true);
        log = fixture.Open(clean: true, recoveryPoint: 13);
        log.AppendOne(Batches.At(3, "last"));
        retain = () =>
        {
            log.Configure(fixture.Settings with { RetentionBytes = 0 });
            log.ApplyRetention(log.LogEndOffset);
            fixture.Context.Deletions.RunDue();
        };
        reader(log);
        retain = null;
        Assert.Equal(ErrorCode.None, log.AppendOne(Batches.Of("goes on")).Error);
        Assert.Equal("goes on", log.Values()[^1]);
    }

    private static FileRange Disposed(FileRange range)
    {
        range.Dispose();
        return range;
    }

    private static PartitionLog Flushed(PartitionLog log)
    {
        log.Flush();
        return log;
    }

    private static byte[] Gzipped(byte[] bytes)
    {
        var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Optimal)) gzip.Write(bytes);
        return target.ToArray();
    }

    /// <summary>A message of magic 1.</summary>
    private static byte[] Message(long offset, long timestampMs, byte attributes, byte[] value)
    {
        var bytes = new byte[34 + value.Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, offset);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), bytes.Length - 12);
        bytes[16] = 1;
        bytes[17] = attributes;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(18), timestampMs);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(26), -1);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(30), value.Length);
        value.CopyTo(bytes, 34);
        var crc = uint.MaxValue;
        foreach (var one in bytes.AsSpan(16))
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xedb88320 ^ crc >> 1 : crc >> 1;
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(12), ~crc);
        return bytes;
    }
}
