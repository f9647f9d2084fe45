using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Classic;

internal sealed partial class ClassicGroups
{
    /// <summary>Each member has an answer of its own, also where there is no such group; before version 3 there is one, and its answer is
    /// the response's.</summary>
    public void LeaveGroup(LeaveGroupRequest request, Reply<LeaveGroupResponse> reply, Decision decision)
    {
        table.TryGet<ClassicGroup>(request.GroupId, out var group);
        List<LeaveGroupResponse.MemberResponse> answers = [];
        foreach (var member in request.Members)
        {
            answers.Add(new LeaveGroupResponse.MemberResponse
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.GroupInstanceId,
                ErrorCode = group is null ? ErrorCode.UnknownMemberId : Leave(group, member.MemberId, member.GroupInstanceId, decision),
            });
        }
        decision.Answer(reply, new LeaveGroupResponse { Members = answers });
        if (group is not null && answers.Any(static a => a.ErrorCode == ErrorCode.None)) AfterLeave(group, decision);
    }

    private ErrorCode Leave(ClassicGroup group, string memberId, string? instanceId, Decision decision)
    {
        if (memberId.Length == 0)
        {
            // an administrator puts a static member out by its instance id alone
            if (instanceId is null || group.StaticMemberId(instanceId) is not { } staticId) return ErrorCode.UnknownMemberId;
            TakeOut(group, group.Members[staticId], decision);
            return ErrorCode.None;
        }
        if (group.PendingJoins.Contains(memberId))
        {
            CancelSession(group, memberId);
            group.Remove(memberId);
            return ErrorCode.None;
        }
        var error = group.Validate(memberId, instanceId);
        if (error == ErrorCode.None) TakeOut(group, group.Members[memberId], decision);
        return error;
    }

    private void TakeOut(ClassicGroup group, ClassicMember member, Decision decision)
    {
        AnswerJoin(group, member, RefusedJoin(ErrorCode.UnknownMemberId, member.Id), decision);
        AnswerSync(group, member, RefusedSync(ErrorCode.UnknownMemberId), decision);
        CancelSession(group, member.Id);
        group.Remove(member.Id);
    }

    private void AfterLeave(ClassicGroup group, Decision decision)
    {
        switch (group.State)
        {
            case ClassicState.Stable:
            case ClassicState.CompletingRebalance:
                BeginRebalance(group, decision);
                break;
            case ClassicState.PreparingRebalance:
                CompleteJoinIfAllAreThere(group, decision);
                break;
        }
    }
}
