using Ottla.Broker.Coordination.Consumer.Assignors;
using Ottla.Broker.Coordination.Consumer.Patterns;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Consumer;

internal sealed partial class ConsumerGroups
{
    /// <summary>Takes the newest word of a member and moves it as far towards the target as it may go.</summary>
    /// <returns>The member as it shall be.</returns>
    private ConsumerMember Advance(Speaker speaker, ConsumerMember member, HashSet<TopicIdPartition>? owned, Decision decision)
    {
        var (group, known, replaced) = speaker;
        if (replaced is not null) Replace(group, replaced, known, decision);
        var changed = !member.Topics.SequenceEqual(known.Topics) || member.Regex != known.Regex;
        if ((replaced is null && group.Member(known.Id) is null) || !member.SaysTheSameAs(known)) decision.Append(ConsumerRecords.Member(group.Id, member));

        var members = group.Members.Values.Where(m => m.Id != member.Id && m.Id != replaced).Append(member).ToList();
        var regexes = Resolve(group, members, decision, out var regexChanged);
        var bump = changed || regexChanged || AssignorOf(members) != AssignorOf(group.Members.Values);
        var epoch = EpochFor(group, members, regexes, bump, decision);
        var (targetEpoch, target) = TargetFor(group, member, replaced, members, regexes, epoch, decision);

        var subscribed = member.TopicsIn(regexes).Select(name => table.Topics.TryGet(name, out var topic) ? topic.Id : Uuid.Zero).ToHashSet();
        var advanced = member;
        if (changed || regexChanged || !member.IsReconciledTo(targetEpoch))
        {
            var reconciliation = new Reconciliation(member, targetEpoch, target, p => subscribed.Contains(p.Topic), changed || regexChanged,
                p => group.OwnerOf(p) is { } owner && owner != replaced ? owner : null, owned);
            advanced = reconciliation.Next() ?? member;
            if (!advanced.IsAssignedAs(member)) decision.Append(ConsumerRecords.Current(group.Id, advanced));
            ScheduleRevocation(group.Id, advanced, member, decision);
        }
        if (member.Classic is null) CancelRejoin(group.Id, member.Id);
        KeepSession(group.Id, advanced, decision);
        return advanced;
    }

    private ConsumerGroupHeartbeatResponse Answer(string group, ConsumerGroupHeartbeatRequest request, ConsumerMember before, ConsumerMember after)
    {
        var isFull = request.RebalanceTimeoutMs != -1 && request.TopicPartitions is not null
            && (request.SubscribedTopicNames is not null || request.SubscribedTopicRegex is not null);
        var tells = request.MemberEpoch == ConsumerMember.JoinEpoch || isFull || !after.HasSamePartitionsAs(before);
        return new ConsumerGroupHeartbeatResponse
        {
            MemberId = after.Id,
            MemberEpoch = after.Epoch,
            HeartbeatIntervalMs = Settings.Overrides(group)?.ConsumerHeartbeatIntervalMs ?? Settings.ConsumerHeartbeatIntervalMs,
            Assignment = !tells ? null : new()
            {
                TopicPartitions = [.. after.Assigned.Keys.Order().GroupBy(static p => p.Topic).Select(static t => new ConsumerGroupHeartbeatResponse.TopicPartitions
                {
                    TopicId = t.Key,
                    Partitions = [.. t.Select(static p => p.Partition)],
                })],
            },
        };
    }

    /// <summary>What the request leaves out stays as it was.</summary>
    private static ConsumerMember Updated(ConsumerMember known, ConsumerGroupHeartbeatRequest request, GroupRequestContext context) => known with
    {
        InstanceId = request.InstanceId ?? known.InstanceId,
        RackId = request.RackId ?? known.RackId,
        RebalanceTimeoutMs = request.RebalanceTimeoutMs == -1 ? known.RebalanceTimeoutMs : request.RebalanceTimeoutMs,
        ServerAssignor = request.ServerAssignor ?? known.ServerAssignor,
        Topics = request.SubscribedTopicNames is { } names ? [.. names.Distinct().Order(StringComparer.Ordinal)] : known.Topics,
        Regex = request.SubscribedTopicRegex ?? known.Regex,
        Classic = null,
        ClientId = context.ClientId,
        ClientHost = context.ClientHost,
    };

    /// <summary>The place of a static member goes over to its new id, with what it has and shall have.</summary>
    private void Replace(ConsumerGroup group, string oldId, ConsumerMember replacement, Decision decision)
    {
        CancelDeadlines(group.Id, oldId);
        ConsumerRecords.AppendMemberTombstones(decision, group.Id, oldId);
        decision.Append(ConsumerRecords.Member(group.Id, replacement));
        decision.Append(ConsumerRecords.Target(group.Id, replacement.Id, group.Target.GetValueOrDefault(oldId) ?? []));
        decision.Append(ConsumerRecords.Current(group.Id, replacement));
    }

