using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Log;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>ListOffsets, key 2, versions 1 to 11: the offset of a moment in each partition.</summary>
/// <remarks>
/// A timestamp of 0 and more: the first record that is not older. -1 latest, -2 earliest, -3 the record with the largest timestamp (v7,
/// KIP-734), -4 earliest in local storage (v8, KIP-405), -5 the last in remote storage (v9, KIP-1005), -6 the earliest that is not yet
/// copied there (v11, KIP-1023).
/// Only the leader answers, and not before it knows what is committed: until then OFFSET_NOT_AVAILABLE (v5, KIP-207).
/// v2: isolation level; the latest offset is then the last stable one. v4: leader epochs (KIP-320). v6: flexible. v10: a time-out for
/// remote look-ups, of which there are none here:
/// without tiered storage local storage is all there is, and nothing is remote.
/// </remarks>
internal sealed class ListOffsets(PartitionFinder finder) : IHandler<ListOffsetsRequest, ListOffsetsResponse>
{
    private const long Latest = -1;
    private const long Earliest = -2;
    private const long MaxTimestamp = -3;
    private const long EarliestLocal = -4;
    private const long LatestTiered = -5;
    private const long EarliestPendingUpload = -6;
    private const sbyte ReadCommitted = 1;
    private const int Consumer = -1;

    public static VersionRange Versions => new(1, 11);

    public ValueTask<ListOffsetsResponse?> Handle(ListOffsetsRequest request, RequestContext context)
    {
        var response = new ListOffsetsResponse();
        foreach (var topic in request.Topics)
        {
            var answers = new ListOffsetsResponse.ListOffsetsTopicResponse { Name = topic.Name };
            var repeated = Repeated(topic);
            foreach (var asked in topic.Partitions)
            {
                var answer = repeated.Contains(asked.PartitionIndex)
                    ? Failed(ErrorCode.InvalidRequest)
                    : Find(topic.Name, asked, request, context.ApiVersion);
                answer.PartitionIndex = asked.PartitionIndex;
                answers.Partitions.Add(answer);
            }

            response.Topics.Add(answers);
        }

        return new(response);
    }

    /// <summary>Partitions that are asked for more than once: each of them is refused.</summary>
    private static HashSet<int> Repeated(ListOffsetsRequest.ListOffsetsTopic topic)
    {
        var (seen, repeated) = (new HashSet<int>(), new HashSet<int>());
        foreach (var asked in topic.Partitions)
        {
            if (!seen.Add(asked.PartitionIndex)) repeated.Add(asked.PartitionIndex);
        }

        return repeated;
    }

    private ListOffsetsResponse.ListOffsetsPartitionResponse Find(
        string topic, ListOffsetsRequest.ListOffsetsPartition asked, ListOffsetsRequest request, short version)
    {
        if (finder.Find(topic, asked.PartitionIndex) is not { } partition) return Failed(finder.WhyNot(topic, asked.PartitionIndex));
        if (partition.CheckLeader(new(asked.CurrentLeaderEpoch)) is not ErrorCode.None and var refusal) return Failed(refusal);
        if (partition.Log is not { } log) return Failed(ErrorCode.KafkaStorageError);
        if (!IsKnown(asked.Timestamp, version)) return Failed(ErrorCode.UnsupportedVersion);
        try
        {
            // followers, and those who look into a broken cluster with -2, see the whole log
            var readable = request.ReplicaId != Consumer ? log.LogEndOffset
                : request.IsolationLevel == ReadCommitted ? partition.LastStableOffset(log).Value
                : partition.HighWatermark.Value;
            var knows = request.ReplicaId != Consumer || partition.KnowsHighWatermark;
            var answer = Find(partition, log, asked.Timestamp, readable);
            // KIP-207: what lies between the high watermark and the start of this leader's epoch may be committed; the next answer knows
            var isSearch = asked.Timestamp is >= 0 or MaxTimestamp;
            if (!knows && (asked.Timestamp == Latest || (isSearch && answer.Offset == Offset.None.Value)))
                return Failed(version >= 5 ? ErrorCode.OffsetNotAvailable : ErrorCode.LeaderNotAvailable);
            if (version < 4) answer.LeaderEpoch = LeaderEpoch.None.Value;
            return answer;
        }
        catch (IOException fault)
        {
            return Failed(partition.Failed(log, fault, "looking up a timestamp"));
        }
        catch (CorruptBatchException)
        {
            return Failed(ErrorCode.CorruptMessage);
        }
    }

    private static ListOffsetsResponse.ListOffsetsPartitionResponse Find(Partition partition, PartitionLog log, long timestamp, Offset readable)
    {
        switch (timestamp)
        {
            case Latest:
                return Found(readable, -1, partition.LeaderEpoch);
            case Earliest or EarliestLocal:
                return Found(log.LogStartOffset, -1, log.EpochAt(log.LogStartOffset));
            case LatestTiered or EarliestPendingUpload:
                return Found(Offset.None, -1, LeaderEpoch.None);
            default:
                var found = timestamp == MaxTimestamp ? log.MaxTimestampOffset() : log.OffsetForTimestamp(timestamp);
                return found is { } at && at.Offset < readable ? Found(at.Offset, at.TimestampMs, at.LeaderEpoch) : Found(Offset.None, -1, LeaderEpoch.None);
        }
    }

    private static bool IsKnown(long timestamp, short version) => timestamp switch
    {
        >= Earliest => true,
        MaxTimestamp => version >= 7,
        EarliestLocal => version >= 8,
        LatestTiered => version >= 9,
        EarliestPendingUpload => version >= 11,
        _ => false,
    };

    private static ListOffsetsResponse.ListOffsetsPartitionResponse Found(Offset offset, long timestamp, LeaderEpoch epoch) =>
        new() { Offset = offset.Value, Timestamp = timestamp, LeaderEpoch = epoch.Value };

    private static ListOffsetsResponse.ListOffsetsPartitionResponse Failed(ErrorCode error) => new() { ErrorCode = error };
}
