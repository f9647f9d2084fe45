using Ottla.Client.Clusters;
using Ottla.Client.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming.Groups;

/// <summary>What names a member to its coordinator. Generation -1 and an empty id stand for somebody who is no member.</summary>
internal readonly record struct MemberIdentity(string MemberId, int Generation, string? InstanceId)
{
    public static readonly MemberIdentity None = new("", -1, null);
}

/// <summary>Commits a group's offsets and asks for them. Errors that may pass are thrown as such; the caller retries.</summary>
internal sealed class GroupOffsets(Coordinator coordinator, string groupId)
{
    private const int FirstVersionWithGroups = 8;

    /// <exception cref="BrokerException">A partition's commit was refused.</exception>
    public async Task Commit(IReadOnlyDictionary<TopicPartition, Offset> offsets, MemberIdentity member, CancellationToken cancellation)
    {
        if (offsets.Count == 0) return;
        var connection = await coordinator.Connect(cancellation).ConfigureAwait(false);
        var request = new OffsetCommitRequest
        {
            GroupId = groupId,
            MemberId = member.MemberId,
            GenerationIdOrMemberEpoch = member.Generation,
            GroupInstanceId = member.InstanceId,
            Topics = [.. offsets.GroupBy(o => o.Key.Topic).Select(topic => new OffsetCommitRequest.OffsetCommitRequestTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(o => new OffsetCommitRequest.OffsetCommitRequestPartition
                {
                    PartitionIndex = o.Key.Partition,
                    CommittedOffset = o.Value.Value,
                    CommittedMetadata = "",
                })],
            })],
        };
        var answer = await connection.Ask(Apis.OffsetCommit, request, cancellation).ConfigureAwait(false);
        foreach (var topic in answer.Topics)
        {
            foreach (var p in topic.Partitions)
            {
                coordinator.Heed(p.ErrorCode);
                BrokerException.ThrowIf(p.ErrorCode,
                    $"Offset commit failed on partition {topic.Name}-{p.PartitionIndex}: {p.ErrorCode.ProtocolName()}");
            }
        }
    }

    /// <summary>Committed offsets; partitions without one are left out.</summary>
    /// <exception cref="BrokerException">The coordinator, or one partition, answered an error.</exception>
    public async Task<Dictionary<TopicPartition,
        Offset>> Committed(IReadOnlyCollection<TopicPartition> partitions, bool stable, CancellationToken cancellation)
    {
        var connection = await coordinator.Connect(cancellation).ConfigureAwait(false);
        var batched = connection.VersionOf(Apis.OffsetFetch) >= FirstVersionWithGroups;
        var answer = await connection.Ask(Apis.OffsetFetch, Request(partitions, stable, batched), cancellation).ConfigureAwait(false);
        var offsets = new Dictionary<TopicPartition, Offset>();
        if (batched)
        {
            var group = answer.Groups.Count > 0 ? answer.Groups[0]
                : throw new BrokerException(ErrorCode.UnknownServerError, "The answer leaves the group out");
            Check(group.ErrorCode);
            foreach (var topic in group.Topics)
            {
                foreach (var p in topic.Partitions) Take(topic.Name, p.PartitionIndex, p.CommittedOffset, p.ErrorCode);
            }
        }
        else
        {
            Check(answer.ErrorCode);
            foreach (var topic in answer.Topics)
            {
                foreach (var p in topic.Partitions) Take(topic.Name, p.PartitionIndex, p.CommittedOffset, p.ErrorCode);
            }
        }

        return offsets;

        void Take(string topic, int partition, long offset, ErrorCode error)
        {
            Check(error);
            if (offset >= 0) offsets[new TopicPartition(topic, partition)] = new Offset(offset);
        }
    }

    private OffsetFetchRequest Request(IReadOnlyCollection<TopicPartition> partitions, bool stable, bool batched)
    {
        var topics = partitions.GroupBy(p => p.Topic);
        if (!batched)
        {
            return new OffsetFetchRequest
            {
                GroupId = groupId,
                Topics = [.. topics.Select(t =>
                    new OffsetFetchRequest.OffsetFetchRequestTopic { Name = t.Key, PartitionIndexes = [.. t.Select(p => p.Partition)] })],
            };
        }

        return new OffsetFetchRequest
        {
            RequireStable = stable,
            Groups =
            [
                new OffsetFetchRequest.OffsetFetchRequestGroup
                {
                    GroupId = groupId,
                    Topics = [.. topics.Select(t => new OffsetFetchRequest.OffsetFetchRequestTopics { Name = t.Key,
                        PartitionIndexes = [.. t.Select(p => p.Partition)] })],
                },
            ],
        };
    }

    private void Check(ErrorCode error)
    {
        coordinator.Heed(error);
        BrokerException.ThrowIf(error);
    }
}
