using Ottla.Broker.Net;
using Ottla.Metadata.Quorum;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>Vote, key 52, versions 0 to 2: a candidate of the metadata quorum asks for a vote (KIP-595).</summary>
/// <remarks>v1: directories (KIP-853). v2: pre-votes (KIP-996). Controllers alone.</remarks>
internal sealed class Vote(QuorumRequests quorum) : IHandler<VoteRequest, VoteResponse>
{
    public static VersionRange Versions => new(0, 2);

    public async ValueTask<VoteResponse?> Handle(VoteRequest request, RequestContext context) =>
        await quorum.Vote(request, context.ApiVersion).ConfigureAwait(false);
}
