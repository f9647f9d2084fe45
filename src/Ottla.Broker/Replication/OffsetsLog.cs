using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ottla.Broker.Cluster;
using Ottla.Broker.Coordination;
using Ottla.Log;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Replication;

/// <summary>The partitions of `__consumer_offsets` as the log of the group coordinator.</summary>
/// <remarks>
/// An append writes to the local log; it is committed when the high watermark has passed it, with no other replica by that itself. Reading
/// back goes batch by batch.
/// Any thread; appends of one partition come from its shard's loop alone.
/// </remarks>
internal sealed class OffsetsLog(Partitions partitions, TimeProvider time) : IOffsetsLog
{
    /// <summary>Bytes read at once while loading; a batch larger than that is read whole.</summary>
    private const int ReadBytes = 1 << 20;

    public ValueTask<OffsetsAppend> Append(int partition, LeaderEpoch epoch, IReadOnlyList<OffsetsRecord> records)
    {
        if (partitions.Find(TopicNames.ConsumerOffsets)?.Find(partition) is not { } found || found.LeaderEpoch != epoch)
            return new(OffsetsAppend.Refused(ErrorCode.NotLeaderOrFollower));
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        using var builder = new BatchBuilder(new BatchOptions());
        foreach (var record in records)
            builder.Append(now, new NullableBytes(record.Key.Span), record.Value is { } value ? new NullableBytes(value.Span) : default);
        var batch = builder.Build();
        if (batch.Length > found.Topic.Policy.Rules.MessageBytesMax) return new(OffsetsAppend.Refused(ErrorCode.MessageTooLarge));
        Invariant.That(BatchHeader.TryRead(batch.Span, out var header));
        var pending = new PendingBatch(MemoryMarshal.AsMemory(batch), header);
        var appended = found.Append(new Span<PendingBatch>(ref pending), wantsAllReplicas: true, AppendOrigin.Coordinator);
        var error = appended.Error == ErrorCode.None ? pending.Error : appended.Error;
        return new(error == ErrorCode.None ? new OffsetsAppend(ErrorCode.None, pending.BaseOffset, appended.Committed) : OffsetsAppend.Refused(error));
    }

    public async IAsyncEnumerable<OffsetsBatch> ReadAll(int partition, LeaderEpoch epoch, [EnumeratorCancellation] CancellationToken stop)
    {
        if (partitions.Find(TopicNames.ConsumerOffsets)?.Find(partition)?.Log is not { } log) yield break;
        await Task.CompletedTask.ConfigureAwait(false);
        var next = log.LogStartOffset;
        var end = log.LogEndOffset;
        while (next < end)
        {
            stop.ThrowIfCancellationRequested();
            var slice = log.ReadToEnd(next, ReadBytes, atLeastOneBatch: true);
            // a log that can't be read to its end must not pass for a shorter one: groups would lose what they have committed
            if (slice.Error != ErrorCode.None || slice.Records is not { } range)
                throw new IOException($"{log.Partition} can't be read at offset {next} ({slice.Error.ProtocolName()})");
            var bytes = new byte[range.Length];
            using (range) range.ReadInto(bytes);
            foreach (var batch in Batches(bytes)) yield return batch;
            Invariant.That(slice.NextOffset > next);
            next = slice.NextOffset;
        }
    }

    private static List<OffsetsBatch> Batches(ReadOnlyMemory<byte> bytes)
    {
        var batches = new List<OffsetsBatch>();
        while (BatchHeader.TryRead(bytes.Span, out var header) && header.SizeInBytes <= bytes.Length)
        {
            batches.Add(header.IsControl ? Marker(header, bytes.Span[..header.SizeInBytes]) : Batch(header, bytes.Span[..header.SizeInBytes]));
            bytes = bytes[header.SizeInBytes..];
        }

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
