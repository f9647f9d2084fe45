using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Net;
using Ottla.Metadata.Quorum;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>RemoveRaftVoter, key 81, version 0: one voter of the metadata quorum less (KIP-853).</summary>
/// <remarks>Answered by the leader: a broker hands it on to it, a controller that is not says NOT_LEADER_OR_FOLLOWER.</remarks>
internal sealed class RemoveRaftVoter(QuorumRequests quorum, Forwarder? forwarder = null) : IHandler<RemoveRaftVoterRequest, RemoveRaftVoterResponse>
{
    public static VersionRange Versions => new(0, 0);

    public async ValueTask<RemoveRaftVoterResponse?> Handle(RemoveRaftVoterRequest request, RequestContext context)
    {
        if (forwarder is null) return await quorum.RemoveVoter(request).ConfigureAwait(false);
        var (reply, _) = await forwarder.Forward<RemoveRaftVoterRequest, RemoveRaftVoterResponse>(
            request, context.ApiVersion, ForwardedClient.Of(context), context.Ending).ConfigureAwait(false);
        return reply.Response ?? new RemoveRaftVoterResponse { ErrorCode = reply.Error, ErrorMessage = reply.Why };
    }
}
