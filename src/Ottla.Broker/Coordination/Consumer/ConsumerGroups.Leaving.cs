using Ottla.Broker.Coordination.Shards;
using Ottla.Configuration.Definitions;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Consumer;

internal sealed partial class ConsumerGroups
{
    /// <summary>A member was not heard for its session timeout.</summary>
    public void SessionExpired(string groupId, string memberId, Decision decision)
    {
        if (table.TryGet<ConsumerGroup>(groupId, out var group) && group.Member(memberId) is { } member) PutOut(group, [member], decision);
    }

    /// <summary>A member has not given up its partitions in time: nobody else could have them while it stays.</summary>
    public void RevocationExpired(string groupId, string memberId, Decision decision)
    {
        if (!table.TryGet<ConsumerGroup>(groupId, out var group) || group.Member(memberId) is not { } member) return;
        if (member.State == MemberState.UnrevokedPartitions) PutOut(group, [member], decision);
    }

    /// <summary>LeaveGroup for a consumer group: an administrator puts members out by id or, static ones, by instance id.</summary>
    public void LeaveGroup(ConsumerGroup group, LeaveGroupRequest request, Reply<LeaveGroupResponse> reply, Decision decision)
    {
        List<LeaveGroupResponse.MemberResponse> answers = [];
        List<ConsumerMember> leaving = [];
        foreach (var one in request.Members)
        {
            var member = one.MemberId.Length > 0 ? group.Member(one.MemberId) : one.GroupInstanceId is null ? null : group.StaticMember(one.GroupInstanceId);
            var error = member is null ? ErrorCode.UnknownMemberId
                : one.GroupInstanceId is not null && group.StaticMember(one.GroupInstanceId) is { } owner && owner.Id != member.Id ? ErrorCode.FencedInstanceId
                : ErrorCode.None;
            if (error == ErrorCode.None && !leaving.Contains(member!)) leaving.Add(member!);
            answers.Add(new() { MemberId = one.MemberId, GroupInstanceId = one.GroupInstanceId, ErrorCode = error });
        }
        if (leaving.Count > 0) PutOut(group, leaving, decision);
        decision.Answer(reply, new LeaveGroupResponse { Members = answers });
    }

    private HeartbeatRefusal Leave(ConsumerGroupHeartbeatRequest request, Reply<ConsumerGroupHeartbeatResponse> reply, Decision decision)
    {
        if (!table.TryGet<ConsumerGroup>(request.GroupId, out var group))
        {
            return new(ErrorCode.GroupIdNotFound, table.All.ContainsKey(request.GroupId)
                ? $"Group {Quote.Of(request.GroupId)} is not a consumer group."
                : $"Group {Quote.Of(request.GroupId)} not found.");
        }
        if (request.InstanceId is null)
        {
            if (group.Member(request.MemberId) is not { } dynamic)
                return new(ErrorCode.UnknownMemberId, $"Member {Quote.Of(request.MemberId)} is not a member of group {Quote.Of(group.Id)}.");
            PutOut(group, [dynamic], decision);
        }
        else
        {
            var known = group.StaticMember(request.InstanceId);
            var refusal = CheckInstance(known, request.MemberId, request.InstanceId);
            if (refusal.Error != ErrorCode.None) return refusal;
            if (request.MemberEpoch == ConsumerMember.LeaveStaticEpoch) GoAway(group, known!, decision);
            else PutOut(group, [known!], decision);
        }
        decision.Answer(reply, new ConsumerGroupHeartbeatResponse { MemberId = request.MemberId, MemberEpoch = request.MemberEpoch });
        return HeartbeatRefusal.No;
    }

    /// <summary>A static member keeps its place until its session ends, and what it has in case that it comes back.</summary>
    private void GoAway(ConsumerGroup group, ConsumerMember member, Decision decision)
    {
        table.Deadlines.Cancel(RebalanceKey(group.Id, member.Id));
        decision.Append(ConsumerRecords.Current(group.Id, member with
        {
            Epoch = ConsumerMember.LeaveStaticEpoch,
            State = MemberState.Stable,
            Assigned = member.Assigned.ToDictionary(static p => p.Key, static _ => 0),
            PendingRevocation = ConsumerMember.None,
        }));
    }

    private void PutOut(ConsumerGroup group, List<ConsumerMember> leaving, Decision decision)
    {
        if (MayDowngradeWithout(group, leaving))
        {
            Downgrade(group, leaving, decision);
            return;
        }
        foreach (var member in leaving)
        {
            CancelDeadlines(group.Id, member.Id);
            ConsumerRecords.AppendMemberTombstones(decision, group.Id, member.Id);
        }
        var rest = group.Members.Values.Where(m => !leaving.Contains(m)).ToList();
        var regexes = rest.Select(static m => m.Regex).ToHashSet();
        foreach (var gone in group.Regexes.Keys.Where(r => !regexes.Contains(r))) decision.Append(ConsumerRecords.Regex(group.Id, gone, null));
        var left = group.Regexes.Where(r => regexes.Contains(r.Key)).ToDictionary();
        decision.Append(ConsumerRecords.Epoch(group.Id, group.Epoch + 1, HashOf(rest, left)));
        // an empty group has its target: nothing
        if (rest.Count == 0) decision.Append(ConsumerRecords.TargetEpoch(group.Id, group.Epoch + 1, 0));
    }
}
