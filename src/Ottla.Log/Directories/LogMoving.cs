using System.Buffers;
using System.Collections.Concurrent;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Directories;

/// <summary>Moves logs to another directory of the same node (AlterReplicaLogDirs, KIP-113).</summary>
/// <remarks>
/// A copy grows beside the log in a `-future` directory, batch by batch as on a follower, while the log is written on. Once it has caught up, the last
/// records are copied with the writer kept out, the copy gets the final name, and only then the original is renamed to `-delete`. A crash in between leaves
/// the log twice: the start keeps one.
/// </remarks>
internal sealed class LogMoving(HostedDirectories hosted, DirectoryCheckpoints checkpoints)
{
    /// <summary>Read and written at once: large enough for a disk, small enough to hold a writer up for a few ms.</summary>
    private const int CopyBytes = 1 << 20;

    /// <summary>Records that may be missing when the writer is kept out for the rest.</summary>
    private const int LastCopyBytesMax = 4 * CopyBytes;

    private readonly ConcurrentDictionary<TopicPartition, HostedLog> _moving = new();
    private long _bytesPerSecondMax = long.MaxValue;
    private long _copyAllowance;
    private long _copyAllowanceAtMs = hosted.Context.NowMs;

    /// <summary>Of all copies together; any thread changes it.</summary>
    public long BytesPerSecondMax
    {
        get => Volatile.Read(ref _bytesPerSecondMax);
        set => Volatile.Write(ref _bytesPerSecondMax, value);
    }

    /// <summary>Hears of each log that lies in another directory now, on the upkeep's thread.</summary>
    public Action<HostedLog>? OnMoved { get; set; }

    public ErrorCode Begin(TopicPartition partition, LogDirectory to)
    {
        lock (hosted.Changing)
        {
            if (hosted.Logs.Find(partition) is not { } log) return ErrorCode.ReplicaNotAvailable;
            if (log.Future?.Directory == to) return ErrorCode.None;
            lock (log.Writer) End(log);
            return log.Directory == to ? ErrorCode.None : Begin(log, to);
        }
    }

    /// <summary>A copy that was under way when the node stopped.</summary>
    public void GoOn(HostedLog log) => _moving[log.Partition] = log;

    /// <summary>The copy is made outside of the writer's lock: nobody appends to it yet, and it may need an fsync.</summary>
    private ErrorCode Begin(HostedLog moved, LogDirectory to)
    {
        try
        {
            var log = moved.Log;
            if (hosted.Context.Files.DirectoryExists(to.File(DirectoryName.Current(log.Partition)))) return ErrorCode.KafkaStorageError;
            var path = to.File(hosted.NewName(log.Partition, DirectoryKind.Future));
            var future = PartitionLog.Create(to.Context, path, log.Partition, log.TopicId, log.Settings);
            if (log.LogStartOffset > Offset.Zero) future.TruncateFullyAndStartAt(log.LogStartOffset);
            to.NoteCreated(path);
            to.CountPartition(+1);
            lock (moved.Writer) moved.Future = new LogPlace(future, to);
            _moving[moved.Partition] = moved;
            return ErrorCode.None;
        }
        catch (IOException fault)
        {
            return to.Report(fault, $"copying {moved.Partition}");
        }
    }

    /// <summary>Under the writer's lock: a move that is under way is given up.</summary>
    public void End(HostedLog moved)
    {
        if (moved.Future is not { } future) return;
        moved.Future = null;
        future.Directory.CountPartition(-1);
        hosted.PutAside(future, DirectoryKind.Deleted);
    }

    /// <summary>Copies for a while. True where there is more to copy and no limit says to wait.</summary>
    public bool CopySome(long msMax)
    {
        if (_moving.IsEmpty) return false;
        var begun = hosted.Context.Time.GetTimestamp();
        var more = false;
        foreach (var (partition, moved) in _moving)
        {
            if (moved.Future is null)
            {
                _moving.TryRemove(KeyValuePair.Create(partition, moved));
                continue;
            }

            do
            {
                more = Copy(moved);
                if (hosted.Context.Time.GetElapsedTime(begun).TotalMilliseconds >= msMax) return more;
            }
            while (more);
        }

        return more;
    }

    /// <summary>Copies a piece, or ends the move. True where there is more.</summary>
    private bool Copy(HostedLog moved)
    {
        if (moved.Future is not { } future || !MayCopy()) return false;
        var left = moved.Log.LogEndOffset - future.Log.LogEndOffset;
        if (left > 0 && moved.Log.SizeInBytes - future.Log.SizeInBytes > LastCopyBytesMax)
            return CopyPiece(moved.Place, future) > 0;

        // what is copied already is flushed before the writer is kept out
        HostedDirectories.Try(future.Directory, $"flushing the copy of {moved.Partition}", _ => future.Log.Flush());
        Swap(moved, future);
        return false;
    }

    private bool MayCopy()
    {
        if (BytesPerSecondMax == long.MaxValue) return true;
        const int msPerSecond = 1000;
        var now = hosted.Context.NowMs;
        var earned = (now - _copyAllowanceAtMs) * (BytesPerSecondMax / (double)msPerSecond);
        _copyAllowance = (long)Math.Min(BytesPerSecondMax, _copyAllowance + earned);
        _copyAllowanceAtMs = now;
        return _copyAllowance > 0;
    }

