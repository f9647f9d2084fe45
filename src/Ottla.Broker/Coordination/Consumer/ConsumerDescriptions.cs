using Ottla.Broker.Coordination.Groups;
using Ottla.Configuration.Definitions;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>ConsumerGroupDescribe over the groups of one shard. Owned by the shard's loop.</summary>
internal sealed class ConsumerDescriptions(GroupTable table)
{
    /// <summary>A member that speaks the consumer protocol, as version 1 tells it from one of the classic protocol.</summary>
    private const sbyte ConsumerMemberType = 1;

    private const sbyte ClassicMemberType = 0;

    public ConsumerGroupDescribeResponse.DescribedGroup Describe(string groupId)
    {
        if (table.TryGet<ConsumerGroup>(groupId, out var group)) return Describe(group);
        return new()
        {
            GroupId = groupId,
            ErrorCode = ErrorCode.GroupIdNotFound,
            ErrorMessage = table.All.ContainsKey(groupId) ? $"Group {Quote.Of(groupId)} is not a consumer group." : $"Group {Quote.Of(groupId)} not found.",
        };
    }

    private ConsumerGroupDescribeResponse.DescribedGroup Describe(ConsumerGroup group) => new()
    {
        GroupId = group.Id,
        GroupState = group.StateName,
        GroupEpoch = group.Epoch,
        AssignmentEpoch = group.AssignmentEpoch,
        AssignorName = group.Members.Values.Where(static m => m.ServerAssignor is not null).GroupBy(static m => m.ServerAssignor!)
            .MaxBy(static a => a.Count())?.Key ?? table.Settings.ConsumerAssignors[0],
        Members =
        [
            .. group.Members.Values.Select(m => new ConsumerGroupDescribeResponse.Member
            {
                MemberId = m.Id,
                InstanceId = m.InstanceId,
                RackId = m.RackId,
                MemberEpoch = m.Epoch,
                ClientId = m.ClientId,
                ClientHost = m.ClientHost,
                SubscribedTopicNames = [.. m.Topics],
                SubscribedTopicRegex = m.Regex,
                Assignment = Partitions(m.Assigned.Keys),
                TargetAssignment = Partitions(group.Target.GetValueOrDefault(m.Id) ?? []),
                MemberType = m.Classic is null ? ConsumerMemberType : ClassicMemberType,
            }),
        ],
    };

    /// <summary>Topics that are gone have no name, so they are left out.</summary>
    private ConsumerGroupDescribeResponse.Assignment Partitions(IEnumerable<TopicIdPartition> partitions)
    {
        var described = new ConsumerGroupDescribeResponse.Assignment();
        foreach (var topic in partitions.Order().GroupBy(static p => p.Topic))
        {
            if (!table.Topics.TryGet(topic.Key, out var info)) continue;
            described.TopicPartitions.Add(new() { TopicId = info.Id, TopicName = info.Name, Partitions = [.. topic.Select(static p => p.Partition)] });
        }
        return described;
    }
}
