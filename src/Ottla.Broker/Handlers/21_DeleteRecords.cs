using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DeleteRecords, key 21, versions 0 to 2: moves the start of partitions up to an offset (KIP-107).</summary>
/// <remarks>-1 is "all that can be read". Topics that are only compacted refuse it (POLICY_VIOLATION), as does a broker for its own topics.
/// v2: flexible.</remarks>
internal sealed class DeleteRecords(Partitions partitions) : IHandler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    public static VersionRange Versions => new(0, 2);

    public ValueTask<DeleteRecordsResponse?> Handle(DeleteRecordsRequest request, RequestContext context)
    {
        var response = new DeleteRecordsResponse();
        foreach (var topic in request.Topics)
        {
            var hosted = partitions.Find(topic.Name);
            var answers = new DeleteRecordsResponse.DeleteRecordsTopicResult { Name = topic.Name };
            foreach (var asked in topic.Partitions)
            {
                var error = Delete(hosted, asked, out var lowWatermark);
                answers.Partitions.Add(new() { PartitionIndex = asked.PartitionIndex, ErrorCode = error, LowWatermark = lowWatermark.Value });
            }

            response.Topics.Add(answers);
        }

        return new(response);
    }

    private static ErrorCode Delete(HostedTopic? topic, DeleteRecordsRequest.DeleteRecordsPartition asked, out Offset lowWatermark)
    {
        lowWatermark = Offset.None;
        if (topic?.Find(asked.PartitionIndex) is not { } partition) return ErrorCode.UnknownTopicOrPartition;
        if (TopicNames.IsInternal(topic.Name)) return ErrorCode.InvalidTopicException;
        return topic.Policy.IsCompactedOnly ? ErrorCode.PolicyViolation : partition.DeleteRecords(asked.Offset, out lowWatermark);
    }
}
