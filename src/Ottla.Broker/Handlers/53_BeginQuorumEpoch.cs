using Ottla.Broker.Net;
using Ottla.Metadata.Quorum;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>BeginQuorumEpoch, key 53, versions 0 and 1: a new leader of the metadata quorum tells the voters (KIP-595).</summary>
/// <remarks>v1: directories, and where the leader is reached (KIP-853). Controllers alone.</remarks>
internal sealed class BeginQuorumEpoch(QuorumRequests quorum) : IHandler<BeginQuorumEpochRequest, BeginQuorumEpochResponse>
{
    public static VersionRange Versions => new(0, 1);

    public async ValueTask<BeginQuorumEpochResponse?> Handle(BeginQuorumEpochRequest request, RequestContext context) =>
        await quorum.BeginEpoch(request, context.ApiVersion).ConfigureAwait(false);
}
