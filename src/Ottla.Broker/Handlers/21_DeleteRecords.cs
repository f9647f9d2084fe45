using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DeleteRecords, key 21, versions 0 to 2: moves the start of partitions up to an offset (KIP-107).</summary>
/// <remarks>-1 is "all that can be read". Topics that are only compacted refuse it (POLICY_VIOLATION), as does a broker for its own topics.
/// The answer comes when the start of every living replica has moved, or with REQUEST_TIMED_OUT after the request's time. v2:
/// flexible.</remarks>
internal sealed class DeleteRecords(PartitionFinder finder, TimeProvider time) : IHandler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    public static VersionRange Versions => new(0, 2);

    public ValueTask<DeleteRecordsResponse?> Handle(DeleteRecordsRequest request, RequestContext context)
    {
        var response = new DeleteRecordsResponse();
        var pending = new List<Pending>();
        foreach (var topic in request.Topics)
        {
            var answers = new DeleteRecordsResponse.DeleteRecordsTopicResult { Name = topic.Name };
            foreach (var asked in topic.Partitions) answers.Partitions.Add(Delete(topic.Name, asked, pending));
            response.Topics.Add(answers);
        }

        return pending.Count == 0 ? new(response) : Later(response, pending, CommitDeadline.Of(request.TimeoutMs, time, context.Ending));
    }

    private static async ValueTask<DeleteRecordsResponse?> Later(DeleteRecordsResponse response, List<Pending> pending, CommitDeadline deadline)
    {
        using (deadline)
        {
            foreach (var (partition, done, answer) in pending)
            {
                answer.ErrorCode = await deadline.Within(done).ConfigureAwait(false);
                answer.LowWatermark = answer.ErrorCode == ErrorCode.None ? partition.LowWatermark.Value : -1;
            }
        }

        return response;
    }

    private DeleteRecordsResponse.DeleteRecordsPartitionResult Delete(string topic, DeleteRecordsRequest.DeleteRecordsPartition asked, List<Pending> pending)
    {
        var answer = new DeleteRecordsResponse.DeleteRecordsPartitionResult { PartitionIndex = asked.PartitionIndex, LowWatermark = -1 };
        if (finder.Find(topic, asked.PartitionIndex) is not { } partition) answer.ErrorCode = finder.WhyNot(topic, asked.PartitionIndex);
        else if (TopicNames.IsInternal(topic)) answer.ErrorCode = ErrorCode.InvalidTopicException;
        else if (partition.Topic.Policy.IsCompactedOnly) answer.ErrorCode = ErrorCode.PolicyViolation;
        else
        {
            answer.ErrorCode = partition.DeleteRecords(asked.Offset, out var start, out var everywhere);
            answer.LowWatermark = start.Value;
            if (answer.ErrorCode == ErrorCode.None && !everywhere.IsCompleted) pending.Add(new(partition, everywhere, answer));
        }

        return answer;
    }

    private readonly record struct Pending(Partition Partition, Task<ErrorCode> Done, DeleteRecordsResponse.DeleteRecordsPartitionResult Answer);
}
