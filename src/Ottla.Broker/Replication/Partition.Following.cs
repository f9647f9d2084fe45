using System.Runtime.InteropServices;
using Ottla.Broker.Fetching;
using Ottla.Broker.Replication.Following;
using Ottla.Log;
using Ottla.Log.Directories;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <content>What a follower's log does as its leader says. Each order names the leader epoch that it was given in and is refused in any
/// other.</content>
internal sealed partial class Partition
{
    /// <summary>Where the log stands for one who is about to follow in that epoch; null where this broker has no log, leads, or is of
    /// another epoch.</summary>
    public FollowerPosition? PositionIn(LeaderEpoch epoch)
    {
        if (_hosted is not { } hosted) return null;
        lock (hosted.Writer) return Follows(epoch) && Log is { } log ? PositionOf(hosted, log) : null;
    }

    /// <summary>Does what a fetcher's brain ordered.</summary>
    /// <param name="order">What, in which epoch.</param>
    /// <param name="room">For the batches of an append: as many at a time as there is room for; the caller's, empty before and
    /// after.</param>
    public FollowerOutcome Obey(in FollowerOrder order, PendingBatch[] room)
    {
        if (_hosted is not { } hosted) return new(ErrorCode.NotLeaderOrFollower, default);
        FollowerOutcome outcome;
        HighWatermark before;
        lock (hosted.Writer)
        {
            if (Log is not { } log) return new(ErrorCode.KafkaStorageError, default);
            if (!Follows(order.Epoch)) return new(ErrorCode.NotLeaderOrFollower, PositionOf(hosted, log));
            before = HighWatermark;
            var error = ErrorCode.None;
            try
            {
                error = Obey(order, hosted, log, room);
            }
            catch (IOException fault)
            {
                error = Failed(log, fault, "following its leader");
                // a disk that is only full has room again some time
                if (hosted.Directory.IsOnline) error = ErrorCode.UnknownServerError;
            }

            outcome = new(error, PositionOf(hosted, log));
        }

        if (order.Action != FollowerAction.Append || outcome.Position.HighWatermark != before.Value) _fetches.Wake(FetchSignal.Both);
        return outcome;
    }

    /// <summary>Puts what was appended on the disk where flush.messages asks for it; null where it does not. A disk that refuses is told to
    /// its directory, and to the next order.</summary>
    public Task? FlushIfDue() => _hosted is { } hosted && Log is { IsFlushDue: true } ? context.Flushes.Flush(hosted.Place) : null;

    private bool Follows(LeaderEpoch epoch) => _registration is { } registration && registration.LeaderEpoch == epoch && !IsLeader;

    /// <summary>Under the writer's lock. A truncation that the disk broke off may have left the end anywhere.</summary>
    private static FollowerPosition PositionOf(HostedLog hosted, PartitionLog log)
    {
        if (hosted.HighWatermark > log.LogEndOffset) hosted.HighWatermark = log.LogEndOffset;
        return new(log.LogEndOffset, log.LatestEpoch, log.LogStartOffset, hosted.HighWatermark);
    }

    private static ErrorCode Obey(in FollowerOrder order, HostedLog hosted, PartitionLog log, PendingBatch[] room)
    {
        switch (order.Action)
        {
            case FollowerAction.TruncateToEpoch:
                // what we have of that epoch beyond the leader's end of it goes; if we have nothing of it, all that is later
                var (epoch, end) = log.EndOffsetFor(order.DivergingEpoch);
                var to = epoch == LeaderEpoch.None ? order.At : epoch == order.DivergingEpoch ? Offset.Min(end, order.At) : end;
                Truncate(hosted, log, to);
                return ErrorCode.None;
            case FollowerAction.TruncateTo:
                Truncate(hosted, log, order.At);
                return ErrorCode.None;
            case FollowerAction.StartAnew:
                log.TruncateFullyAndStartAt(order.At);
                hosted.HighWatermark = order.At;
                return ErrorCode.None;
            default:
                var error = AppendAsFollower(log, order, room);
                FollowLeader(hosted, log, order);
                return error;
        }
    }

    private static void Truncate(HostedLog hosted, PartitionLog log, Offset to)
    {
        // lowered first: nobody may read as committed what is being cut
        if (hosted.HighWatermark > to) hosted.HighWatermark = to;
        log.TruncateTo(to);
        if (hosted.HighWatermark > log.LogEndOffset) hosted.HighWatermark = log.LogEndOffset;
    }

    /// <summary>Takes the leader's batches as they came. Bytes of a batch that did not fit into the answer are left: the next one begins
    /// there.</summary>
    private static ErrorCode AppendAsFollower(PartitionLog log, in FollowerOrder order, PendingBatch[] room)
    {
        var records = order.Records;
        while (records.Length > 0)
        {
            var (count, bytes) = Cut(records, room);
            if (count == 0) return records.Length < order.Records.Length ? ErrorCode.None : ErrorCode.CorruptMessage;
            var batches = room.AsSpan(0, count);
            try
            {
                log.AppendAsFollower(batches, order.Epoch);
                foreach (ref readonly var batch in batches)
                {
                    if (batch.Error != ErrorCode.None) return batch.Error;
                }
            }
            finally
            {
                // they hold on to the leader's answer
                batches.Clear();
            }

            records = records[bytes..];
        }

        return ErrorCode.None;
    }

    private static (int Count, int Bytes) Cut(ReadOnlyMemory<byte> records, PendingBatch[] room)
    {
        var reader = new BatchReader(records.Span);
        var count = 0;
        while (count < room.Length && reader.Next())
        {
            // the frame is ours, and a follower patches nothing
            room[count++] = new PendingBatch(MemoryMarshal.AsMemory(records[reader.CurrentPosition..reader.Position]), reader.Header);
        }

        return (count, reader.Position);
    }

    /// <summary>The leader's high watermark counts as far as the log goes, and never back; its log start is followed up to there.</summary>
    private static void FollowLeader(HostedLog hosted, PartitionLog log, in FollowerOrder order)
    {
        var highWatermark = Offset.Max(hosted.HighWatermark, Offset.Min(order.HighWatermark, log.LogEndOffset));
        hosted.HighWatermark = highWatermark;
        var start = Offset.Min(order.LogStart, highWatermark);
        if (start <= log.LogStartOffset) return;
        log.DeleteRecords(start);
        hosted.Directory.HasNewLogStarts = true;
    }
}
