using Ottla.Broker.Net;
using Ottla.Metadata.Quorum;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>UpdateRaftVoter, key 82, version 0: a voter tells where it is reached and what it speaks (KIP-853).</summary>
/// <remarks>Controllers alone.</remarks>
internal sealed class UpdateRaftVoter(QuorumRequests quorum) : IHandler<UpdateRaftVoterRequest, UpdateRaftVoterResponse>
{
    public static VersionRange Versions => new(0, 0);

    public async ValueTask<UpdateRaftVoterResponse?> Handle(UpdateRaftVoterRequest request, RequestContext context) =>
        await quorum.UpdateVoter(request).ConfigureAwait(false);
}
