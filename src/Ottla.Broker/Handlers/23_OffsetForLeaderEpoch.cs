using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>OffsetForLeaderEpoch, key 23, versions 2 to 4: where an epoch ended, so that a client finds out whether its log was truncated
/// (KIP-320).</summary>
/// <remarks>v3: who asks; followers ask too, where an answer to their fetch could not say it. v4: flexible. Only the leader answers. An
/// epoch that is not known gives epoch and offset -1.</remarks>
internal sealed class OffsetForLeaderEpoch(PartitionFinder finder) : IHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    public static VersionRange Versions => new(2, 4);

    public ValueTask<OffsetForLeaderEpochResponse?> Handle(OffsetForLeaderEpochRequest request, RequestContext context)
    {
        var response = new OffsetForLeaderEpochResponse();
        foreach (var topic in request.Topics)
        {
            var answers = new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult { Topic = topic.Topic };
            foreach (var asked in topic.Partitions) answers.Partitions.Add(Find(topic.Topic, asked));
            response.Topics.Add(answers);
        }

        return new(response);
    }

    private OffsetForLeaderEpochResponse.EpochEndOffset Find(string topic, OffsetForLeaderEpochRequest.OffsetForLeaderPartition asked)
    {
        var answer = new OffsetForLeaderEpochResponse.EpochEndOffset { Partition = asked.Partition };
        var partition = finder.Find(topic, asked.Partition);
        answer.ErrorCode = partition?.CheckLeader(new(asked.CurrentLeaderEpoch)) ?? finder.WhyNot(topic, asked.Partition);
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
