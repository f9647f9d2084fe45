using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Elections;

/// <summary>Who leads and who no longer does: what leaders say of themselves, and what answers tell of them.</summary>
internal sealed class Epochs(QuorumCore core)
{
    public void Asked(long id, QuorumRequest.BeginEpoch begin)
    {
        if (begin.Epoch < core.Epoch) core.Answer(id, new QuorumAnswer.Done(ErrorCode.FencedLeaderEpoch));
        else if (!core.IsMeant(begin.Voter)) core.Answer(id, new QuorumAnswer.Done(ErrorCode.InvalidVoterKey));
        else if (core.IsImpossible(begin.Leader, begin.Epoch)) core.Answer(id, new QuorumAnswer.Done(ErrorCode.InvalidRequest));
        else
        {
            var endpoint = Pick(begin.Endpoints) ?? core.Voters.Find(begin.Leader)?.EndpointOf(core.Local.Listener);
            var isNews = begin.Epoch > core.Epoch || core.Role != QuorumRole.Follower || core.LeaderIsGone || endpoint is not null && endpoint != core.LeaderEndpoint;
            if (isNews && endpoint is not null) core.Follow(begin.Epoch, begin.Leader, endpoint);
            else if (isNews) core.BecomeUnattached(begin.Epoch);
            // it would not say so again if it had heard a fetch lately: the one that is under way is lost
            else core.Sent.DropFetch(core.Now - core.Settings.FetchWaitMs);
            core.Again = true;
            core.Answer(id, new QuorumAnswer.Done(ErrorCode.None));
        }
    }

    public void Asked(long id, QuorumRequest.EndEpoch end)
    {
        if (end.Epoch < core.Epoch)
        {
            core.Answer(id, new QuorumAnswer.Done(ErrorCode.FencedLeaderEpoch));
            return;
        }

        if (core.IsImpossible(end.Leader, end.Epoch))
        {
            core.Answer(id, new QuorumAnswer.Done(ErrorCode.InvalidRequest));
            return;
        }

        Observe(new LeaderHint(end.Leader, end.Epoch, Pick(end.Endpoints)));
        if (core.Leader == end.Leader && core.Role is (QuorumRole.Follower or QuorumRole.Unattached or QuorumRole.Prospective)) core.LoseLeader(DelayAfter(end.Successors));
        core.Answer(id, new QuorumAnswer.Done(ErrorCode.None));
    }

    /// <summary>The first of the successors begins at once, the others each a rank later; who is none of them, last.</summary>
    private long DelayAfter(IReadOnlyList<ReplicaKey> successors)
    {
        for (var i = 0; i < successors.Count; i++)
        {
            if (successors[i].MayBe(core.Local.Key)) return Math.Min(core.Settings.ElectionBackoffMsMax, (long)i * core.Settings.RankDelayMs);
        }

        return core.Settings.ElectionBackoffMsMax;
    }

    private VoterEndpoint? Pick(IReadOnlyList<VoterEndpoint> endpoints) =>
        endpoints.FirstOrDefault(endpoint => endpoint.Listener == core.Local.Listener) ?? (endpoints.Count > 0 ? endpoints[0] : null);

    /// <summary>Learns from what another node says of epoch and leader.</summary>
    public void Observe(LeaderHint hint)
    {
        if (hint.Epoch < core.Epoch) return;
        if (hint.Epoch > core.Epoch) core.BecomeUnattached(hint.Epoch);
        if (hint.Id == BrokerId.None || core.IsImpossible(hint.Id, hint.Epoch)) return;
        var isKnown = core.Leader == hint.Id;
        // a campaign against a leader that this node could not reach is not ended by one who has not noticed
        if (core.Role is QuorumRole.Leader or QuorumRole.Follower or QuorumRole.Resigned || isKnown && (core.Role == QuorumRole.Prospective || core.LeaderIsGone)) return;
        if ((hint.Endpoint ?? core.Voters.Find(hint.Id)?.EndpointOf(core.Local.Listener)) is { } endpoint) core.Follow(hint.Epoch, hint.Id, endpoint);
    }

    public void PollResigned()
    {
        if (core.IsStopping && (core.Unacknowledged.Count == 0 || core.ResignedUntil <= core.Now))
        {
            core.Finish();
            return;
        }

        if (core.IsDue(core.ResignedUntil))
        {
            // nobody took over meanwhile: this node may again
            core.BecomeUnattached(core.Epoch);
            core.CampaignAt = core.Now;
            return;
        }

        foreach (var id in core.Unacknowledged)
        {
            if (core.Voters.Find(new BrokerId(id))?.EndpointOf(core.Local.Listener) is { } endpoint && core.IsDue(core.Sent.FreeAt(new BrokerId(id))))
                core.Send(new QuorumPeer(new BrokerId(id), endpoint), new QuorumRequest.EndEpoch(core.Local.Key.Id, core.Epoch, core.Successors, core.Local.Endpoints));
        }
    }
}
