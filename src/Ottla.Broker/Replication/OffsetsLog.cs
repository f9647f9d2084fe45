using System.Runtime.InteropServices;
using Ottla.Broker.Coordination;
using Ottla.Log;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Replication;

/// <summary>The partitions of `__consumer_offsets` as the log of the group coordinator.</summary>
/// <remarks>
/// Any thread; appends and reads of one partition come from its shard's loop alone. Nothing is shared between calls: a read's bytes, and
/// the keys and values that are copied out of them, belong to whoever asked. Failure: an append that the disk or the partition refuses is
/// an error; a log that can't be read to its end must not pass for a shorter one (groups would lose what they have committed), so it
/// throws.
/// </remarks>
/// <param name="find">The partition of that number, if this broker hosts it.</param>
/// <param name="time">Of the records.</param>
internal sealed class OffsetsLog(Func<int, Partition?> find, TimeProvider time) : IOffsetsLog
{
    public int BatchBytesMax(int partition) => find(partition)?.Topic.Policy.Rules.MessageBytesMax ?? Limits.BytesPerAppendMax;

    public ValueTask<OffsetsAppend> Append(int partition, LeaderEpoch epoch, IReadOnlyList<OffsetsRecord> records)
    {
        if (find(partition) is not { } found) return new(OffsetsAppend.Refused(ErrorCode.NotLeaderOrFollower));
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        using var builder = new BatchBuilder(new BatchOptions());
        foreach (var record in records)
            builder.Append(now, new NullableBytes(record.Key.Span), record.Value is { } value ? new NullableBytes(value.Span) : default);
        var batch = builder.Build();
        if (batch.Length > found.Topic.Policy.Rules.MessageBytesMax) return new(OffsetsAppend.Refused(ErrorCode.MessageTooLarge));
        Invariant.That(BatchHeader.TryRead(batch.Span, out var header));
        var pending = new PendingBatch(MemoryMarshal.AsMemory(batch), header);
        // in this epoch alone: what was decided in another may not be so any more
        var appended = found.Append(new Span<PendingBatch>(ref pending), wantsAllReplicas: true, AppendOrigin.Coordinator, epoch);
        var error = appended.Error == ErrorCode.None ? pending.Error : appended.Error;
        return new(error == ErrorCode.None
            ? new OffsetsAppend(ErrorCode.None, pending.BaseOffset, CommittedBy(appended.Committed))
            : OffsetsAppend.Refused(error));
    }

    public OffsetsRead Read(int partition, LeaderEpoch epoch, Offset from)
    {
        if (find(partition) is not { } found) return OffsetsRead.Refused(ErrorCode.NotLeaderOrFollower);
        if (found.CheckLeader(epoch) is not ErrorCode.None and var refusal) return OffsetsRead.Refused(refusal);
        if (found.Log is not { } log) return OffsetsRead.Refused(ErrorCode.KafkaStorageError);
        // appends come from the shard that reads, so the end stands still while it does
        var (next, end) = (from == Offset.None ? log.LogStartOffset : from, log.LogEndOffset);
        if (next >= end) return new(ErrorCode.None, [], next, CommittedBy(found.WhenCommitted(epoch)));
        var slice = log.ReadToEnd(next, Limits.LoadReadBytes, atLeastOneBatch: true);
        if (slice.Error != ErrorCode.None || slice.Records is not { } range)
            throw new IOException($"{log.Partition} can't be read at offset {next} ({slice.Error.ProtocolName()})");
        var bytes = new byte[range.Length];
        using (range)
        {
            if (range.ReadInto(bytes) != bytes.Length) throw new IOException($"{log.Partition} ends at offset {next}, before its end {end}");
        }
        return new(ErrorCode.None, Batches(log, bytes), slice.NextOffset, slice.NextOffset >= end ? CommittedBy(found.WhenCommitted(epoch)) : null);
    }

    /// <summary>That too few replicas were in sync when the high watermark passed makes the records no less committed.</summary>
    private static Task<ErrorCode> CommittedBy(Task<ErrorCode> passed)
    {
        return passed.IsCompletedSuccessfully && passed.Result == ErrorCode.None ? passed : Later(passed);

        static async Task<ErrorCode> Later(Task<ErrorCode> passed) =>
            await passed.ConfigureAwait(false) is not ErrorCode.NotEnoughReplicasAfterAppend and var error ? error : ErrorCode.None;
    }

    private static List<OffsetsBatch> Batches(PartitionLog log, ReadOnlyMemory<byte> bytes)
    {
        var batches = new List<OffsetsBatch>();
        while (!bytes.IsEmpty)
        {
            if (!BatchHeader.TryRead(bytes.Span, out var header) || header.SizeInBytes > bytes.Length)
                throw new MalformedMessageException($"{log.Partition}: what lies behind {batches.Count} batches that were read is no batch");
            var batch = bytes.Span[..header.SizeInBytes];
            if (header.Magic >= BatchHeader.MagicLatest && !header.HasValidCrc(batch))
                throw new MalformedMessageException($"{log.Partition}: the batch at offset {header.BaseOffset} has another checksum than its bytes");
            batches.Add(header.IsControl ? Marker(header, batch) : Batch(header, batch));
            bytes = bytes[header.SizeInBytes..];
        }

        if (!bytes.IsEmpty) throw new IOException($"behind {batches.Count} batches lies what is none; the rest of the log can't be read");
        return batches;
    }

    private static OffsetsBatch Batch(in BatchHeader header, ReadOnlySpan<byte> bytes)
    {
        var records = new List<(Offset, OffsetsRecord)>(Math.Max(0, header.RecordCount));
        using var opened = BatchRecords.Open(bytes);
        foreach (var record in opened)
        {
            if (record.Key.IsNull) continue;
            // not by "? null :", which would make an array of null an empty value, and of a tombstone something malformed
            ReadOnlyMemory<byte>? value = null;
            if (!record.Value.IsNull) value = record.Value.Span.ToArray();
            records.Add((record.Offset, new OffsetsRecord(record.Key.Span.ToArray(), value)));
        }

        return new(header.BaseOffset, header.IsTransactional ? header.ProducerId : ProducerId.None, null, records);
    }

    private static OffsetsBatch Marker(in BatchHeader header, ReadOnlySpan<byte> bytes)
    {
        using var opened = BatchRecords.Open(bytes);
        foreach (var record in opened)
        {
            var type = ControlRecord.TypeOf(record.Key);
            if (type is ControlRecordType.Commit or ControlRecordType.Abort) return new(header.BaseOffset, header.ProducerId, type == ControlRecordType.Commit, []);
        }

        throw new MalformedMessageException($"the control batch at offset {header.BaseOffset} holds no marker");
    }
}
