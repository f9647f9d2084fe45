using Ottla.Broker.Net;
using Ottla.Metadata.Quorum;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>Fetch, key 1, versions 4 to 18, on a controllers' listener: records of the metadata quorum, and no others (KIP-595).</summary>
/// <remarks>Voters and observers tell with it how far they are. The leader holds it until there are records, or more of them is committed than the
/// follower knows (KIP-1166, v18), and no longer than whoever asks is there. The frame is given back before.</remarks>
internal sealed class QuorumFetch(QuorumRequests quorum) : IHandler<FetchRequest, FetchResponse>
{
    public static VersionRange Versions => new(4, 18);

    public async ValueTask<FetchResponse?> Handle(FetchRequest request, RequestContext context)
    {
        context.ReleaseFrame();
        try
        {
            return await quorum.Fetch(request, context.ApiVersion, context.Ending).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
