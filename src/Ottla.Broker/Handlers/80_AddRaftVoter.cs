using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Net;
using Ottla.Metadata.Quorum;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>AddRaftVoter, key 80, versions 0 and 1: one more voter of the metadata quorum (KIP-853).</summary>
/// <remarks>v1: the answer need not wait for the commit (KIP-1186). Answered by the leader: a broker hands it on to it, a controller that
/// is not says NOT_LEADER_OR_FOLLOWER.</remarks>
internal sealed class AddRaftVoter(QuorumRequests quorum, Forwarder? forwarder = null) : IHandler<AddRaftVoterRequest, AddRaftVoterResponse>
{
    public static VersionRange Versions => new(0, 1);

    public async ValueTask<AddRaftVoterResponse?> Handle(AddRaftVoterRequest request, RequestContext context)
    {
        if (forwarder is null) return await quorum.AddVoter(request).ConfigureAwait(false);
        var (reply, _) = await forwarder.Forward<AddRaftVoterRequest, AddRaftVoterResponse>(
            request, context.ApiVersion, ForwardedClient.Of(context), context.Ending).ConfigureAwait(false);
        return reply.Response ?? new AddRaftVoterResponse { ErrorCode = reply.Error, ErrorMessage = reply.Why };
    }
}
