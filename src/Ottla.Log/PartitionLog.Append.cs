using Ottla.Log.Producers;
using Ottla.Log.Segments;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <content>Appending: many batches, one write.</content>
public sealed partial class PartitionLog
{
    /// <summary>
    /// Appends a leader's batches: each gets its offsets and <paramref name="epoch"/>, or its error. All of them are written with one call
    /// of the system, or one for each segment.
    /// </summary>
    /// <exception cref="IOException">The disk refused: none of the batches whose write failed is in the log, and it can be tried
    /// again.</exception>
    public void Append(Span<PendingBatch> batches, LeaderEpoch epoch, AppendOrigin origin = AppendOrigin.Client)
    {
        Invariant.That(origin != AppendOrigin.Replication);
        AppendAll(batches, epoch, origin);
    }

    /// <summary>Appends batches as the leader has them, offsets and epochs included. OFFSET_OUT_OF_RANGE where a batch lies before the
    /// log's end.</summary>
    /// <exception cref="IOException">As with <see cref="Append"/>.</exception>
    public void AppendAsFollower(Span<PendingBatch> batches) => AppendAll(batches, LeaderEpoch.None, AppendOrigin.Replication);

    /// <summary>Begins a new segment at the log's end, unless the last one is still empty.</summary>
    public void Roll() => Roll(_logEndOffset);

    private void AppendAll(Span<PendingBatch> batches, LeaderEpoch epoch, AppendOrigin origin)
    {
        var turn = AppendTurn.Begin(_logEndOffset);
        try
        {
            for (var i = 0; i < batches.Length; i++) Take(batches, i, epoch, origin, turn);
            Write(batches, turn);
        }
        catch
        {
            _producers?.Undo(turn.Undo);
            throw;
        }
        finally
        {
            turn.End();
        }

        if (UnflushedMessages >= Settings.FlushMessages) Flush();
    }

    private void Take(Span<PendingBatch> batches, int index, LeaderEpoch epoch, AppendOrigin origin, AppendTurn turn)
    {
        ref var batch = ref batches[index];
        ref readonly var header = ref batch.Header;
        Invariant.That(batch.Bytes.Length == header.SizeInBytes && header.LastOffsetDelta >= 0);
        var isFollower = origin == AppendOrigin.Replication;
        batch.Error = isFollower
            ? header.BaseOffset.Value < turn.NextOffset ? ErrorCode.OffsetOutOfRange : ErrorCode.None
            : header.SizeInBytes > Settings.SegmentBytes ? ErrorCode.RecordListTooLarge : ErrorCode.None;
        if (batch.Error != ErrorCode.None) return;

        TransactionMarker? marker = header.IsControl && header.HasProducerId && TransactionMarker.TryRead(batch.Bytes.Span, out var end)
            ? end : null;
        if (header.HasProducerId && !isFollower && !Admit(ref batch, marker, origin)) return;

        var baseOffset = isFollower ? header.BaseOffset.Value : turn.NextOffset;
        var lastOffset = baseOffset + header.LastOffsetDelta;
        if (MustRoll(turn.Bytes, header, lastOffset))
        {
            Write(batches, turn);
            Roll(baseOffset);
        }

        if (!isFollower)
        {
            BatchHeader.SetBaseOffset(batch.Bytes.Span, new Offset(baseOffset));
            BatchHeader.SetPartitionLeaderEpoch(batch.Bytes.Span, epoch);
        }

        var completed = header.HasProducerId ? Producers.Apply(header, marker, baseOffset, turn.Undo) : null;
        turn.Add(batch.Bytes, new(index, baseOffset, lastOffset, isFollower ? header.PartitionLeaderEpoch.Value : epoch.Value, completed));
        batch.BaseOffset = new Offset(baseOffset);
        batch.LogAppendTime = header.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : BatchHeader.NoTimestamp;
    }

    /// <summary>What producers' rules say: false where the batch has its answer already, an error or that it is a duplicate.</summary>
    private bool Admit(ref PendingBatch batch, TransactionMarker? marker, AppendOrigin origin)
    {
        if (_producers is null) return true;
        if (origin == AppendOrigin.Client && _producers.TryFindDuplicate(batch.Header, out var duplicate))
        {
            batch.IsDuplicate = true;
            batch.BaseOffset = new Offset(duplicate.FirstOffset);
            batch.LogAppendTime = duplicate.Timestamp;
            return false;
        }

        batch.Error = _producers.Check(batch.Header, marker);
        return batch.Error == ErrorCode.None;
    }

