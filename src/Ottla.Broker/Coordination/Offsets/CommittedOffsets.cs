using Ottla.Broker.Coordination.Classic;
using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Offsets;

/// <summary>OffsetCommit and OffsetDelete over the groups of one shard; fetching and expiry stand in files of their own.</summary>
/// <remarks>
/// Owned by the shard's loop. A request changes nothing: it decides on records and an answer; <see cref="OffsetStore"/> changes when they
/// are replayed. A commit to a group that nobody knows, by somebody who is no member, makes a group that holds offsets only; that too comes
/// with the replay.
/// </remarks>
internal sealed partial class CommittedOffsets(GroupTable table, ClassicGroups classic)
{
    public OffsetStore Store { get; } = new();

    public void Replay(Offset record, ProducerId producer, OffsetCommitKey key, OffsetCommitValue? value)
    {
        if (value is not null && !table.All.ContainsKey(key.Group)) table.Put(new ClassicGroup(key.Group, value.CommitTimestamp));
        Store.Replay(record, producer, key, value);
    }

    public void Commit(OffsetCommitRequest request, short version, Reply<OffsetCommitResponse> reply, Decision decision)
    {
        CommitVerdict? verdict = null;
        var response = new OffsetCommitResponse { Topics = new(request.Topics.Count) };
        foreach (var topic in request.Topics)
        {
            if (topic.Partitions.Count == 0) continue;
            var (error, known) = Resolve(topic.Name, topic.TopicId, version >= 10);
            var answer = new OffsetCommitResponse.OffsetCommitResponseTopic
            {
                Name = topic.Name,
                TopicId = topic.TopicId,
                Partitions = new(topic.Partitions.Count),
            };
            foreach (var partition in topic.Partitions)
            {
                var partitionError = error;
                if (known is not null)
                {
                    partitionError = partition.PartitionIndex < 0 || partition.PartitionIndex >= known.Partitions
                        ? ErrorCode.UnknownTopicOrPartition
                        : CommitPartition(request, verdict ??= Validate(request, version, decision), known, partition, decision);
                }
                answer.Partitions.Add(new() { PartitionIndex = partition.PartitionIndex, ErrorCode = partitionError });
            }
            response.Topics.Add(answer);
        }
        decision.Answer(reply, response);
    }

    private CommitVerdict Validate(OffsetCommitRequest request, short version, Decision decision)
    {
        if (!table.TryGet<Group>(request.GroupId, out var group))
        {
            if (request.GenerationIdOrMemberEpoch < 0) return CommitVerdict.Taken;
            return version >= 9 ? ErrorCode.GroupIdNotFound : ErrorCode.IllegalGeneration;
        }
        var verdict = group.ValidateOffsetCommit(request.MemberId, request.GroupInstanceId, request.GenerationIdOrMemberEpoch, version);
        if (verdict.Error == ErrorCode.None && group is ClassicGroup ofMembers) classic.Committed(ofMembers, request.MemberId, decision);
        return verdict;
    }

    private ErrorCode CommitPartition(OffsetCommitRequest request, CommitVerdict verdict, TopicInfo topic,
        OffsetCommitRequest.OffsetCommitRequestPartition partition, Decision decision)
    {
        if (verdict.Error != ErrorCode.None) return verdict.Error;
        if (partition.CommittedMetadata is { } metadata && metadata.Length > table.Settings.OffsetMetadataMax)
            return ErrorCode.OffsetMetadataTooLarge;
        var error = verdict.OfPartition?.Invoke(topic.Id, partition.PartitionIndex) ?? ErrorCode.None;
        if (error != ErrorCode.None) return error;
        decision.Append(new GroupRecord(
            new OffsetCommitKey { Group = request.GroupId, Topic = topic.Name, Partition = partition.PartitionIndex },
            new OffsetCommitValue
            {
                Offset = partition.CommittedOffset,
                LeaderEpoch = partition.CommittedLeaderEpoch,
                Metadata = partition.CommittedMetadata ?? "",
                CommitTimestamp = decision.NowMs,
                ExpireTimestamp = request.RetentionTimeMs < 0 ? -1 : decision.NowMs + request.RetentionTimeMs,
                TopicId = topic.Id,
            }));
        return ErrorCode.None;
    }

    public void Delete(OffsetDeleteRequest request, Reply<OffsetDeleteResponse> reply, Decision decision)
    {
        var error = table.TryGet<Group>(request.GroupId, out var group) ? group.ValidateOffsetDelete() : ErrorCode.GroupIdNotFound;
        if (error != ErrorCode.None)
        {
            decision.Answer(reply, new OffsetDeleteResponse { ErrorCode = error });
            return;
        }
        var response = new OffsetDeleteResponse();
        foreach (var topic in request.Topics)
        {
            table.Topics.TryGet(topic.Name, out var known);
            var topicError = known is null ? ErrorCode.UnknownTopicOrPartition
                : group!.IsSubscribedTo(topic.Name) ? ErrorCode.GroupSubscribedToTopic
                : ErrorCode.None;
            var answer = new OffsetDeleteResponse.OffsetDeleteResponseTopic { Name = topic.Name, Partitions = new(topic.Partitions.Count) };
            foreach (var partition in topic.Partitions)
            {
                var at = partition.PartitionIndex;
                var partitionError = at < 0 || at >= known?.Partitions ? ErrorCode.UnknownTopicOrPartition : topicError;
                answer.Partitions.Add(new() { PartitionIndex = at, ErrorCode = partitionError });
                var isThere = Store.Find(request.GroupId, topic.Name, at) is not null || Store.HasOpen(request.GroupId, topic.Name, at);
                if (partitionError == ErrorCode.None && isThere) decision.Append(Tombstone(request.GroupId, topic.Name, at));
            }
            response.Topics.Add(answer);
        }
        decision.Answer(reply, response);
    }

    /// <summary>Deletes all that the group has committed, open transactions included.</summary>
    public void AppendTombstones(string group, Decision decision)
    {
        HashSet<(string Topic, int Partition)> partitions = [];
        foreach (var (topic, commitments) in Store.OfGroup(group))
        {
            foreach (var partition in commitments.Keys) partitions.Add((topic, partition));
        }
        foreach (var open in Store.Open(group)) partitions.Add((open.Topic, open.Partition));
        foreach (var (topic, partition) in partitions) decision.Append(Tombstone(group, topic, partition));
    }

    public static GroupRecord Tombstone(string group, string topic, int partition) =>
        new(new OffsetCommitKey { Group = group, Topic = topic, Partition = partition }, null);

    private (ErrorCode Error, TopicInfo? Topic) Resolve(string name, Uuid id, bool byId)
    {
        if (byId) return table.Topics.TryGet(id, out var named) ? (ErrorCode.None, named) : (ErrorCode.UnknownTopicId, null);
        return table.Topics.TryGet(name, out var topic) ? (ErrorCode.None, topic) : (ErrorCode.UnknownTopicOrPartition, null);
    }
}
