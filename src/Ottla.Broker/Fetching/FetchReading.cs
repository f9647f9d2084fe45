using Ottla.Broker.Replication;
using Ottla.Log;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Fetching;

/// <summary>Up to where a fetch may read.</summary>
internal enum FetchIsolation
{
    /// <summary>A follower: all that is in the log.</summary>
    LogEnd,

    /// <summary>A consumer: below the high watermark.</summary>
    HighWatermark,

    /// <summary>A consumer of committed records: below the last stable offset (KIP-98).</summary>
    Committed,
}

internal static class FetchIsolations
{
    private const sbyte ReadCommitted = 1;

    public static FetchIsolation Of(FetchRequest request)
    {
        var replica = request.ReplicaState.ReplicaId != -1 ? request.ReplicaState.ReplicaId : request.ReplicaId;
        if (replica >= 0) return FetchIsolation.LogEnd;
        return request.IsolationLevel == ReadCommitted ? FetchIsolation.Committed : FetchIsolation.HighWatermark;
    }
}

/// <summary>One pass over the partitions of a fetch: what each has now, within the bytes that the whole may take.</summary>
/// <remarks>Holds ranges of files open until they are sent or dropped (<see cref="Drop"/>). Used by one request on one thread at a
/// time.</remarks>
internal sealed class FetchReading(int bytesMax, int bytesMin, FetchIsolation isolation)
{
    private int _left = bytesMax;
    private long _bytes;
    private bool _mustAnswer;

    public List<(FetchEntry Entry, FetchResponse.PartitionData Answer)> Answers { get; } = [];

    /// <summary>Enough records, or something that the client has to know at once.</summary>
    public bool IsEnough => _mustAnswer || _bytes >= bytesMin;

    public void Take(FetchEntry entry, Partition? partition)
    {
        var answer = Read(entry, partition);
        answer.PartitionIndex = entry.Key.Partition;
        _mustAnswer |= answer.ErrorCode != ErrorCode.None || answer.DivergingEpoch.Epoch != -1;
        _bytes += answer.Records.Length;
        _left = Math.Max(0, _left - answer.Records.Length);
        Answers.Add((entry, answer));
    }

    /// <summary>Gives the ranges back that will not be sent.</summary>
    public void Drop()
    {
        foreach (var (_, answer) in Answers) answer.Records.Source?.Dispose();
        Answers.Clear();
    }

    private FetchResponse.PartitionData Read(FetchEntry entry, Partition? partition)
    {
        if (partition is null) return Failed(entry.Key.TopicId.IsZero ? ErrorCode.UnknownTopicOrPartition : ErrorCode.UnknownTopicId);
        if (partition.CheckLeader(entry.CurrentLeaderEpoch) is not ErrorCode.None and var refusal) return Failed(refusal);
        if (partition.Log is not { } log) return Failed(ErrorCode.KafkaStorageError);
        var stable = partition.LastStableOffset(log).Value;
        var answer = new FetchResponse.PartitionData
        {
            HighWatermark = partition.HighWatermark.Value.Value,
            LastStableOffset = stable.Value,
            LogStartOffset = log.LogStartOffset.Value,
            AbortedTransactions = isolation == FetchIsolation.Committed ? [] : null,
            Records = Records.Empty,
        };
        if (Diverges(entry, log, answer)) return answer;
        var upTo = isolation switch
        {
            FetchIsolation.LogEnd => log.LogEndOffset,
            FetchIsolation.HighWatermark => partition.HighWatermark.Value,
            _ => stable,
        };
        return Read(entry, partition, log, upTo, answer);
    }

    private FetchResponse.PartitionData Read(FetchEntry entry, Partition partition, PartitionLog log, Offset upTo, FetchResponse.PartitionData answer)
    {
        try
        {
            var slice = log.Read(entry.FetchOffset, Math.Min(entry.MaxBytes, _left), upTo, atLeastOneBatch: _bytes == 0);
            if (slice.Error != ErrorCode.None) return Failed(slice.Error);
            if (slice.Records is not { } range) return answer;
            answer.Records = new Records(range);
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

    /// <summary>The client's last record is of an epoch that ended before it here: it has to cut its log first (KIP-595).</summary>
    private static bool Diverges(FetchEntry entry, PartitionLog log, FetchResponse.PartitionData answer)
    {
        if (entry.LastFetchedEpoch == LeaderEpoch.None) return false;
        var (epoch, end) = log.EndOffsetFor(entry.LastFetchedEpoch);
        if (epoch == LeaderEpoch.None || (epoch >= entry.LastFetchedEpoch && end >= entry.FetchOffset)) return false;
        answer.DivergingEpoch.Epoch = epoch.Value;
        answer.DivergingEpoch.EndOffset = end.Value;
        return true;
    }

    private static FetchResponse.PartitionData Failed(ErrorCode error) => new()
    {
        ErrorCode = error,
        HighWatermark = -1,
        Records = Records.Empty,
    };
}
