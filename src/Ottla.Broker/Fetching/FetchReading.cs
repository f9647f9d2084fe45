using System.Buffers;
using Ottla.Broker.Replication;
using Ottla.Log;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Fetching;

/// <summary>What a fetch finds at its partitions, within the bytes that the whole may take: all of them at first, then those again where
/// something happened.</summary>
/// <remarks>
/// Used by one request on one thread at a time. Ranges of files are held open until they are sent, or let go by <see cref="Drop"/>; while a
/// fetch waits it holds none, and remembers how much there was.
/// A follower's session has thousands of partitions of which a few have moved: what is as it was at the last look
/// (<see cref="QuietState"/>) is neither read nor described anew.
/// </remarks>
internal sealed class FetchReading(FetchPlan plan, FetchSource source, PartitionFinder finder, bool byId, int bytesMax, int bytesMin) : IDisposable
{
    /// <summary>From here on the table comes from the pool: it would be an object that only full collections free.</summary>
    private const int PooledFrom = 256;

    private readonly int _count = plan.Entries.Count;
    private Found[] _found = plan.Entries.Count < PooledFrom ? new Found[plan.Entries.Count] : ArrayPool<Found>.Shared.Rent(plan.Entries.Count);
    private long _bytes;
    private int _urgent;

    /// <summary>Whether anybody could come: a fetch that asks for nothing that is known here need not wait.</summary>
    public bool MayWait { get; private set; }

    /// <summary>Enough records, or something that the client has to know at once.</summary>
    public bool IsEnough => _urgent > 0 || _bytes >= bytesMin;

    private Span<Found> All => _found.AsSpan(0, _count);

    public void ReadAll()
    {
        All.Clear();
        for (var i = 0; i < _count; i++) Read(i);
    }

    /// <summary>Looks again where something happened.</summary>
    public void ReadAgain(List<int> indexes)
    {
        foreach (var index in indexes) Read(index);
    }

    /// <summary>Waits at the partitions; what came since they were read wakes the fetch at once.</summary>
    public void Await(FetchWaiter waiter)
    {
        for (var i = 0; i < _count; i++)
        {
            ref readonly var found = ref _found[i];
            if (found.Partition is not { } partition) continue;
            partition.Await(waiter, i, source.Signals);
            if (QuietState.Of(partition) != found.Seen) waiter.Wake(i);
        }
    }

    public void Forget(FetchWaiter waiter)
    {
        for (var i = 0; i < _count; i++) _found[i].Partition?.Forget(waiter, i);
    }

    /// <summary>Lets the files go; what they held is read again by <see cref="Complete"/>.</summary>
    public void Drop()
    {
        foreach (ref var found in All)
        {
            if (found.Answer?.Records.Source is not { } range) continue;
            range.Dispose();
            found.Answer.Records = Records.Empty;
            found.IsDropped = true;
        }
    }

    /// <summary>Reads what was let go, and gives the answers in the order of the plan; what is as it was has none.</summary>
    public IEnumerable<(FetchEntry Entry, FetchResponse.PartitionData Answer)> Complete()
    {
        for (var i = 0; i < _count; i++)
        {
            if (_found[i].IsDropped) Read(i);
        }

        for (var i = 0; i < _count; i++)
        {
            if (_found[i].Answer is { } answer) yield return (plan.Entries[i], answer);
        }
    }

    public void Dispose()
    {
        if (_count >= PooledFrom && _found.Length > 0) ArrayPool<Found>.Shared.Return(_found, clearArray: true);
        _found = [];
    }

    private void Read(int index)
    {
        ref var found = ref _found[index];
        var entry = plan.Entries[index];
        _bytes -= found.Bytes;
        if (found.IsUrgent) _urgent--;
        found.Answer?.Records.Source?.Dispose();
        // where it was read first it is waited for: a topic that is made anew meanwhile is another one
        var partition = found.IsRead ? found.Partition : finder.Find(entry.Key.Topic, entry.Key.TopicId, byId, entry.Key.Partition);
        var seen = new Found { IsRead = true, Partition = partition };
        if (partition is null)
        {
            seen.Answer = Failed(finder.WhyNot(entry.Key.Topic, entry.Key.TopicId, byId, entry.Key.Partition));
            // an unknown partition is told with the rest, but does not end the wait for it (or clients would ask without pause)
            seen.IsUrgent = seen.Answer.ErrorCode == ErrorCode.NotLeaderOrFollower;
        }
        else
        {
            // before it is read: what comes meanwhile is seen as another state
            seen.Seen = QuietState.Of(partition);
            if (found.IsRead || !IsQuiet(entry, partition))
            {
                seen.Answer = Read(entry, partition, seen.Seen, isFirst: !found.IsRead);
                seen.Seen = seen.Seen with { HighWatermark = seen.Answer.HighWatermark };
                seen.Bytes = seen.Answer.Records.Length;
                seen.IsUrgent = IsUrgent(entry, seen.Answer);
            }
        }

        MayWait |= partition is not null || seen.IsUrgent;
        if (seen.Answer is not null) seen.Answer.PartitionIndex = entry.Key.Partition;
        _bytes += seen.Bytes;
        if (seen.IsUrgent) _urgent++;
        found = seen;
    }

    private bool IsUrgent(FetchEntry entry, FetchResponse.PartitionData answer) =>
        answer.ErrorCode != ErrorCode.None || answer.DivergingEpoch.Epoch != -1 || answer.PreferredReadReplica != -1
        || (source.IsFollower && entry.LacksHighWatermark(answer.HighWatermark));