    /// <summary>Writes what the turn has gathered, then lets readers see it.</summary>
    private void Write(Span<PendingBatch> batches, AppendTurn turn)
    {
        if (turn.Pieces.Count == 0) return;
        EnsureDirectory();
        var segment = Active;
        _mustSeal = true;
        if ((segment.Parts & SegmentParts.Log) == 0) Volatile.Write(ref _hasNewNames, true);
        var position = segment.Bytes;
        try
        {
            segment.Write(turn.Pieces, turn.Bytes);
            foreach (ref readonly var accepted in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(turn.Batches))
            {
                ref readonly var header = ref batches[accepted.Index].Header;
                segment.Index(accepted.LastOffset, header.MaxTimestamp, position, header.SizeInBytes, Settings.IndexIntervalBytes);
                if (accepted.Completed is { IsAborted: true } aborted) NoteAborted(segment, aborted);
                position += header.SizeInBytes;
            }
        }
        catch (IOException)
        {
            TakeBack(segment);
            throw;
        }

        var epochs = EpochCache;
        foreach (ref readonly var accepted in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(turn.Batches))
        {
            if (accepted.LeaderEpoch > epochs.Latest.Value) epochs.Assign(new(accepted.LeaderEpoch), new Offset(accepted.BaseOffset));
        }

        segment.Publish(new(turn.NextOffset, position));
        SetLogEnd(turn.NextOffset);
        turn.Restart(turn.NextOffset);
        epochs.Save(_context, _folder, durable: false);
    }

    private static void NoteAborted(Segment segment, CompletedTransaction aborted)
    {
        segment.Transactions.Append(new(new(aborted.ProducerId), new(aborted.FirstOffset), new(aborted.MarkerOffset),
            new(aborted.LastStableOffset)));
        segment.Parts |= SegmentParts.TransactionIndex;
    }

    /// <summary>After a write that failed. What can't be cut off now is written over by the next append, and cut off by recovery
    /// otherwise.</summary>
    private void TakeBack(Segment segment)
    {
        try
        {
            segment.TruncateTo(_logEndOffset);
        }
        catch (IOException)
        {
            // the caller hears of the first fault, which is the one that matters
        }
    }

    private bool MustRoll(int pendingBytes, in BatchHeader header, long lastOffset)
    {
        var active = Active;
        var settings = Settings;
        var bytes = active.Bytes + (long)pendingBytes;
        if (bytes + header.SizeInBytes > settings.SegmentBytes) return bytes > 0;
        if (lastOffset - active.BaseOffset > int.MaxValue) return true;
        if (bytes == 0) return false;
        if (active.Indexes().IsFull(settings.SegmentIndexBytes)) return true;
        var first = active.FirstTimestamp();
        var age = first >= 0 && header.MaxTimestamp >= 0 ? header.MaxTimestamp - first : first >= 0 ? 0 : _context.NowMs - active.CreatedMs;
        return age > settings.SegmentMs - Math.Min(_rollJitterMs, settings.SegmentMs);
    }

    private void Roll(long baseOffset)
    {
        var active = Active;
        if (active.BaseOffset == baseOffset && active.Bytes == 0) return;
        Invariant.That(baseOffset >= _logEndOffset && baseOffset > active.BaseOffset);
        EnsureDirectory();
        if ((active.Parts & SegmentParts.Log) == 0) active.Create();
        active.Seal();
        var next = new Segment(_context, _folder, baseOffset, new(baseOffset, 0), SegmentParts.None);
        next.Create();
        _mustSeal = true;
        Volatile.Write(ref _hasNewNames, true);
        SnapshotProducers(baseOffset);
        active.Publish(active.End with { NextOffset = baseOffset });
        SetSegments([.. Segments, next]);
        _rollJitterMs = NextJitter();
        _context.Rolled?.Invoke(this);
    }

    /// <summary>Differs from partition to partition and from segment to segment, and is the same in every run.</summary>
    private long NextJitter()
    {
        var jitter = Settings.SegmentJitterMs;
        if (jitter <= 0) return 0;
        var mixed = (ulong)(_logEndOffset + 1) * 0x9e3779b97f4a7c15 ^ (ulong)TopicId.GetHashCode() ^ (ulong)Partition.Partition << 32;
        return (long)(mixed % (ulong)jitter);
    }
}
