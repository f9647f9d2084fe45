using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;

namespace Ottla.Raft.Following;

/// <summary>A follower that sees to its own place among the voters: tells where it is reached (KIP-853), or joins by itself (KIP-1186).</summary>
internal sealed class VoterReports(QuorumCore core)
{
        private LeaderEpoch _reportedIn = LeaderEpoch.None;

    public void Poll()
    {
        if (!core.Local.IsController || core.IsStopping || core.Sent.OfVoters is not null) return;
        if (WhatToSay() is not { } request || !core.IsDue(core.NextReportMs)) return;
        core.NextReportMs = core.Now + core.Settings.FetchTimeoutMs;
        core.Send(new QuorumPeer(core.Leader, core.LeaderEndpoint!), request);
    }

    private QuorumRequest? WhatToSay()
    {
        var own = core.Local.ToVoter();
        if (core.IsVoter)
        {
            var isKnown = core.Voters.KRaftVersion == 0 ? _reportedIn == core.Epoch : core.Voters.Find(own.Id)!.Says(own);
            return isKnown || own.DirectoryId.IsZero || own.Endpoints.Count == 0 ? null : new QuorumRequest.UpdateVoter(core.Epoch, own);
        }

        if (!core.Settings.AutoJoin || core.Voters.KRaftVersion == 0 || own.Endpoints.Count == 0) return null;
        // another directory of this node votes: it was lost, and must not be counted twice
        return core.Voters.Find(own.Id) is { } former
            ? new QuorumRequest.RemoveVoter(former.Key)
            : new QuorumRequest.AddVoter(own, core.Settings.RequestTimeoutMs, AckWhenCommitted: false);
    }

    public void Answered(QuorumAnswer.Done answer)
    {
        if (answer.Error == ErrorCode.None) _reportedIn = core.Epoch;
        // Kafka below 4.1 does not take reports of static voters; that is no reason to ask each time
        else if (answer.Error is ErrorCode.UnsupportedVersion && core.Voters.KRaftVersion == 0) _reportedIn = core.Epoch;
    }
}
