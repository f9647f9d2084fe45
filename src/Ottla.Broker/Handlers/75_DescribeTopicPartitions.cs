using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Broker.Security;
using Ottla.Metadata.Image;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DescribeTopicPartitions, key 75, version 0: topics with their partitions and eligible leader replicas, page by page
/// (KIP-966).</summary>
/// <remarks>Topics come in the order of their names; the cursor names the first partition of the next page. A page has at most
/// `max.request.partition.size.limit` partitions.
/// A partition without a leader is no error here, other than in Metadata: its leader is -1, and its replicas are listed as
/// offline.</remarks>
internal sealed class DescribeTopicPartitions(PublishedMetadata cluster, int partitionsMax)
    : IHandler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>
{
    public static VersionRange Versions => new(0, 0);

    public ValueTask<DescribeTopicPartitionsResponse?> Handle(DescribeTopicPartitionsRequest request, RequestContext context)
    {
        var image = cluster.Image;
        var asked = request.Topics.Count > 0;
        if (IsNoPage(request))
            return new(new DescribeTopicPartitionsResponse { Topics = [.. request.Topics.Select(topic => Refused(topic.Name))] });
        var names = asked ? request.Topics.Select(t => t.Name) : image.Topics.ByName.Keys;
        var from = request.Cursor?.TopicName ?? "";
        var response = new DescribeTopicPartitionsResponse();
        var left = Math.Clamp(request.ResponsePartitionLimit, 1, partitionsMax);
        foreach (var name in names.Distinct().Where(n => string.CompareOrdinal(n, from) >= 0).Order(StringComparer.Ordinal))
        {
            if (image.Topics.Find(name) is not { } topic)
            {
                if (asked) response.Topics.Add(Unknown(name));
                continue;
            }

            var first = request.Cursor is { } cursor && cursor.TopicName == name ? Math.Max(0, cursor.PartitionIndex) : 0;
            if (left == 0)
            {
                response.NextCursor = new() { TopicName = name, PartitionIndex = first };
                break;
            }

            var end = (int)Math.Min(topic.PartitionCount, (long)first + left);
            response.Topics.Add(Described(topic, image.Cluster, first, end));
            left -= Math.Max(0, end - first);
            if (end >= topic.PartitionCount) continue;
            response.NextCursor = new() { TopicName = name, PartitionIndex = end };
            break;
        }

        return new(response);
    }

    /// <summary>The cursor is no partition, or that of a topic which is not asked for.</summary>
    private static bool IsNoPage(DescribeTopicPartitionsRequest request) =>
        request.Cursor is { } cursor
        && (cursor.PartitionIndex < 0 || (request.Topics.Count > 0 && request.Topics.TrueForAll(topic => topic.Name != cursor.TopicName)));

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Refused(string name) =>
        new() { Name = name, ErrorCode = ErrorCode.InvalidRequest };

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Unknown(string name) => new()
    {
        Name = name,
        ErrorCode = TopicName.WhyInvalid(name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException,
    };

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Described(
        TopicImage topic, ClusterImage nodes, int first, int end)
    {
        var described = new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.Id,
            IsInternal = TopicNames.IsInternal(topic.Name),
            TopicAuthorizedOperations = AuthorizedOperations.Topic,
        };
        for (var number = first; number < end; number++)
        {
            if (topic.Partition(number) is not { } partition) continue;
            described.Partitions.Add(new()
            {
                PartitionIndex = number,
                LeaderId = partition.Leader,
                LeaderEpoch = partition.LeaderEpoch.Value,
                ReplicaNodes = [.. partition.Replicas],
                IsrNodes = [.. partition.Isr],
                EligibleLeaderReplicas = [.. partition.EligibleLeaderReplicas],
                LastKnownElr = [.. partition.LastKnownElr],
                OfflineReplicas = [.. partition.Replicas.Where(replica => !nodes.CanServe(partition, replica))],
            });
        }

        return described;
    }
}
