using Ottla.Broker.Coordination.Groups;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Offsets;

internal sealed partial class CommittedOffsets
{
    /// <summary>
    /// What one group has committed. A group that nobody knows has committed nothing, which is no error. <paramref name="stable"/>: a
    /// partition with a commitment in an open transaction answers UNSTABLE_OFFSET_COMMIT (KIP-447).
    /// </summary>
    public OffsetFetchResponse.OffsetFetchResponseGroup Fetch(OffsetFetchRequest.OffsetFetchRequestGroup request, bool stable, short version)
    {
        var response = new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = request.GroupId };
        if (table.TryGet<Group>(request.GroupId, out var group))
        {
            response.ErrorCode = group.ValidateOffsetFetch(request.MemberId, request.MemberEpoch);
            if (response.ErrorCode != ErrorCode.None) return response;
        }
        if (request.Topics is null) FetchAll(request.GroupId, stable, version, response);
        else FetchSome(request, stable, version, response);
        return response;
    }

    private void FetchAll(string groupId, bool stable, short version, OffsetFetchResponse.OffsetFetchResponseGroup response)
    {
        var names = Store.OfGroup(groupId).Keys.Union(Store.Open(groupId).Select(static o => o.Topic));
        foreach (var name in names)
        {
            table.Topics.TryGet(name, out var topic);
            if (version >= 10 && topic is null) continue;
            var partitions = Store.OfGroup(groupId).GetValueOrDefault(name)?.Keys ?? Enumerable.Empty<int>();
            var open = stable ? Store.Open(groupId).Where(o => o.Topic == name).Select(static o => o.Partition) : [];
            var answer = new OffsetFetchResponse.OffsetFetchResponseTopics
            {
                Name = name,
                TopicId = topic?.Id ?? Uuid.Zero,
                Partitions = [.. partitions.Union(open).Select(p => FetchPartition(groupId, name, Uuid.Zero, p, stable))],
            };
            if (answer.Partitions.Count > 0) response.Topics.Add(answer);
        }
    }

    private void FetchSome(OffsetFetchRequest.OffsetFetchRequestGroup request, bool stable, short version,
        OffsetFetchResponse.OffsetFetchResponseGroup response)
    {
        foreach (var asked in request.Topics!)
        {
            var name = asked.Name;
            var error = ErrorCode.None;
            if (version >= 10)
            {
                if (table.Topics.TryGet(asked.TopicId, out var topic)) name = topic.Name;
                else error = ErrorCode.UnknownTopicId;
            }
            response.Topics.Add(new OffsetFetchResponse.OffsetFetchResponseTopics
            {
                Name = asked.Name,
                TopicId = asked.TopicId,
                Partitions =
                [
                    .. asked.PartitionIndexes.Select(p => error == ErrorCode.None
                        ? FetchPartition(request.GroupId, name, asked.TopicId, p, stable)
                        : Nothing(p, error)),
                ],
            });
        }
    }

    private OffsetFetchResponse.OffsetFetchResponsePartitions FetchPartition(string group, string topic, Uuid topicId, int partition, bool stable)
    {
        if (stable && Store.HasOpen(group, topic, partition)) return Nothing(partition, ErrorCode.UnstableOffsetCommit);
        var commitment = Store.Find(group, topic, partition);
        // a topic of that name that is gone meanwhile
        var ofAnother = commitment is not null && !topicId.IsZero && !commitment.TopicId.IsZero && commitment.TopicId != topicId;
        if (commitment is null || ofAnother) return Nothing(partition, ErrorCode.None);
        return new OffsetFetchResponse.OffsetFetchResponsePartitions
        {
            PartitionIndex = partition,
            CommittedOffset = commitment.Offset.Value,
            CommittedLeaderEpoch = commitment.LeaderEpoch.Value,
            Metadata = commitment.Metadata,
        };
    }

    private static OffsetFetchResponse.OffsetFetchResponsePartitions Nothing(int partition, ErrorCode error) =>
        new() { PartitionIndex = partition, CommittedOffset = -1, CommittedLeaderEpoch = -1, Metadata = "", ErrorCode = error };
}