    /// <summary>Takes the writer's lock: the end stands still, the copy reaches it and takes the log's place.</summary>
    private void Swap(HostedLog moved, LogPlace future)
    {
        lock (hosted.Changing)
        {
            lock (moved.Writer)
            {
                var old = moved.Place;
                if (moved.Future != future || hosted.Logs.Find(moved.Partition) != moved) return;
                while (CopyPiece(old, future) > 0)
                {
                }

                if (future.Log.LogEndOffset != old.Log.LogEndOffset || !TakePlace(moved, future)) return;
                old.Directory.NoteGone(moved.Partition);
                old.Directory.CountPartition(-1);
                var from = old.Log.Directory;
                hosted.PutAside(old, DirectoryKind.Deleted);
                DirectoryMessages.Moved(hosted.Context.Logger, moved.Partition.ToString(), from, future.Log.Directory, future.Log.SizeInBytes);
            }
        }

        OnMoved?.Invoke(moved);
    }

    /// <summary>The copy is durable before it gets the name, and the name before the original loses it.</summary>
    private bool TakePlace(HostedLog moved, LogPlace future) => HostedDirectories.Try(future.Directory, $"moving {moved.Partition}", to =>
    {
        if (future.Log.LatestEpoch < moved.Log.LatestEpoch) future.Log.AssignEpoch(moved.Log.LatestEpoch);
        future.Log.Configure(moved.Log.Settings);
        future.Log.Flush();
        to.NoteCreated(future.Log.Directory);
        checkpoints.FlushNames(to);
        future.Log.RenameTo(to.File(DirectoryName.Current(moved.Partition)));
        hosted.Context.Files.FlushDirectory(to.Path);
        moved.MoveTo(future);
        moved.Future = null;
        checkpoints.Write(to);
    });

    /// <summary>Bytes copied; 0 where the copy has all there is, or one of the disks refused.</summary>
    private int CopyPiece(LogPlace from, LogPlace to)
    {
        LogSlice slice = default;
        if (!HostedDirectories.Try(to.Directory, $"copying {from.Log.Partition}", _ => Align(from.Log, to.Log))) return 0;
        void Read(LogDirectory _) => slice = from.Log.ReadToEnd(to.Log.LogEndOffset, CopyBytes, atLeastOneBatch: true);
        if (!HostedDirectories.Try(from.Directory, $"reading {from.Log.Partition}", Read)) return 0;
        if (slice.Error == ErrorCode.CorruptMessage) GiveUp(from, to, to.Log.LogEndOffset);
        if (slice.Records is not { } records) return 0;
        var buffer = ArrayPool<byte>.Shared.Rent(records.Length);
        try
        {
            var length = 0;
            using (records)
            {
                if (!HostedDirectories.Try(from.Directory, $"reading {from.Log.Partition}", _ => length = records.ReadInto(buffer))) return 0;
            }

            if (BatchesOf(buffer.AsMemory(0, length)) is not { } batches)
            {
                GiveUp(from, to, slice.FirstOffset);
                return 0;
            }

            if (!HostedDirectories.Try(to.Directory, $"copying {from.Log.Partition}", _ => to.Log.AppendAsFollower(batches, from.Log.LatestEpoch))) return 0;
            _copyAllowance -= length;
            if (Array.Exists(batches, b => b.Error == ErrorCode.CorruptMessage)) GiveUp(from, to, to.Log.LogEndOffset);
            return Array.Exists(batches, b => b.Error == ErrorCode.None) ? length : 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The log may have lost its end (a follower was truncated) or its start meanwhile; the copy loses the same.</summary>
    private static void Align(PartitionLog log, PartitionLog copy)
    {
        var (_, end) = log.EndOffsetFor(copy.LatestEpoch);
        if (end != Offset.None && end < copy.LogEndOffset) copy.TruncateTo(end);
        if (copy.LogEndOffset > log.LogEndOffset) copy.TruncateTo(log.LogEndOffset);
        if (copy.LogEndOffset < log.LogStartOffset) copy.TruncateFullyAndStartAt(log.LogStartOffset);
        else if (copy.LogStartOffset < log.LogStartOffset) copy.DeleteRecords(log.LogStartOffset);
    }

    /// <summary>A log that holds what is no batch stays where it is.</summary>
    private void GiveUp(LogPlace from, LogPlace to, Offset at)
    {
        DirectoryMessages.MoveGivenUp(hosted.Context.Logger, from.Log.Partition.ToString(), to.Directory.Path, at.Value, from.Log.Directory);
        if (hosted.Logs.Find(from.Log.Partition) is { } moved && moved.Future == to)
        {
            lock (moved.Writer) End(moved);
        }
    }

    /// <summary>Null where there is something else among them.</summary>
    private static PendingBatch[]? BatchesOf(Memory<byte> bytes)
    {
        var batches = new List<PendingBatch>();
        while (!bytes.IsEmpty)
        {
            if (!BatchHeader.TryRead(bytes.Span, out var header) || header.SizeInBytes > bytes.Length) return null;
            batches.Add(new PendingBatch(bytes[..header.SizeInBytes], header));
            bytes = bytes[header.SizeInBytes..];
        }

        return [.. batches];
    }
}
