using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;

namespace Ottla.Metadata.Quorum;

/// <summary>The way to the other nodes of the quorum.</summary>
public interface IQuorumPeers : IDisposable
{
    /// <summary>Asks a node. Never throws but for a bug; what it waits for ends with the request's time-out, or when this is disposed.</summary>
    ValueTask<QuorumReply> Ask(QuorumPeer peer, QuorumRequest request);
}

/// <summary>What came of a request.</summary>
/// <param name="Answer">Null where there is none.</param>
/// <param name="Failure">Why; means nothing beside an answer.</param>
public readonly record struct QuorumReply(QuorumAnswer? Answer, RequestFailure Failure)
{
    public static QuorumReply Of(QuorumAnswer? answer) => new(answer, RequestFailure.Unusable);

    public static QuorumReply Failed(RequestFailure failure) => new(null, failure);
}