    /// <summary>Expressions that are new, or old in view of topics that came and went, are matched; those that nobody uses any more
    /// go.</summary>
    private Dictionary<string, ResolvedRegex> Resolve(ConsumerGroup group, List<ConsumerMember> members, Decision decision, out bool changed)
    {
        changed = false;
        var used = members.Where(static m => m.Regex.Length > 0).Select(static m => m.Regex).ToHashSet();
        var regexes = new Dictionary<string, ResolvedRegex>(group.Regexes);
        foreach (var gone in group.Regexes.Keys.Where(r => !used.Contains(r)))
        {
            regexes.Remove(gone);
            decision.Append(ConsumerRecords.Regex(group.Id, gone, null));
        }
        var (version, matched, same) = (table.Topics.Version, group.Matched, false);
        foreach (var text in used)
        {
            var known = group.Regexes.GetValueOrDefault(text);
            if (known is not null && !IsDue(known) || !TopicPattern.TryParse(text, out var regex, out _)) continue;
            var resolved = TopicRegex.Resolve(regex, table.Topics, decision.NowMs);
            if (known is not null && known.Topics.SequenceEqual(resolved.Topics))
            {
                same = true;
                continue;
            }
            regexes[text] = resolved;
            changed = true;
            decision.Append(ConsumerRecords.Regex(group.Id, text, resolved));
        }
        // what changed is due again if it can't be stored
        if (same && !changed) group.Matched = (version, decision.NowMs);
        return regexes;

        bool IsDue(ResolvedRegex known)
        {
            var ageMs = decision.NowMs - Math.Max(known.TimestampMs, matched.AtMs);
            return ageMs >= Settings.ConsumerRegexRefreshIntervalMs
                || (Math.Max(known.Version, matched.Version) < version && ageMs >= Limits.RegexRefreshMinIntervalMs);
        }
    }

    private int EpochFor(ConsumerGroup group, List<ConsumerMember> members, Dictionary<string, ResolvedRegex> regexes, bool bump, Decision decision)
    {
        var version = table.Topics.Version;
        if (!bump && group.ComparedVersion == version) return group.Epoch;
        var hash = HashOf(members, regexes);
        if (!bump && hash == group.MetadataHash)
        {
            group.ComparedVersion = version;
            return group.Epoch;
        }
        decision.Append(ConsumerRecords.Epoch(group.Id, group.Epoch + 1, hash));
        return group.Epoch + 1;
    }

    private long HashOf(IEnumerable<ConsumerMember> members, IReadOnlyDictionary<string, ResolvedRegex> regexes) =>
        MetadataHash.Of(members.SelectMany(m => m.TopicsIn(regexes)).Distinct(), table.Topics);

    /// <summary>The target of the newest epoch that has one: a new one if it may be computed now.</summary>
    private (int Epoch, IReadOnlySet<TopicIdPartition> OfMember) TargetFor(ConsumerGroup group, ConsumerMember member, string? replaced,
        List<ConsumerMember> members, Dictionary<string, ResolvedRegex> regexes, int epoch, Decision decision)
    {
        var intervalMs = Settings.Overrides(group.Id)?.ConsumerAssignmentIntervalMs ?? Settings.ConsumerAssignmentIntervalMs;
        var isTooEarly = group.AssignmentTimestampMs != 0 && decision.NowMs < group.AssignmentTimestampMs + intervalMs;
        if (group.AssignmentEpoch >= epoch || isTooEarly)
            return (group.AssignmentEpoch, CurrentTarget(member.Id));

        Dictionary<string, TopicInfo> topics = [];
        List<AssignedMember> asked = [];
        foreach (var one in members.OrderBy(static m => m.InstanceId ?? m.Id, StringComparer.Ordinal))
        {
            var names = one.TopicsIn(regexes).ToHashSet();
            asked.Add(new AssignedMember(one.Id, one.InstanceId, names, CurrentTarget(one.Id)));
            foreach (var name in names)
            {
                if (table.Topics.TryGet(name, out var topic)) topics[name] = topic;
            }
        }
        var assignor = AssignorCatalog.Find(AssignorOf(members));
        Invariant.That(assignor is not null);
        var target = assignor.Assign(new AssignmentQuestion(asked, topics));
        foreach (var one in members)
        {
            if (!group.Target.TryGetValue(one.Id, out var former) || !former.SetEquals(target[one.Id]))
                decision.Append(ConsumerRecords.Target(group.Id, one.Id, target[one.Id]));
        }
        decision.Append(ConsumerRecords.TargetEpoch(group.Id, epoch, decision.NowMs));
        return (epoch, target[member.Id]);

        HashSet<TopicIdPartition> CurrentTarget(string id) =>
            group.Target.GetValueOrDefault(id) ?? (id == member.Id && replaced is not null ? group.Target.GetValueOrDefault(replaced) : null) ?? [];
    }

    /// <summary>The assignor that most members ask for; the first that is configured if nobody does.</summary>
    private string AssignorOf(IEnumerable<ConsumerMember> members) => members
        .Where(m => m.ServerAssignor is not null && Settings.ConsumerAssignors.Contains(m.ServerAssignor)).GroupBy(static m => m.ServerAssignor!)
        .OrderByDescending(static a => a.Count()).ThenBy(static a => a.Key, StringComparer.Ordinal).FirstOrDefault()?.Key ?? Settings.ConsumerAssignors[0];

    /// <summary>Whoever has to give up partitions has its rebalance timeout for it, counted from when it was first told.</summary>
    private void ScheduleRevocation(string group, ConsumerMember after, ConsumerMember before, Decision decision)
    {
        var key = RebalanceKey(group, after.Id);
        // a member of the classic protocol has its time to join again instead
        if (after.State != MemberState.UnrevokedPartitions || after.Classic is not null) table.Deadlines.Cancel(key);
        else if (before.State != MemberState.UnrevokedPartitions || !after.IsAssignedAs(before)) table.Deadlines.Set(key, decision.NowMs + after.RebalanceTimeoutMs);
    }
}
