using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Elections;

/// <summary>Votes that are asked for, given and counted.</summary>
/// <remarks>Owned by the node's loop, like all that works on the one <see cref="QuorumCore"/>.</remarks>
internal sealed class Campaigns(QuorumCore core)
{
    public void Poll()
    {
        var ballot = core.Ballot!;
        if (!core.MayCampaign)
        {
            core.BecomeUnattached(core.Epoch);
            return;
        }

        if (ballot.IsWon)
        {
            if (ballot.IsPreVote) core.StandForElection();
            else core.Lead(ballot.Granting);
            return;
        }

        if (ballot.IsPreVote && ballot.IsLost || core.CampaignUntil <= core.Now)
        {
            Lose();
            return;
        }

        core.At(core.CampaignUntil);
        if (ballot.IsLost) return;
        foreach (var voter in ballot.Open)
        {
            if (voter.EndpointOf(core.Local.Listener) is { } endpoint && core.IsDue(core.Sent.FreeAt(voter.Id)))
                core.Send(new QuorumPeer(voter.Id, endpoint), new QuorumRequest.Vote(core.Local.Key, voter.Key, core.Epoch, core.Log.Last, ballot.IsPreVote));
        }
    }

    /// <summary>Not elected: back to a leader that others still hear of, else again after a while.</summary>
    private void Lose()
    {
        var wasCandidate = core.Role == QuorumRole.Candidate;
        if (core.Leader != BrokerId.None && !core.LeaderIsGone && core.LeaderEndpoint is { } endpoint && core.Leader != core.Local.Key.Id)
            core.Follow(core.Epoch, core.Leader, endpoint);
        else core.BecomeUnattached(core.Epoch);
        // a candidate waited out its time already
        if (wasCandidate) core.CampaignAt = core.Now;
    }

    public void Answered(SentRequest sent, QuorumAnswer.Voted answer)
    {
        var vote = (QuorumRequest.Vote)sent.Request;
        if (core.Ballot is not { } ballot || ballot.IsPreVote != vote.IsPreVote || vote.Epoch != core.Epoch) return;
        if (answer.Error is not (ErrorCode.None or ErrorCode.UnsupportedVersion))
        {
            // another cluster, another voter at this place: as if it were not there
            core.Outage.Note(sent.To, answer.Error.ProtocolName());
            core.Sent.LeaveAlone(sent.To.Id, core.Now + core.Settings.ElectionTimeoutMs);
            return;
        }

        core.Again = true;
        ballot.Record(sent.To.Id, answer.IsGranted);
        if (answer.IsGranted) return;
        if (ballot.IsPreVote && core.LeaderIsGone)
        {
            // it may not have noticed yet what this node knows
            ballot.Reopen(sent.To.Id);
            core.Sent.LeaveAlone(sent.To.Id, core.Now + core.Settings.RetryBackoffMs);
        }
        else if (!ballot.IsPreVote && ballot.IsLost) core.CampaignUntil = Math.Min(core.CampaignUntil, core.Now + Backoff());
    }

    /// <summary>A pause by chance, longer after each election that failed.</summary>
    private long Backoff()
    {
        var longest = Math.Min(core.Settings.ElectionBackoffMsMax, (long)core.Settings.RankDelayMs << Math.Min(++core.Retries, 10));
        return 1 + core.Random.NextInt64(Math.Max(1, longest));
    }

    public void Asked(long id, QuorumRequest.Vote vote)
    {
        if (vote.Epoch < core.Epoch)
        {
            core.Answer(id, new QuorumAnswer.Voted(ErrorCode.FencedLeaderEpoch, false));
            return;
        }

        if (!core.IsMeant(vote.Voter))
        {
            core.Answer(id, new QuorumAnswer.Voted(ErrorCode.InvalidVoterKey, false));
            return;
        }

        if (vote.Epoch.Value < 0 || vote.Candidate.Id.Value < 0 || vote.LogEnd.End < Offset.Zero || vote.Candidate.Id == core.Local.Key.Id)
        {
            core.Answer(id, new QuorumAnswer.Voted(ErrorCode.InvalidRequest, false));
            return;
        }

        if (vote.Epoch > core.Epoch) core.BecomeUnattached(vote.Epoch);
        var isGranted = vote.IsPreVote ? WouldVoteFor(vote) : MayVoteFor(vote);
        if (isGranted && !vote.IsPreVote) core.VoteFor(vote.Candidate);
        // its turn comes when the other had time to win
        if (isGranted && vote.IsPreVote && core.LeaderIsGone) core.CampaignAt = Math.Max(core.CampaignAt, core.Now + 2L * core.Settings.RankDelayMs);
        core.Answer(id, new QuorumAnswer.Voted(ErrorCode.None, isGranted));
    }

    private bool WouldVoteFor(QuorumRequest.Vote vote) => vote.LogEnd >= core.Log.Last && core.Role switch
    {
        QuorumRole.Leader => false,
        // who hears from the leader keeps it; who knows that it is gone does not
        QuorumRole.Follower => !core.HasFetched || core.LeaderIsGone,
        _ => true,
    };

    private bool MayVoteFor(QuorumRequest.Vote vote)
    {
        if (core.Voted.Id != BrokerId.None) return core.Voted.MayBe(vote.Candidate);
        return core.Leader == BrokerId.None && core.Role is (QuorumRole.Unattached or QuorumRole.Prospective) && vote.LogEnd >= core.Log.Last;
    }
}
