using Ottla.Broker.Net;
using Ottla.Metadata.Quorum;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>RemoveRaftVoter, key 81, version 0: one voter of the metadata quorum less (KIP-853).</summary>
/// <remarks>Answered by the leader; anybody else says NOT_LEADER_OR_FOLLOWER.</remarks>
internal sealed class RemoveRaftVoter(QuorumRequests quorum) : IHandler<RemoveRaftVoterRequest, RemoveRaftVoterResponse>
{
    public static VersionRange Versions => new(0, 0);

    public async ValueTask<RemoveRaftVoterResponse?> Handle(RemoveRaftVoterRequest request, RequestContext context) =>
        await quorum.RemoveVoter(request).ConfigureAwait(false);
}
