using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Log.Handles;
using Ottla.Log.Retention;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Tests;

/// <summary>One partition's log on a disk in memory, with a clock that stands until it is moved.</summary>
internal sealed class LogFixture
{
    public const string Directory = "/data/weather-0";

    public static readonly TopicPartition Weather = new("weather", 0);
    public static readonly Uuid TopicId = new(0x0123456789abcdef, 0x1122334455667788);

    private readonly IFileSystem _files;

    public LogFixture(bool canCrash = false, Action<FileCall>? before = null, int handlesMax = 8)
    {
        Disk = new MemoryFileSystem(canCrash, pageBytes: 64);
        _files = before is null ? Disk : new FaultyFileSystem(Disk, before);
        Disk.CreateDirectory("/data");
        Disk.FlushDirectory("/");
        HandlesMax = handlesMax;
        Context = NewContext();
    }

    public MemoryFileSystem Disk { get; }

    public ManualClock Clock { get; } = new();

    public LogContext Context { get; private set; }

    public LogSettings Settings { get; set; } = LogSettings.Default with { RetentionMs = -1 };

    private int HandlesMax { get; }

    public PartitionLog Create() => PartitionLog.Create(Context, Directory, Weather, TopicId, Settings);

    /// <summary>Opens as after a restart: nothing of the former process is left.</summary>
    public PartitionLog Open(bool clean, long recoveryPoint = 0, long logStartOffset = 0, long cleanedUpTo = 0, long activeBytes = -1)
    {
        Context = NewContext();
        return PartitionLog.Open(
            Context, Directory, Weather, null, Settings, new(logStartOffset), new(recoveryPoint), clean, new(cleanedUpTo), activeBytes);
    }

    public string[] Files() => [.. Disk.List(Directory).Select(file => file.Name).Order(StringComparer.Ordinal)];

    public byte[] Bytes(string name) => Disk.ReadAll($"{Directory}/{name}", int.MaxValue);

    public void Overwrite(string name, byte[] bytes) => Disk.Replace($"{Directory}/{name}", bytes);

    public void AppendGarbage(string name, params byte[] garbage) => Overwrite(name, [.. Bytes(name), .. garbage]);

    private LogContext NewContext() =>
        new(_files, Clock, new FileCache(_files, HandlesMax), NullLogger.Instance, new FileDeletions(_files, Clock));
}

internal sealed class ManualClock : TimeProvider
{
    public long NowMs { get; set; } = 1_700_000_000_000;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
}

/// <summary>Batches and what is in a log, as tests like to write them.</summary>
internal static class Batches
{
    public const long Time = 1_700_000_000_000;

    public static byte[] Of(params string[] values) => Of(new BatchOptions(), values.Select(value => (Time, value)).ToArray());

    public static byte[] At(long timestampMs, params string[] values) => Of(new BatchOptions(), values.Select(value =>
        (timestampMs, value)).ToArray());

    public static byte[] From(long producer, short epoch, int sequence, params string[] values) => Of(
        new BatchOptions { ProducerId = new(producer), ProducerEpoch = epoch, BaseSequence = sequence }, values.Select(value => (Time,
            value)).ToArray());

    public static byte[] InTransaction(long producer, short epoch, int sequence, params string[] values) => Of(
        new BatchOptions { ProducerId = new(producer), ProducerEpoch = epoch, BaseSequence = sequence, IsTransactional = true },
        values.Select(value => (Time, value)).ToArray());

    public static byte[] Marker(bool commits, long producer, short epoch, int coordinatorEpoch = 0) =>
        ControlRecord.EndTransactionMarker(commits, new(producer), epoch, coordinatorEpoch, Time, LeaderEpoch.None);

    public static byte[] Of(BatchOptions options, params (long TimestampMs, string Value)[] records)
    {
        using var builder = new BatchBuilder(options);
        foreach (var (time, value) in records) builder.Append(time, default, Encoding.UTF8.GetBytes(value));
        return builder.Build().ToArray();
    }

    public static PendingBatch Pending(byte[] batch)
    {
        Invariant.That(BatchHeader.TryRead(batch, out var header));
        return new PendingBatch(batch, header);
    }

    /// <summary>Appends each batch in one turn and answers what became of them.</summary>
    public static PendingBatch[] Append(this PartitionLog log, int epoch, params byte[][] batches)
    {
        var pending = batches.Select(batch => Pending((byte[])batch.Clone())).ToArray();
        log.Append(pending, new LeaderEpoch(epoch));
        return pending;
    }

    public static PendingBatch AppendOne(this PartitionLog log, byte[] batch, int epoch = 0) => log.Append(epoch, batch)[0];

    public static PendingBatch AppendMarker(this PartitionLog log, byte[] marker, int epoch = 0)
    {
        var pending = new[] { Pending(marker) };
        log.Append(pending, new LeaderEpoch(epoch), AppendOrigin.Coordinator);
        return pending[0];
    }

    public static byte[] Bytes(this LogSlice slice)
    {
        if (slice.Records is null) return [];
        using (slice.Records)
        {
            var bytes = new byte[slice.Length];
            Assert.Equal(bytes.Length, slice.Records.ReadInto(bytes));
            return bytes;
        }
    }

    /// <summary>Headers of the whole batches in a slice; nothing else may be in it.</summary>
    public static List<BatchHeader> Headers(byte[] bytes)
    {
        var headers = new List<BatchHeader>();
        var reader = new BatchReader(bytes, checkCrc: true);
        while (reader.Next()) headers.Add(reader.Header);
        Assert.Equal(BatchesEnd.Whole, reader.End);
        return headers;
    }

    /// <summary>Offset and value of every record, read in steps of <paramref name="maxBytes"/>.</summary>
    public static List<(long Offset, string Value)> Records(this PartitionLog log, int maxBytes = 1 << 20)
    {
        var found = new List<(long, string)>();
        for (var at = log.LogStartOffset; at < log.LogEndOffset;)
        {
            var slice = log.ReadToEnd(at, maxBytes, atLeastOneBatch: true);
            Assert.Equal(ErrorCode.None, slice.Error);
            var reader = new BatchReader(slice.Bytes(), checkCrc: true);
            while (reader.Next())
            {
                if (reader.Header.IsControl) continue;
                using var records = BatchRecords.Open(reader.Current);
                foreach (var record in records)
                {
                    if (record.Offset >= at) found.Add((record.Offset.Value, Encoding.UTF8.GetString(record.Value.Span)));
                }
            }

            Assert.Equal(BatchesEnd.Whole, reader.End);
            Assert.True(slice.NextOffset > at);
            at = slice.NextOffset;
        }

        return found;
    }

    public static string[] Values(this PartitionLog log) => [.. log.Records().Select(record => record.Value)];
}