    /// <summary>Nothing has happened since the client of this session was told all that there was. A follower's coming is noted all the
    /// same: it keeps up.</summary>
    private bool IsQuiet(FetchEntry entry, Partition partition)
    {
        if (!plan.TellsNewsOnly || entry.Quiet.Registration is null || entry.Quiet != QuietState.Of(partition)) return false;
        if (!source.IsFollower) return true;
        return NoteFollower(entry, partition) == ErrorCode.None && entry.Quiet == QuietState.Of(partition);
    }

    private ErrorCode NoteFollower(FetchEntry entry, Partition partition) =>
        partition.NoteFollower(new FollowerFetch(source.Replica.Value, source.ReplicaEpoch, entry.FetchOffset, entry.LogStartOffset));

    private FetchResponse.PartitionData Read(FetchEntry entry, Partition partition, in QuietState before, bool isFirst)
    {
        var refusal = source.MayReadFollowers ? partition.CheckReplica(entry.CurrentLeaderEpoch) : partition.CheckLeader(entry.CurrentLeaderEpoch);
        if (refusal != ErrorCode.None) return Failed(byId && refusal == ErrorCode.UnknownTopicOrPartition ? ErrorCode.UnknownTopicId : refusal);
        if (partition.Log is not { } log) return Failed(ErrorCode.KafkaStorageError);
        var answer = new FetchResponse.PartitionData
        {
            HighWatermark = -1,
            AbortedTransactions = source.Isolation == FetchIsolation.Committed ? [] : null,
            Records = Records.Empty,
        };
        if (Diverges(entry, log, answer) is not ErrorCode.None and var unknown) return Failed(unknown);
        var diverges = answer.DivergingEpoch.Epoch != -1;
        if (!diverges && (entry.FetchOffset < log.LogStartOffset || entry.FetchOffset > log.LogEndOffset)) return Failed(ErrorCode.OffsetOutOfRange);
        if (!diverges && isFirst && source.IsFollower && NoteFollower(entry, partition) is not ErrorCode.None and var unwelcome) return Failed(unwelcome);

        var highWatermark = partition.HighWatermark;
        var stable = partition.LastStableOffset(log);
        answer.HighWatermark = highWatermark.Value.Value;
        answer.LastStableOffset = stable.Value.Value;
        answer.LogStartOffset = log.LogStartOffset.Value;
        if (diverges) return answer;
        if (source.Rack.Length > 0 && finder.PreferredReplica(partition, source.Rack, source.Listener, entry.FetchOffset) is { } nearer)
        {
            answer.PreferredReadReplica = nearer.Value;
            return answer;
        }

        var upTo = source.Isolation switch
        {
            FetchIsolation.LogEnd => log.LogEndOffset,
            FetchIsolation.HighWatermark => highWatermark.Value,
            _ => stable.Value,
        };
        if (entry.FetchOffset >= upTo)
        {
            // a consumer of a rack may be sent elsewhere when a follower has caught up, of which nothing here tells
            if (source.Rack.Length == 0) entry.Quiet = before with { HighWatermark = answer.HighWatermark };
            return answer;
        }

        if (source.IsFollower && finder.Throttle.HeldForMs(partition, finder.Self, source.Replica) > 0) return answer;
        try
        {
            var (maxBytes, atLeastOne) = (Math.Min(entry.MaxBytes, (int)Math.Max(0, bytesMax - _bytes)), _bytes == 0);
            var slice = source.Isolation switch
            {
                FetchIsolation.LogEnd => log.ReadToEnd(entry.FetchOffset, maxBytes, atLeastOne),
                FetchIsolation.HighWatermark => log.Read(entry.FetchOffset, maxBytes, highWatermark, atLeastOne),
                _ => log.Read(entry.FetchOffset, maxBytes, stable, atLeastOne),
            };
            if (slice.Error != ErrorCode.None) return Failed(slice.Error);
            if (slice.Records is not { } range) return answer;
            range.Owner = partition;
            answer.Records = new Records(range);
            if (source.IsFollower) finder.Throttle.Record(partition, finder.Self, range.Length);
            if (answer.AbortedTransactions is { } aborted)
            {
                foreach (var transaction in log.AbortedTransactions(slice.FirstOffset, slice.NextOffset))
                    aborted.Add(new() { ProducerId = transaction.ProducerId.Value, FirstOffset = transaction.FirstOffset.Value });
            }

            return answer;
        }
        catch (IOException fault)
        {
            return Failed(partition.Failed(log, fault, "reading"));
        }
    }

    /// <summary>The client's last record is of an epoch that ended before it here: it has to cut its log first (KIP-595). Where the epoch
    /// is one that nobody can place it is OFFSET_OUT_OF_RANGE, so that it finds its place anew.</summary>
    private static ErrorCode Diverges(FetchEntry entry, PartitionLog log, FetchResponse.PartitionData answer)
    {
        if (entry.LastFetchedEpoch == LeaderEpoch.None) return ErrorCode.None;
        var (epoch, end) = log.EndOffsetFor(entry.LastFetchedEpoch);
        if (epoch == LeaderEpoch.None || entry.FetchOffset < log.LogStartOffset) return ErrorCode.OffsetOutOfRange;
        if (epoch >= entry.LastFetchedEpoch && end >= entry.FetchOffset) return ErrorCode.None;
        answer.DivergingEpoch.Epoch = epoch.Value;
        answer.DivergingEpoch.EndOffset = end.Value;
        return ErrorCode.None;
    }

    private static FetchResponse.PartitionData Failed(ErrorCode error) => new()
    {
        ErrorCode = error,
        HighWatermark = -1,
        Records = Records.Empty,
    };

    /// <summary>What was found at one partition, and of which moment.</summary>
    private struct Found
    {
        public bool IsRead;
        public Partition? Partition;
        public QuietState Seen;
        public FetchResponse.PartitionData? Answer;
        public int Bytes;
        public bool IsUrgent;
        public bool IsDropped;
    }
}
