using Ottla.Broker.Net;
using Ottla.Metadata.Quorum;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>EndQuorumEpoch, key 54, versions 0 and 1: a leader of the metadata quorum gives its office up (KIP-595).</summary>
/// <remarks>v1: successors by directory (KIP-853). Controllers alone.</remarks>
internal sealed class EndQuorumEpoch(QuorumRequests quorum) : IHandler<EndQuorumEpochRequest, EndQuorumEpochResponse>
{
    public static VersionRange Versions => new(0, 1);

    public async ValueTask<EndQuorumEpochResponse?> Handle(EndQuorumEpochRequest request, RequestContext context) =>
        await quorum.EndEpoch(request, context.ApiVersion).ConfigureAwait(false);
}
