using Ottla.Network;
using Ottla.Network.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Conversion;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;

namespace Ottla.Metadata.Quorum;

/// <summary>The other nodes of the quorum over the network: two links to each, one for fetches, which wait there, one for the rest.</summary>
/// <remarks>
/// Any thread. Requests go in the version that both sides speak. An answer's bytes are copied before its memory goes back.
/// Links stay open; there are as many as endpoints were ever named, up to <see cref="CountMax"/>, and then all are begun anew.
/// </remarks>
public sealed class QuorumLinks(NetworkPlatform platform, string clientId, QuorumSettings settings) : IQuorumPeers
{
    /// <summary>Two for each of more voters and bootstrap servers than any quorum has.</summary>
    private const int CountMax = 128;

    private static readonly Api<ApiVersionsRequest, ApiVersionsResponse> _apiVersions = new(4);

    private readonly Lock _gate = new();
    private readonly Dictionary<(NodeAddress Address, bool IsForFetches), NodeLink> _links = [];
    private bool _isDisposed;

    public async ValueTask<QuorumReply> Ask(QuorumPeer peer, QuorumRequest request)
    {
        var isFetch = request is QuorumRequest.Fetch or QuorumRequest.FetchSnapshot;
        if (LinkTo(new NodeAddress(peer.Endpoint.Host, peer.Endpoint.Port), isFetch) is not { } link) return QuorumReply.Failed(RequestFailure.Disconnected);
        return request switch
        {
            QuorumRequest.Vote vote => await Send(link, NodeApis.Vote, _ => RequestsOut.ToWire(vote), AnswersIn.From).ConfigureAwait(false),
            QuorumRequest.BeginEpoch begin => await Send(link, NodeApis.BeginQuorumEpoch, _ => RequestsOut.ToWire(begin), AnswersIn.From).ConfigureAwait(false),
            QuorumRequest.EndEpoch end => await Send(link, NodeApis.EndQuorumEpoch, version => RequestsOut.ToWire(end, version), AnswersIn.From).ConfigureAwait(false),
            QuorumRequest.Fetch fetch => await Send(
                link, NodeApis.Fetch, version => RequestsOut.ToWire(fetch, version), answer => AnswersIn.From(answer, FetchedReader.Read)).ConfigureAwait(false),
            QuorumRequest.FetchSnapshot fetch => await Send(link, NodeApis.FetchSnapshot, _ => RequestsOut.ToWire(fetch), AnswersIn.From).ConfigureAwait(false),
            QuorumRequest.UpdateVoter update => await Send(link, NodeApis.UpdateRaftVoter, _ => RequestsOut.ToWire(update), AnswersIn.From).ConfigureAwait(false),
            QuorumRequest.AddVoter add => await Send(link, NodeApis.AddRaftVoter, version => RequestsOut.ToWire(add, version), AnswersIn.From).ConfigureAwait(false),
            QuorumRequest.RemoveVoter remove => await Send(link, NodeApis.RemoveRaftVoter, _ => RequestsOut.ToWire(remove), AnswersIn.From).ConfigureAwait(false),
            QuorumRequest.AskVersions => await Send(
                link, _apiVersions, _ => new ApiVersionsRequest { ClientSoftwareName = "ottla", ClientSoftwareVersion = "0" }, AnswersIn.From).ConfigureAwait(false),
            _ => throw new InvariantException($"The quorum's links do not know {request.GetType()}"),
        };
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            CloseAll();
        }
    }

    private NodeLink? LinkTo(NodeAddress address, bool isForFetches)
    {
        lock (_gate)
        {
            if (_isDisposed) return null;
            if (_links.TryGetValue((address, isForFetches), out var known)) return known;
            if (_links.Count >= CountMax) CloseAll();
            // whoever is refused is asked again at once: that is how a follower finds out that its leader is dead
            var link = new NodeLink(address, new LinkOptions
            {
                ClientId = clientId,
                ConnectTimeoutMs = settings.RequestTimeoutMs,
                RequestTimeoutMs = settings.RequestTimeoutMs,
                ReconnectBackoffMs = settings.RetryBackoffMs,
                ReconnectBackoffMaxMs = Math.Max(settings.RetryBackoffMs, settings.ElectionTimeoutMs / 5),
            }, platform);
            _links[(address, isForFetches)] = link;
            return link;
        }
    }

    private void CloseAll()
    {
        foreach (var link in _links.Values) link.Dispose();
        _links.Clear();
    }

    private static async ValueTask<QuorumReply> Send<TRequest, TResponse>(
        NodeLink link, Api<TRequest, TResponse> api, Func<short, TRequest> request, Func<TResponse, QuorumAnswer?> read)
        where TRequest : Protocol.Wire.IRequest<TRequest>
        where TResponse : Protocol.Wire.IResponse<TResponse>
    {
        using var answer = await link.Send(api, request).ConfigureAwait(false);
        return answer.Error is { } error ? QuorumReply.Failed(Of(error.Failure)) : QuorumReply.Of(read(answer.Message));
    }

    private static RequestFailure Of(LinkFailure failure) => failure switch
    {
        LinkFailure.Refused => RequestFailure.Refused,
        LinkFailure.TimedOut => RequestFailure.TimedOut,
        LinkFailure.UnsupportedVersion or LinkFailure.Malformed => RequestFailure.Unusable,
        _ => RequestFailure.Disconnected,
    };
}
