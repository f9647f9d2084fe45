using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Classic;

internal sealed partial class ClassicGroups
{
    /// <summary>The join phase ran out of time, or the delay before an initial rebalance is over.</summary>
    public void JoinExpired(string groupId, Decision decision)
    {
        if (!table.TryGet<ClassicGroup>(groupId, out var group) || group.State != ClassicState.PreparingRebalance) return;
        if (group.InitialDelay is { } delay && group.MemberCameDuringInitialDelay && delay.RemainingMs > 0)
        {
            group.MemberCameDuringInitialDelay = false;
            var nextMs = Math.Min(Settings.InitialRebalanceDelayMs, delay.RemainingMs);
            group.InitialDelay = (nextMs, Math.Max(delay.RemainingMs - delay.DelayMs, 0));
            table.Deadlines.Set(JoinKey(group), decision.NowMs + nextMs);
            return;
        }
        CompleteJoin(group, decision);
    }

    /// <summary>Members did not fetch their assignment within the rebalance timeout: out with them.</summary>
    public void SyncExpired(string groupId, Decision decision)
    {
        if (!table.TryGet<ClassicGroup>(groupId, out var group)) return;
        if (group.State is not (ClassicState.CompletingRebalance or ClassicState.Stable) || group.AllHaveSynced) return;
        foreach (var memberId in group.PendingSyncs.ToList())
        {
            CancelSession(group, memberId);
            group.Remove(memberId);
        }
        BeginRebalance(group, decision);
    }

    private void RebalanceOrCompleteJoin(ClassicGroup group, Decision decision)
    {
        if (group.State == ClassicState.PreparingRebalance) CompleteJoinIfAllAreThere(group, decision);
        else BeginRebalance(group, decision);
    }

    private void BeginRebalance(ClassicGroup group, Decision decision)
    {
        Invariant.That(group.State != ClassicState.PreparingRebalance);
        if (group.State == ClassicState.CompletingRebalance) RefuseSyncs(group, ErrorCode.RebalanceInProgress, decision);
        table.Deadlines.Cancel(SyncKey(group));
        var initial = group.State == ClassicState.Empty;
        group.MoveTo(ClassicState.PreparingRebalance, decision.NowMs);
        if (initial)
        {
            // the first of many members shall not get everything only to lose it when the next one comes
            var delayMs = Settings.InitialRebalanceDelayMs;
            group.MemberCameDuringInitialDelay = false;
            group.InitialDelay = (delayMs, Math.Max(group.RebalanceTimeoutMs - delayMs, 0));
            table.Deadlines.Set(JoinKey(group), decision.NowMs + delayMs);
            return;
        }
        group.InitialDelay = null;
        if (group.AllHaveJoined) CompleteJoin(group, decision);
        else table.Deadlines.Set(JoinKey(group), decision.NowMs + group.RebalanceTimeoutMs);
    }

    /// <summary>An initial rebalance always waits for its delay.</summary>
    private void CompleteJoinIfAllAreThere(ClassicGroup group, Decision decision)
    {
        if (group.InitialDelay is null && group.AllHaveJoined) CompleteJoin(group, decision);
    }

    private void CompleteJoin(ClassicGroup group, Decision decision)
    {
        table.Deadlines.Cancel(JoinKey(group));
        group.InitialDelay = null;
        foreach (var absent in group.Members.Values.Where(static m => m.Joining is null && m.InstanceId is null).ToList())
        {
            CancelSession(group, absent.Id);
            group.Remove(absent.Id);
        }
        if (group.Members.Count > 0 && !group.ElectJoinedLeader())
        {
            // static members only, and none has come back: until their sessions end they keep their place
            table.Deadlines.Set(JoinKey(group), decision.NowMs + group.RebalanceTimeoutMs);
            return;
        }
        group.BeginGeneration(decision.NowMs);
        if (group.State == ClassicState.Empty)
        {
            decision.AppendWithoutReplay(group.ToRecord(new Dictionary<string, byte[]>()));
            return;
        }
        foreach (var member in group.Members.Values)
        {
            AnswerJoin(group, member, Joined(group, member.Id, withMembers: group.LeaderId == member.Id), decision);
            KeepSession(group, member, decision);
            member.IsNew = false;
            group.PendingSyncs.Add(member.Id);
        }
        table.Deadlines.Set(SyncKey(group), decision.NowMs + group.RebalanceTimeoutMs);
    }
}
