using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.CoordinatorRecords;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>The records of consumer groups, made from what they say.</summary>
internal static class ConsumerRecords
{
    public static GroupRecord Epoch(string group, int epoch, long metadataHash) =>
        new(new ConsumerGroupMetadataKey { GroupId = group }, new ConsumerGroupMetadataValue { Epoch = epoch, MetadataHash = metadataHash });

    public static GroupRecord EpochTombstone(string group) => new(new ConsumerGroupMetadataKey { GroupId = group }, null);

    public static GroupRecord Member(string group, ConsumerMember member) => new(
        new ConsumerGroupMemberMetadataKey { GroupId = group, MemberId = member.Id },
        new ConsumerGroupMemberMetadataValue
        {
            InstanceId = member.InstanceId,
            RackId = member.RackId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            SubscribedTopicNames = [.. member.Topics],
            SubscribedTopicRegex = member.Regex,
            RebalanceTimeoutMs = member.RebalanceTimeoutMs,
            ServerAssignor = member.ServerAssignor,
            // said, not left out: a member without it would read as one of the classic protocol
            ClassicMemberMetadata = member.Classic is not { } classic ? null : new()
            {
                SessionTimeoutMs = classic.SessionTimeoutMs,
                SupportedProtocols =
                [
                    .. classic.Protocols.Select(static p =>
                        new ConsumerGroupMemberMetadataValue.ClassicProtocol { Name = p.Name, Metadata = p.Metadata }),
                ],
            },
        });

    public static GroupRecord TargetEpoch(string group, int epoch, long timestampMs) => new(
        new ConsumerGroupTargetAssignmentMetadataKey { GroupId = group },
        new ConsumerGroupTargetAssignmentMetadataValue { AssignmentEpoch = epoch, AssignmentTimestamp = timestampMs });

    public static GroupRecord TargetTombstone(string group) => new(new ConsumerGroupTargetAssignmentMetadataKey { GroupId = group }, null);

    public static GroupRecord Target(string group, string member, IEnumerable<TopicIdPartition> partitions) => new(
        new ConsumerGroupTargetAssignmentMemberKey { GroupId = group, MemberId = member },
        new ConsumerGroupTargetAssignmentMemberValue
        {
            TopicPartitions =
            [
                .. partitions.Order().GroupBy(static p => p.Topic).Select(static t => new ConsumerGroupTargetAssignmentMemberValue.TopicPartition
                {
                    TopicId = t.Key,
                    Partitions = [.. t.Select(static p => p.Partition)],
                }),
            ],
        });

    public static GroupRecord Current(string group, ConsumerMember member) => new(
        new ConsumerGroupCurrentMemberAssignmentKey { GroupId = group, MemberId = member.Id },
        new ConsumerGroupCurrentMemberAssignmentValue
        {
            MemberEpoch = member.Epoch,
            PreviousMemberEpoch = member.PreviousEpoch,
            State = (sbyte)member.State,
            AssignedPartitions = Partitions(member.Assigned),
            PartitionsPendingRevocation = Partitions(member.PendingRevocation),
        });

    /// <param name="resolved">Null: nobody subscribes with this expression any more.</param>
    public static GroupRecord Regex(string group, string regex, ResolvedRegex? resolved) => new(
        new ConsumerGroupRegularExpressionKey { GroupId = group, RegularExpression = regex },
        resolved is null ? null : new ConsumerGroupRegularExpressionValue
        {
            Topics = [.. resolved.Topics],
            Version = resolved.Version,
            Timestamp = resolved.TimestampMs,
        });

    /// <summary>In the order in which whoever replays them expects them: first what the member has, last the member.</summary>
    public static void AppendMemberTombstones(Decision decision, string group, string member)
    {
        decision.Append(CurrentTombstone(group, member));
        decision.Append(TargetTombstone(group, member));
        decision.Append(MemberTombstone(group, member));
    }

    public static GroupRecord CurrentTombstone(string group, string member) =>
        new(new ConsumerGroupCurrentMemberAssignmentKey { GroupId = group, MemberId = member }, null);

    public static GroupRecord TargetTombstone(string group, string member) =>
        new(new ConsumerGroupTargetAssignmentMemberKey { GroupId = group, MemberId = member }, null);

    public static GroupRecord MemberTombstone(string group, string member) =>
        new(new ConsumerGroupMemberMetadataKey { GroupId = group, MemberId = member }, null);

    private static List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> Partitions(IReadOnlyDictionary<TopicIdPartition, int> partitions) =>
    [
        .. partitions.OrderBy(static p => p.Key).GroupBy(static p => p.Key.Topic).Select(static t =>
            new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions
            {
                TopicId = t.Key,
                Partitions = [.. t.Select(static p => p.Key.Partition)],
                AssignmentEpochs = [.. t.Select(static p => p.Value)],
            }),
    ];
}
