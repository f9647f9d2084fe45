using Ottla.Broker.Coordination.Classic;
using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Shards;
using Ottla.Configuration.Definitions;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Consumer;

/// <content>A group changes its protocol while it has members (`group.consumer.migration.policy`, KIP-848).</content>
internal sealed partial class ConsumerGroups
{
    private const string Malformed = "the embedded consumer protocol is malformed.";

    private const string CustomAssignor = "an unsupported custom assignor is in use. Please refer to the documentation or "
        + "switch to a default assignor before re-attempting the upgrade.";

    private bool MayUpgrade => Settings.ConsumerMigrationPolicy is MigrationPolicy.Upgrade or MigrationPolicy.Bidirectional;

    private bool MayDowngrade => Settings.ConsumerMigrationPolicy is MigrationPolicy.Downgrade or MigrationPolicy.Bidirectional;

    /// <summary>The consumer group that a classic group with members becomes: its epoch is the generation, its target what members
    /// have.</summary>
    private HeartbeatRefusal Upgraded(ClassicGroup former, out ConsumerGroup? group)
    {
        group = null;
        if (!MayUpgrade) return Refused("online upgrade is disabled.");
        if (!former.UsesConsumerProtocol) return Refused("the group does not use the consumer embedded protocol.");
        if (former.Members.Count > Settings.ConsumerMaxSize) return Refused("the group size exceeds the consumer group maximum size.");
        var upgraded = new ConsumerGroup(former.Id) { Epoch = former.Generation, AssignmentEpoch = former.Generation };
        foreach (var member in former.Members.Values)
        {
            if (Subscriptions.Parse(member.Protocols[0].Metadata) is not { } subscription) return Refused(Malformed);
            HashSet<TopicIdPartition> assigned = [];
            if (member.Assignment.Length > 0)
            {
                if (Subscriptions.ParseAssignment(member.Assignment) is not { } assignment) return Refused(Malformed);
                if (assignment.UserData is { Length: > 0 }) return Refused(CustomAssignor);
                assigned = [.. assignment.AssignedPartitions.SelectMany(t => PartitionsOf(t.Topic, t.Partitions))];
            }
            upgraded.Target[member.Id] = assigned;
            upgraded.Put(new ConsumerMember(member.Id)
            {
                InstanceId = member.InstanceId,
                RackId = subscription.RackId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                Topics = [.. subscription.Topics.Distinct().Order(StringComparer.Ordinal)],
                RebalanceTimeoutMs = member.RebalanceTimeoutMs,
                Classic = new ClassicSide(member.SessionTimeoutMs, member.Protocols),
                Epoch = former.Generation,
                PreviousEpoch = former.Generation,
                Assigned = assigned.ToDictionary(static p => p, _ => former.Generation),
            });
        }
        upgraded.MetadataHash = HashOf(upgraded.Members.Values, upgraded.Regexes);
        group = upgraded;
        return HeartbeatRefusal.No;

        HeartbeatRefusal Refused(string why) => new(ErrorCode.GroupIdNotFound, $"Cannot upgrade classic group {Quote.Of(former.Id)} to consumer group because {why}");
    }

    /// <summary>Writes that the consumer group takes the classic one's place. Whoever waits for the classic group joins again.</summary>
    private void Convert(ClassicGroup former, ConsumerGroup group, Decision decision)
    {
        former.AppendTombstones(decision);
        if (former.State == ClassicState.Empty) return;
        ClassicGroups.GiveUp(former, decision);
        foreach (var member in group.Members.Values) decision.Append(ConsumerRecords.Member(group.Id, member));
        decision.Append(ConsumerRecords.Epoch(group.Id, group.Epoch, group.MetadataHash));
        foreach (var (member, target) in group.Target) decision.Append(ConsumerRecords.Target(group.Id, member, target));
        decision.Append(ConsumerRecords.TargetEpoch(group.Id, group.AssignmentEpoch, 0));
        foreach (var member in group.Members.Values)
        {
            decision.Append(ConsumerRecords.Current(group.Id, member));
            KeepSession(group.Id, member, decision);
        }
    }

    /// <summary>Whether all who stay speak the classic protocol, and may have their group back.</summary>
    private bool MayDowngradeWithout(ConsumerGroup group, List<ConsumerMember> leaving)
    {
        var left = group.Members.Values.Where(m => !leaving.Contains(m)).ToList();
        return MayDowngrade && left.Count > 0 && left.Count <= Settings.MaxSize && left.TrueForAll(static m => m.Classic is not null);
    }

    /// <summary>Ends the consumer group; a classic one takes its place, in the generation of its epoch. It rebalances, unless all have what
    /// they shall have: a static member took over from the last one that spoke the consumer protocol.</summary>
    private void Downgrade(ConsumerGroup group, List<ConsumerMember> leaving, Decision decision)
    {
        foreach (var member in group.Members.Keys) CancelDeadlines(group.Id, member);
        var left = group.Members.Values.Where(m => !leaving.Contains(m)).Select(m => new ClassicMember(m.Id, m.InstanceId, m.ClientId, m.ClientHost,
            ClassicGroup.ConsumerProtocolType)
        {
            RebalanceTimeoutMs = m.RebalanceTimeoutMs,
            SessionTimeoutMs = m.Classic!.SessionTimeoutMs,
            Protocols = m.Classic.Protocols,
            Assignment = AssignmentOf(m, m.Classic.Protocols[0].Metadata),
        }).ToList();
        var rebalance = leaving.Count > 0 || group.StateName != "Stable";
        var classic = ClassicGroup.Of(group.Id, group.Epoch, left, decision.NowMs);
        group.AppendTombstones(decision);
        decision.AppendWithoutReplay(classic.ToRecord(classic.Assignments()));
        decision.WhenAppended((error, next) =>
        {
            if (error == ErrorCode.None) classicGroups.TakeOver(classic, rebalance, next);
            else Loaded(group, next);
        });
    }

    private void DowngradeIfAllAreClassic(string groupId, ErrorCode error, Decision decision)
    {
        if (error != ErrorCode.None || !table.TryGet<ConsumerGroup>(groupId, out var group)) return;
        if (MayDowngradeWithout(group, [])) Downgrade(group, [], decision);
    }
}
