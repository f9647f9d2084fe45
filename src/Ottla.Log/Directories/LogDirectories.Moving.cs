using System.Buffers;
using System.Collections.Concurrent;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Log.Directories;

/// <content>Moving a log to another directory of the same node (AlterReplicaLogDirs, KIP-113).</content>
/// <remarks>
/// A copy grows beside the log in a `-future` directory, batch by batch as on a follower, while the log is written on. Once it has
/// caught up, the last records are copied with the writer kept
/// out, the copy gets the final name, and only then the original is renamed to `-delete`. A crash in between leaves the log twice: the
/// start keeps one.
/// </remarks>
public sealed partial class LogDirectories
{
    /// <summary>Read and written at once: large enough for a disk, small enough to hold a writer up for a few ms.</summary>
    private const int CopyBytes = 1 << 20;

    /// <summary>Records that may be missing when the writer is kept out for the rest.</summary>
    private const int LastCopyBytesMax = 4 * CopyBytes;

    private readonly ConcurrentDictionary<TopicPartition, HostedLog> _moving = new();
    private long _copyAllowance;
    private long _copyAllowanceAtMs;

    /// <summary>Hears of each log that lies in another directory now, on the upkeep's thread: the controller is to be told
    /// (AssignReplicasToDirs).</summary>
    public Action<HostedLog>? OnMoved { get; set; }

    /// <summary>Begins to move a log; the upkeep does the work. Moving it to where it is ends a move that is under way.</summary>
    /// <returns>REPLICA_NOT_AVAILABLE: no such log. LOG_DIR_NOT_FOUND: no such directory. KAFKA_STORAGE_ERROR: it is offline or
    /// refuses.</returns>
    public ErrorCode BeginMove(TopicPartition partition, string path)
    {
        if (FindDirectory(path) is not { } to) return ErrorCode.LogDirNotFound;
        if (!to.IsOnline || IsOffline(partition)) return ErrorCode.KafkaStorageError;
        lock (_changing)
        {
            if (Find(partition) is not { } hosted) return ErrorCode.ReplicaNotAvailable;
            if (hosted.Future?.Directory == to) return ErrorCode.None;
            lock (hosted.Writer)
            {
                EndMove(hosted);
                if (hosted.Directory == to) return ErrorCode.None;
                return BeginMove(hosted, to);
            }
        }
    }

    private ErrorCode BeginMove(HostedLog hosted, LogDirectory to)
    {
        try
        {
            var log = hosted.Log;
            if (_context.Files.DirectoryExists(to.File(DirectoryName.Current(log.Partition)))) return ErrorCode.KafkaStorageError;
            var path = to.File(DirectoryName.Format(log.Partition, DirectoryKind.Future, _random));
            var future = PartitionLog.Create(to.Context, path, log.Partition, log.TopicId, log.Settings);
            if (log.LogStartOffset > Offset.Zero) future.TruncateFully(log.LogStartOffset);
            to.NoteCreated(path);
            to.CountPartition(+1);
            hosted.Future = new LogPlace(future, to);
            _moving[hosted.Partition] = hosted;
            return ErrorCode.None;
        }
        catch (IOException fault)
        {
            return to.Report(fault, $"copying {hosted.Partition}");
        }
    }

    private void EndMove(HostedLog hosted)
    {
        if (hosted.Future is not { } future) return;
        hosted.Future = null;
        future.Directory.CountPartition(-1);
        PutAside(future, DirectoryKind.Deleted);
    }

    /// <summary>Copies for a while. True where there is more to copy and no limit says to wait.</summary>
    private bool CopyMoves(long msMax)
    {
        if (_moving.IsEmpty) return false;
        var begun = _context.Time.GetTimestamp();
        var more = false;
        foreach (var (partition, hosted) in _moving)
        {
            if (hosted.Future is null)
            {
                _moving.TryRemove(KeyValuePair.Create(partition, hosted));
                continue;
            }

            do
            {
                more = CopySome(hosted);
                if (_context.Time.GetElapsedTime(begun).TotalMilliseconds >= msMax) return more;
            }
            while (more);
        }

        return more;
    }

    /// <summary>Copies a piece, or ends the move. True where there is more.</summary>
    private bool CopySome(HostedLog hosted)
    {
        if (hosted.Future is not { } future || !MayCopy()) return false;
        var left = hosted.Log.LogEndOffset - future.Log.LogEndOffset;
        if (left > 0 && hosted.Log.SizeInBytes - future.Log.SizeInBytes > LastCopyBytesMax)
            return CopyPiece(hosted.Place, future) > 0;
        Swap(hosted, future);
        return false;
    }

