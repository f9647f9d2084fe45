using Ottla.Broker.Replication;
using Ottla.Log;
using Ottla.Metadata.Image;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Fetching;

/// <summary>What a fetch finds at its partitions, within the bytes that the whole may take: all of them at first, then those again where
/// something happened.</summary>
/// <remarks>
/// Used by one request on one thread at a time. Ranges of files are held open until they are sent, or let go by <see cref="Drop"/>; while a
/// fetch waits it holds none, and remembers how much there was.
/// </remarks>
internal sealed class FetchReading(FetchPlan plan, FetchSource source, PartitionFinder finder, bool byId, int bytesMax, int bytesMin)
{
    private readonly Found[] _found = new Found[plan.Entries.Count];
    private long _bytes;
    private int _urgent;

    /// <summary>Whether anybody could come: a fetch that asks for nothing that is known here need not wait.</summary>
    public bool MayWait { get; private set; }

    /// <summary>Enough records, or something that the client has to know at once.</summary>
    public bool IsEnough => _urgent > 0 || _bytes >= bytesMin;

    public void ReadAll()
    {
        for (var i = 0; i < _found.Length; i++) Read(i);
    }

    /// <summary>Looks again where something happened.</summary>
    public void ReadAgain(List<int> indexes)
    {
        foreach (var index in indexes) Read(index);
    }

    /// <summary>Waits at the partitions; what came since they were read wakes the fetch at once.</summary>
    public void Await(FetchWaiter waiter)
    {
        for (var i = 0; i < _found.Length; i++)
        {
            ref readonly var found = ref _found[i];
            if (found.Partition is not { } partition) continue;
            partition.Await(waiter, i, source.Signals);
            if (partition.Registration != found.Registration || partition.HighWatermark.Value.Value != found.Answer.HighWatermark
                || LogEndOf(partition) != found.LogEnd) waiter.Wake(i);
        }
    }

    public void Forget(FetchWaiter waiter)
    {
        for (var i = 0; i < _found.Length; i++) _found[i].Partition?.Forget(waiter, i);
    }

    /// <summary>Lets the files go; what they held is read again by <see cref="Complete"/>.</summary>
    public void Drop()
    {
        foreach (ref var found in _found.AsSpan())
        {
            if (found.Answer.Records.Source is not { } range) continue;
            range.Dispose();
            found.Answer.Records = Records.Empty;
            found.IsDropped = true;
        }
    }

    /// <summary>Reads what was let go, and gives every partition's answer in the order of the plan.</summary>
    public IEnumerable<(FetchEntry Entry, FetchResponse.PartitionData Answer)> Complete()
    {
        for (var i = 0; i < _found.Length; i++)
        {
            if (_found[i].IsDropped) Read(i);
        }

        for (var i = 0; i < _found.Length; i++) yield return (plan.Entries[i], _found[i].Answer);
    }

    private void Read(int index)
    {
        ref var found = ref _found[index];
        var entry = plan.Entries[index];
        _bytes -= found.Bytes;
        if (found.IsUrgent) _urgent--;
        found.Answer?.Records.Source?.Dispose();
        // where it was read first it is waited for: a topic that is made anew meanwhile is another one
        var partition = found.Partition ?? (found.Answer is null ? finder.Find(entry.Key.Topic, entry.Key.TopicId, byId, entry.Key.Partition) : null);
        var seen = new Found { Partition = partition, Registration = partition?.Registration };
        if (partition is null)
        {
            seen.Answer = Failed(finder.WhyNot(entry.Key.Topic, entry.Key.TopicId, byId, entry.Key.Partition));
            // an unknown partition is told with the rest, but does not end the wait for it (or clients would ask without pause)
            seen.IsUrgent = seen.Answer.ErrorCode == ErrorCode.NotLeaderOrFollower;
        }
        else
        {
            seen.LogEnd = LogEndOf(partition);
            seen.Answer = Read(entry, partition, isFirst: found.Answer is null);
            seen.Bytes = seen.Answer.Records.Length;
            seen.IsUrgent = seen.Answer.ErrorCode != ErrorCode.None || seen.Answer.DivergingEpoch.Epoch != -1 || seen.Answer.PreferredReadReplica != -1
                || (source.IsFollower && entry.LacksHighWatermark(seen.Answer.HighWatermark));
        }

        MayWait |= partition is not null || seen.IsUrgent;
        seen.Answer.PartitionIndex = entry.Key.Partition;
        _bytes += seen.Bytes;
        if (seen.IsUrgent) _urgent++;
        found = seen;
    }

    private FetchResponse.PartitionData Read(FetchEntry entry, Partition partition, bool isFirst)
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
        if (!diverges && isFirst && source.IsFollower)
        {
            var fetch = new FollowerFetch(source.Replica.Value, source.ReplicaEpoch, entry.FetchOffset, entry.LogStartOffset);
            if (partition.NoteFollower(fetch) is not ErrorCode.None and var unwelcome) return Failed(unwelcome);
        }

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

    /// <summary>The client's last record is of an epoch that ended before it here: it has to cut its log first (KIP-595). Where the epoch is
    /// one that nobody can place it is OFFSET_OUT_OF_RANGE, so that it finds its place anew.</summary>
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

    private static Offset LogEndOf(Partition partition) => partition.Log?.LogEndOffset ?? Offset.None;

    private static FetchResponse.PartitionData Failed(ErrorCode error) => new()
    {
        ErrorCode = error,
        HighWatermark = -1,
        Records = Records.Empty,
    };

    /// <summary>What was found at one partition, and of which moment.</summary>
    private struct Found
    {
        public Partition? Partition;
        public PartitionRegistration? Registration;
        public Offset LogEnd;
        public FetchResponse.PartitionData Answer;
        public int Bytes;
        public bool IsUrgent;
        public bool IsDropped;
    }
}
