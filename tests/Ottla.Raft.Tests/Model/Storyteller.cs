using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;

namespace Ottla.Raft.Tests.Model;

/// <summary>Puts into words what passes between nodes. Fetches go without saying.</summary>
internal static class Storyteller
{
    public static string? Tell(QuorumRequest request) => request switch
    {
        QuorumRequest.Vote { IsPreVote: true } vote => $"would you vote for me after epoch {vote.Epoch}? my log ends at {vote.LogEnd}",
        QuorumRequest.Vote vote => $"vote for me in epoch {vote.Epoch}, my log ends at {vote.LogEnd}",
        QuorumRequest.BeginEpoch begin => $"I lead epoch {begin.Epoch}",
        QuorumRequest.EndEpoch end => $"I lead epoch {end.Epoch} no longer, next should be {string.Join(", ", end.Successors.Select(s => s.Id))}",
        QuorumRequest.FetchSnapshot fetch => $"give me the snapshot {fetch.Snapshot} from {fetch.Position}",
        QuorumRequest.UpdateVoter update => $"I am voter {update.Voter.Id} at {update.Voter.Endpoints[0].Host}",
        QuorumRequest.AddVoter add => $"add {add.Voter.Id} to the voters",
        QuorumRequest.RemoveVoter remove => $"remove {remove.Voter.Id} in directory {remove.Voter.DirectoryId.Low} from the voters",
        QuorumRequest.AskVersions => "what do you speak?",
        _ => null,
    };

    public static string Tell(QuorumAnswer answer) => answer switch
    {
        QuorumAnswer.Voted { Error: ErrorCode.None } voted => voted.IsGranted ? "yes" : "no",
        QuorumAnswer.Done { Error: ErrorCode.None } => "done",
        _ => answer.Message is { } message ? $"{answer.Error.ProtocolName()}: {message}" : answer.Error.ProtocolName(),
    };

    public static string Tell(QuorumNode node) => node.Role switch
    {
        QuorumRole.Unattached => $"follows nobody in epoch {node.Epoch}",
        QuorumRole.Prospective => $"would campaign after epoch {node.Epoch}",
        QuorumRole.Candidate => $"is candidate in epoch {node.Epoch}",
        QuorumRole.Leader => $"leads epoch {node.Epoch}",
        QuorumRole.Follower when node.Leader == BrokerId.None => $"knows that the leader of epoch {node.Epoch} is gone",
        QuorumRole.Follower => $"follows {node.Leader} in epoch {node.Epoch}",
        _ => $"gave up epoch {node.Epoch}",
    };
}
