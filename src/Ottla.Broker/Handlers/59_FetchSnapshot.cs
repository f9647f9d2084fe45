using Ottla.Broker.Net;
using Ottla.Metadata.Quorum;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>FetchSnapshot, key 59, versions 0 and 1: a part of a snapshot of the metadata (KIP-630).</summary>
/// <remarks>v1: the follower's directory (KIP-853). Controllers alone.</remarks>
internal sealed class FetchSnapshot(QuorumRequests quorum) : IHandler<FetchSnapshotRequest, FetchSnapshotResponse>
{
    public static VersionRange Versions => new(0, 1);

    public async ValueTask<FetchSnapshotResponse?> Handle(FetchSnapshotRequest request, RequestContext context) =>
        await quorum.FetchSnapshot(request, context.ApiVersion).ConfigureAwait(false);
}
