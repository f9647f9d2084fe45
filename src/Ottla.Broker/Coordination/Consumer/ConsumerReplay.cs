using System.Diagnostics.CodeAnalysis;
using Ottla.Broker.Coordination.Classic;
using Ottla.Broker.Coordination.Groups;
using Ottla.Protocol.CoordinatorRecords;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>Turns records of consumer groups into state: after a restart and after each append. Owned by the shard's loop.</summary>
/// <remarks>
/// A compacted log may hold a member's assignment before the member, or what is left of a group that is gone: the first makes the member,
/// the second is passed over, as are tombstones of what nobody knows.
/// </remarks>
internal sealed class ConsumerReplay(GroupTable table)
{
    public void Epoch(ConsumerGroupMetadataKey key, ConsumerGroupMetadataValue? value)
    {
        if (value is null)
        {
            if (table.TryGet<ConsumerGroup>(key.GroupId, out _)) table.Remove(key.GroupId);
            return;
        }
        if (!TryGetOrMake(key.GroupId, out var group)) return;
        group.Epoch = value.Epoch;
        group.MetadataHash = value.MetadataHash;
    }

    public void Member(ConsumerGroupMemberMetadataKey key, ConsumerGroupMemberMetadataValue? value)
    {
        if (value is null)
        {
            if (table.TryGet<ConsumerGroup>(key.GroupId, out var known)) known.Remove(key.MemberId);
            return;
        }
        if (!TryGetOrMake(key.GroupId, out var group)) return;
        group.Put((group.Member(key.MemberId) ?? new ConsumerMember(key.MemberId)) with
        {
            InstanceId = value.InstanceId,
            RackId = value.RackId,
            ClientId = value.ClientId,
            ClientHost = value.ClientHost,
            Topics = [.. value.SubscribedTopicNames.Distinct().Order(StringComparer.Ordinal)],
            Regex = value.SubscribedTopicRegex ?? "",
            RebalanceTimeoutMs = value.RebalanceTimeoutMs,
            ServerAssignor = value.ServerAssignor,
            Classic = Classic(value.ClassicMemberMetadata),
        });
    }

    public void TargetEpoch(ConsumerGroupTargetAssignmentMetadataKey key, ConsumerGroupTargetAssignmentMetadataValue? value)
    {
        if (value is null || !TryGetOrMake(key.GroupId, out var group)) return;
        group.AssignmentEpoch = value.AssignmentEpoch;
        group.AssignmentTimestampMs = value.AssignmentTimestamp;
    }

    public void Target(ConsumerGroupTargetAssignmentMemberKey key, ConsumerGroupTargetAssignmentMemberValue? value)
    {
        if (value is null)
        {
            if (table.TryGet<ConsumerGroup>(key.GroupId, out var known)) known.Target.Remove(key.MemberId);
            return;
        }
        if (!TryGetOrMake(key.GroupId, out var group)) return;
        group.Target[key.MemberId] =
            [.. value.TopicPartitions.SelectMany(static t => t.Partitions.Select(p => new TopicIdPartition(t.TopicId, p)))];
    }

    public void Current(ConsumerGroupCurrentMemberAssignmentKey key, ConsumerGroupCurrentMemberAssignmentValue? value)
    {
        if (value is null)
        {
            if (!table.TryGet<ConsumerGroup>(key.GroupId, out var known) || known.Member(key.MemberId) is not { } left) return;
            known.Put(left with
            {
                Epoch = ConsumerMember.LeaveEpoch,
                PreviousEpoch = ConsumerMember.LeaveEpoch,
                State = MemberState.Stable,
                Assigned = ConsumerMember.None,
                PendingRevocation = ConsumerMember.None,
            });
            return;
        }
        if (!TryGetOrMake(key.GroupId, out var group)) return;
        group.Put((group.Member(key.MemberId) ?? new ConsumerMember(key.MemberId)) with
        {
            Epoch = value.MemberEpoch,
            PreviousEpoch = value.PreviousMemberEpoch,
            State = value.State is >= 0 and <= (sbyte)MemberState.UnreleasedPartitions ? (MemberState)value.State : MemberState.Unknown,
            Assigned = Partitions(value.AssignedPartitions, value.MemberEpoch),
            PendingRevocation = Partitions(value.PartitionsPendingRevocation, value.MemberEpoch),
        });
    }

    public void Regex(ConsumerGroupRegularExpressionKey key, ConsumerGroupRegularExpressionValue? value)
    {
        if (value is null)
        {
            if (table.TryGet<ConsumerGroup>(key.GroupId, out var known)) known.Regexes.Remove(key.RegularExpression);
            return;
        }
        if (TryGetOrMake(key.GroupId, out var group))
            group.Regexes[key.RegularExpression] = new ResolvedRegex(value.Topics, value.Version, value.Timestamp);
    }

    private static ClassicSide? Classic(ConsumerGroupMemberMetadataValue.ClassicMemberMetadataData? value)
    {
        if (value is not { SupportedProtocols.Count: > 0 }) return null;
        var protocols = value.SupportedProtocols.Select(static p => new ClassicProtocol(p.Name, p.Metadata.ToArray()));
        return new ClassicSide(value.SessionTimeoutMs, [.. protocols]);
    }

    /// <summary>Coordinators before 4.4 did not write in which epoch a partition was given: then the member's own counts.</summary>
    private static Dictionary<TopicIdPartition, int> Partitions(
        List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> topics, int memberEpoch)
    {
        Dictionary<TopicIdPartition, int> partitions = [];
        foreach (var topic in topics)
        {
            for (var i = 0; i < topic.Partitions.Count; i++)
            {
                var epochs = topic.AssignmentEpochs;
                partitions[new(topic.TopicId, topic.Partitions[i])] = epochs is not null && i < epochs.Count ? epochs[i] : memberEpoch;
            }
        }
        return partitions;
    }

    /// <summary>A group that only holds offsets becomes a consumer group by its first record; any other classic group stays what it
    /// is.</summary>
    private bool TryGetOrMake(string groupId, [NotNullWhen(true)] out ConsumerGroup? group)
    {
        if (table.TryGet(groupId, out group)) return true;
        if (table.TryGet<ClassicGroup>(groupId, out var classic) && !classic.IsSimple) return false;
        table.Put(group = new ConsumerGroup(groupId));
        return true;
    }
}
