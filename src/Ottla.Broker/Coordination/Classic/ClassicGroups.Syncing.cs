using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Classic;

internal sealed partial class ClassicGroups
{
    public void SyncGroup(SyncGroupRequest request, Reply<SyncGroupResponse> reply, Decision decision)
    {
        var error = CheckSync(request, out var group);
        if (error != ErrorCode.None)
        {
            decision.Answer(reply, RefusedSync(error));
            return;
        }
        var member = group!.Members[request.MemberId];
        if (group.State == ClassicState.Stable)
        {
            HasSynced(group, member.Id);
            decision.Answer(reply, Synced(group, member));
            return;
        }
        if (member.Syncing is { } earlier) decision.Answer(earlier, RefusedSync(ErrorCode.RebalanceInProgress));
        member.Syncing = reply;
        HasSynced(group, member.Id);
        if (group.LeaderId == member.Id) Store(group, request, decision);
    }

    private ErrorCode CheckSync(SyncGroupRequest request, out ClassicGroup? group)
    {
        if (!table.TryGet(request.GroupId, out group)) return ErrorCode.UnknownMemberId;
        var error = group.Validate(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None) return error;
        if (request.GenerationId != group.Generation) return ErrorCode.IllegalGeneration;
        if (Differs(request.ProtocolType, group.ProtocolType) || Differs(request.ProtocolName, group.ProtocolName))
            return ErrorCode.InconsistentGroupProtocol;
        return group.State switch
        {
            ClassicState.Empty => ErrorCode.UnknownMemberId,
            ClassicState.PreparingRebalance => ErrorCode.RebalanceInProgress,
            _ => ErrorCode.None,
        };

        // versions before 5 don't say
        static bool Differs(string? said, string? known) => said is not null && known is not null && said != known;
    }

    /// <summary>The leader has assigned: the group is stable once that is in the log, if nothing happened meanwhile.</summary>
    private void Store(ClassicGroup group, SyncGroupRequest request, Decision decision)
    {
        Dictionary<string, byte[]> assignments = [];
        foreach (var one in request.Assignments) assignments[one.MemberId] = one.Assignment.ToArray();
        var generation = group.Generation;
        decision.AppendWithoutReplay(group.ToRecord(assignments));
        decision.WhenAppended((error, next) =>
        {
            if (group.State != ClassicState.CompletingRebalance || group.Generation != generation) return;
            if (error != ErrorCode.None)
            {
                RefuseSyncs(group, error, next);
                BeginRebalance(group, next);
                return;
            }
            foreach (var member in group.Members.Values)
            {
                member.Assignment = assignments.GetValueOrDefault(member.Id) ?? [];
                AnswerSync(group, member, Synced(group, member), next);
            }
            group.MoveTo(ClassicState.Stable, next.NowMs);
        });
    }

    private void HasSynced(ClassicGroup group, string memberId)
    {
        if (group.PendingSyncs.Remove(memberId) && group.AllHaveSynced) table.Deadlines.Cancel(SyncKey(group));
    }

    private void RefuseSyncs(ClassicGroup group, ErrorCode error, Decision decision)
    {
        foreach (var member in group.Members.Values)
        {
            member.Assignment = [];
            AnswerSync(group, member, RefusedSync(error), decision);
        }
    }

    private void AnswerSync(ClassicGroup group, ClassicMember member, SyncGroupResponse response, Decision decision)
    {
        if (member.Syncing is not { } reply) return;
        member.Syncing = null;
        decision.Answer(reply, response);
        KeepSession(group, member, decision);
    }

    private static SyncGroupResponse Synced(ClassicGroup group, ClassicMember member) => new()
    {
        ProtocolType = group.ProtocolType,
        ProtocolName = group.ProtocolName,
        Assignment = member.Assignment,
    };

    internal static SyncGroupResponse RefusedSync(ErrorCode error) => new() { ErrorCode = error };
}
