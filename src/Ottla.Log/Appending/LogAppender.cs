using System.Runtime.InteropServices;
using Ottla.Log.Producers;
using Ottla.Log.Segments;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Platform;

namespace Ottla.Log.Appending;

/// <summary>Appends batches: many of them, one write. Writer.</summary>
/// <remarks>
/// Memory: a batch is a slice of the request's frame and is patched there; nothing of it is held on to once the append has returned.
/// Order: bytes, index entries, the epochs' file; only then readers see the batches and the end moves. So an error never speaks of what is in the log.
/// Failure: what could not be written is taken back, from the file, the indexes, the epochs and the producers; the batches of the same call that went into an
/// earlier segment stay, and have no error.
/// </remarks>
internal static class LogAppender
{
    public static void Append(LogState log, Span<PendingBatch> batches, LeaderEpoch epoch, AppendOrigin origin)
    {
        var turn = log.Context.Turns.Take();
        var taken = 0;
        try
        {
            turn.Begin(log.End, log.Epochs.Latest);
            for (; taken < batches.Length; taken++)
            {
                Take(log, batches, taken, epoch, origin, turn);
                if (origin == AppendOrigin.Replication && batches[taken].Error != ErrorCode.None) RefuseFrom(batches, taken + 1, batches[taken].Error);
                if (origin == AppendOrigin.Replication && batches[taken].Error != ErrorCode.None) break;
            }

            Write(log, batches, turn);
        }
        catch
        {
            log.Producers.Undo(turn.Undo);
            foreach (ref readonly var lost in CollectionsMarshal.AsSpan(turn.Batches)) batches[lost.Index].Refuse(ErrorCode.KafkaStorageError);
            RefuseFrom(batches, taken, ErrorCode.KafkaStorageError);
            throw;
        }
        finally
        {
            log.Context.Turns.Return(turn);
        }
    }

    private static void RefuseFrom(Span<PendingBatch> batches, int first, ErrorCode error)
    {
        foreach (ref var batch in batches[Math.Min(first, batches.Length)..]) batch.Refuse(error);
    }

    private static void Take(LogState log, Span<PendingBatch> batches, int index, LeaderEpoch epoch, AppendOrigin origin, AppendTurn turn)
    {
        ref var batch = ref batches[index];
        ref readonly var header = ref batch.Header;
        var isFollower = origin == AppendOrigin.Replication;
        if (isFollower) batch.Error = CheckAsFollower(log, batch, turn, epoch);
        else batch.Error = CheckAsLeader(log, batch);
        if (batch.Error != ErrorCode.None) return;

        TransactionMarker? marker = header.IsControl && header.HasProducerId && TransactionMarker.TryRead(batch.Bytes.Span, out var end)
            ? end : null;
        if (header.HasProducerId && !isFollower && !Admit(log, ref batch, marker, origin)) return;

        var baseOffset = isFollower ? header.BaseOffset.Value : turn.NextOffset;
        var lastOffset = baseOffset + header.LastOffsetDelta;
        if (SegmentRolling.IsDue(log, turn.Bytes, header, lastOffset))
        {
            Write(log, batches, turn);
            SegmentRolling.Roll(log, baseOffset);
        }

        if (!isFollower)
        {
            BatchHeader.SetBaseOffset(batch.Bytes.Span, new Offset(baseOffset));
            BatchHeader.SetPartitionLeaderEpoch(batch.Bytes.Span, epoch);
        }

        var completed = header.HasProducerId ? log.Producers.State.Apply(header, marker, baseOffset, turn.Undo) : null;
        turn.Add(batch.Bytes, new(index, baseOffset, lastOffset, isFollower ? header.PartitionLeaderEpoch : epoch, completed));
        batch.BaseOffset = new Offset(baseOffset);
        batch.LogAppendTime = header.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : BatchHeader.NoTimestamp;
    }