    private bool MayCopy()
    {
        if (_options.MoveBytesPerSecondMax == long.MaxValue) return true;
        const int msPerSecond = 1000;
        var now = _context.NowMs;
        var earned = (now - _copyAllowanceAtMs) * (_options.MoveBytesPerSecondMax / (double)msPerSecond);
        _copyAllowance = (long)Math.Min(_options.MoveBytesPerSecondMax, _copyAllowance + earned);
        _copyAllowanceAtMs = now;
        return _copyAllowance > 0;
    }

    /// <summary>Takes the writer's lock: the end stands still, the copy reaches it and takes the log's place.</summary>
    private void Swap(HostedLog hosted, LogPlace future)
    {
        lock (_changing)
        {
            lock (hosted.Writer)
            {
                var old = hosted.Place;
                if (hosted.Future != future || Find(hosted.Partition) != hosted) return;
                while (CopyPiece(old, future) > 0)
                {
                }

                if (future.Log.LogEndOffset != old.Log.LogEndOffset || !TakePlace(hosted, future)) return;
                old.Directory.NoteGone(hosted.Partition);
                old.Directory.CountPartition(-1);
                var from = old.Log.Directory;
                PutAside(old, DirectoryKind.Deleted);
                DirectoryMessages.Moved(_context.Logger, hosted.Partition.ToString(), from, future.Log.Directory, future.Log.SizeInBytes);
            }
        }

        OnMoved?.Invoke(hosted);
    }

    /// <summary>The copy is durable before it gets the name, and the name before the original loses it.</summary>
    private bool TakePlace(HostedLog hosted, LogPlace future) => Try(future.Directory, $"moving {hosted.Partition}", to =>
    {
        if (future.Log.LatestEpoch < hosted.Log.LatestEpoch) future.Log.AssignEpoch(hosted.Log.LatestEpoch);
        future.Log.Configure(hosted.Log.Settings);
        future.Log.Flush();
        to.NoteCreated(future.Log.Directory);
        FlushNames(to);
        future.Log.RenameTo(to.File(DirectoryName.Current(hosted.Partition)));
        _context.Files.FlushDirectory(to.Path);
        hosted.MoveTo(future);
        hosted.Future = null;
        WriteCheckpoints(to);
    });

    /// <summary>Bytes copied; 0 where the copy has all there is, or one of the disks refused.</summary>
    private int CopyPiece(LogPlace from, LogPlace to)
    {
        LogSlice slice = default;
        if (!Try(to.Directory, $"copying {from.Log.Partition}", _ => Align(from.Log, to.Log))) return 0;
        void Read(LogDirectory _) => slice = from.Log.Read(to.Log.LogEndOffset, CopyBytes, from.Log.LogEndOffset, atLeastOneBatch: true);
        if (!Try(from.Directory, $"reading {from.Log.Partition}", Read)) return 0;
        if (slice.Records is not { } records) return 0;
        var buffer = ArrayPool<byte>.Shared.Rent(records.Length);
        try
        {
            var length = 0;
            using (records)
            {
                if (!Try(from.Directory, $"reading {from.Log.Partition}", _ => length = records.ReadInto(buffer))) return 0;
            }

            var batches = BatchesOf(buffer.AsMemory(0, length));
            if (!Try(to.Directory, $"copying {from.Log.Partition}", _ => to.Log.AppendAsFollower(batches))) return 0;
            _copyAllowance -= length;
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
        if (copy.LogEndOffset < log.LogStartOffset) copy.TruncateFully(log.LogStartOffset);
        else if (copy.LogStartOffset < log.LogStartOffset) copy.DeleteRecords(log.LogStartOffset);
    }

    private static PendingBatch[] BatchesOf(Memory<byte> bytes)
    {
        var batches = new List<PendingBatch>();
        while (bytes.Length >= BatchHeader.Size)
        {
            if (!BatchHeader.TryRead(bytes.Span, out var header) || header.SizeInBytes > bytes.Length)
                throw new IOException("The log holds what is no batch; it can't be copied");
            batches.Add(new PendingBatch(bytes[..header.SizeInBytes], header));
            bytes = bytes[header.SizeInBytes..];
        }

        return [.. batches];
    }
}
