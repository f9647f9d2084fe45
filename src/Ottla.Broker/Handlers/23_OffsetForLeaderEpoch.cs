using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>OffsetForLeaderEpoch, key 23, versions 2 to 4: where an epoch ended, so that a client finds out whether its log was truncated
/// (KIP-320).</summary>
/// <remarks>v3: who asks. v4: flexible. An epoch that is not known gives epoch and offset -1.</remarks>
internal sealed class OffsetForLeaderEpoch(Partitions partitions) : IHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    public static VersionRange Versions => new(2, 4);

    public ValueTask<OffsetForLeaderEpochResponse?> Handle(OffsetForLeaderEpochRequest request, RequestContext context)
    {
        var response = new OffsetForLeaderEpochResponse();
        foreach (var topic in request.Topics)
        {
            var hosted = partitions.Find(topic.Topic);
            var answers = new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult { Topic = topic.Topic };
            foreach (var asked in topic.Partitions) answers.Partitions.Add(Find(hosted?.Find(asked.Partition), asked));
            response.Topics.Add(answers);
        }

        return new(response);
    }

    private static OffsetForLeaderEpochResponse.EpochEndOffset Find(Partition? partition, OffsetForLeaderEpochRequest.OffsetForLeaderPartition asked)
    {
        var answer = new OffsetForLeaderEpochResponse.EpochEndOffset { Partition = asked.Partition };
        answer.ErrorCode = partition?.CheckLeader(new(asked.CurrentLeaderEpoch)) ?? ErrorCode.UnknownTopicOrPartition;
        if (answer.ErrorCode != ErrorCode.None) return answer;
        if (partition!.Log is not { } log)
        {
            answer.ErrorCode = ErrorCode.KafkaStorageError;
            return answer;
        }

        var (epoch, end) = log.EndOffsetFor(new(asked.LeaderEpoch));
        answer.LeaderEpoch = epoch.Value;
        answer.EndOffset = end.Value;
        return answer;
    }
}