    private static ErrorCode CheckAsLeader(LogState log, in PendingBatch batch)
    {
        Invariant.That(batch.Bytes.Length == batch.Header.SizeInBytes && batch.Header.LastOffsetDelta >= 0);
        return batch.Header.SizeInBytes > log.Settings.SegmentBytes ? ErrorCode.RecordListTooLarge : ErrorCode.None;
    }

    /// <summary>A log that begins inside of a leader's batch (DeleteRecords moved the start there) takes it whole, and goes on serving from its start.</summary>
    private static ErrorCode CheckAsFollower(LogState log, in PendingBatch batch, AppendTurn turn, LeaderEpoch epoch)
    {
        var error = FollowerRules.Check(batch, turn, epoch);
        if (error != ErrorCode.OffsetOutOfRange || !log.IsEmpty || turn.Pieces.Count > 0 || batch.Header.LastOffset.Value < log.Start) return error;
        Truncation.LogTruncation.BeginBefore(log, batch.Header.BaseOffset.Value);
        turn.Restart(log.End);
        return FollowerRules.Check(batch, turn, epoch);
    }

    /// <summary>What producers' rules say: false where the batch has its answer already, an error or that it is a duplicate.</summary>
    private static bool Admit(LogState log, ref PendingBatch batch, TransactionMarker? marker, AppendOrigin origin)
    {
        if (log.Producers.Known is not { } producers) return true;
        if (origin == AppendOrigin.Client && producers.TryFindDuplicate(batch.Header, out var duplicate))
        {
            batch.IsDuplicate = true;
            batch.BaseOffset = new Offset(duplicate.FirstOffset);
            batch.LogAppendTime = duplicate.Timestamp;
            return false;
        }

        batch.Error = producers.Check(batch.Header, marker);
        return batch.Error == ErrorCode.None;
    }

    /// <summary>Writes what the turn has gathered, then lets readers see it.</summary>
    private static void Write(LogState log, Span<PendingBatch> batches, AppendTurn turn)
    {
        if (turn.Pieces.Count == 0) return;
        var segment = log.Active;
        var epochs = log.Epochs.Entries;
        int position;
        try
        {
            log.EnsureDirectory();
            log.MustSeal = true;
            if ((segment.Parts & SegmentParts.Log) == 0) log.Durability.NoteNewNames();
            segment.Write(turn.Pieces, turn.Bytes);
            position = Index(log, segment, batches, turn);
            log.Epochs.Save(log.Context, log.Folder, durable: false);
        }
        catch (IOException fault)
        {
            log.Epochs.Restore(epochs);
            TakeBack(log, segment, fault);
            throw;
        }

        segment.Publish(new(turn.NextOffset, position));
        log.AdvanceTo(turn.NextOffset);
        turn.Restart(turn.NextOffset);
    }

    /// <summary>Answers where the last batch ends.</summary>
    private static int Index(LogState log, Segment segment, Span<PendingBatch> batches, AppendTurn turn)
    {
        var position = segment.Bytes;
        foreach (ref readonly var accepted in CollectionsMarshal.AsSpan(turn.Batches))
        {
            ref readonly var header = ref batches[accepted.Index].Header;
            segment.Index(accepted.LastOffset, header.MaxTimestamp, position, header.SizeInBytes, log.Settings.IndexIntervalBytes);
            if (accepted.Completed is { IsAborted: true } aborted) segment.NoteAborted(aborted);
            if (accepted.LeaderEpoch > log.Epochs.Latest) log.Epochs.Assign(accepted.LeaderEpoch, new Offset(accepted.BaseOffset));
            position += header.SizeInBytes;
        }

        return position;
    }

    /// <summary>After a write that failed: whatever of it got through is cut off again. A disk that is merely full lets that happen; one that does not is
    /// broken, and then this is the fault that counts.</summary>
    private static void TakeBack(LogState log, Segment segment, IOException fault)
    {
        try
        {
            segment.TakeBack();
        }
        catch (IOException) when (!DiskFault.IsFull(fault))
        {
            // the directory goes offline with the first fault
        }
    }
}
