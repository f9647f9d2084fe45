using Ottla.Metadata.Service;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Conversion;
using Ottla.Raft.Messages;

namespace Ottla.Metadata.Quorum;

/// <summary>The quorum's APIs as a controller's listener serves them. Any thread; each waits for the metadata loop, a fetch as long as its
/// leader holds it.</summary>
/// <remarks>Not about the one partition of `__cluster_metadata`: UNKNOWN_TOPIC_OR_PARTITION for a fetch, INVALID_REQUEST for the rest.</remarks>
public sealed class QuorumRequests(ControllerService service)
{
    public async Task<VoteResponse> Vote(VoteRequest request, short version) => RequestsIn.From(request) is { } vote
        ? AnswersOut.ToVote((await service.Ask(vote).ConfigureAwait(false)).Answer, version)
        : new VoteResponse { ErrorCode = ErrorCode.InvalidRequest };

    public async Task<BeginQuorumEpochResponse> BeginEpoch(BeginQuorumEpochRequest request, short version) => RequestsIn.From(request) is { } begin
        ? AnswersOut.ToBegin((await service.Ask(begin).ConfigureAwait(false)).Answer, version)
        : new BeginQuorumEpochResponse { ErrorCode = ErrorCode.InvalidRequest };

    public async Task<EndQuorumEpochResponse> EndEpoch(EndQuorumEpochRequest request, short version) => RequestsIn.From(request) is { } end
        ? AnswersOut.ToEnd((await service.Ask(end).ConfigureAwait(false)).Answer, version)
        : new EndQuorumEpochResponse { ErrorCode = ErrorCode.InvalidRequest };

    /// <param name="request">A follower's, an observer's or a consumer's.</param>
    /// <param name="version">Of the request.</param>
    /// <param name="cancellation">Whoever asks is gone: the leader holds the fetch no longer.</param>
    public async Task<FetchResponse> Fetch(FetchRequest request, short version, CancellationToken cancellation = default)
    {
        if (RequestsIn.From(request) is not { } fetch) return new FetchResponse { ErrorCode = ErrorCode.UnknownTopicOrPartition };
        var (answer, records) = await service.Ask(fetch, cancellation).ConfigureAwait(false);
        return AnswersOut.ToFetch(answer, records, version);
    }

    public async Task<FetchSnapshotResponse> FetchSnapshot(FetchSnapshotRequest request, short version) => RequestsIn.From(request) is { } fetch
        ? AnswersOut.ToSnapshot((await service.Ask(fetch).ConfigureAwait(false)).Answer, version)
        : new FetchSnapshotResponse { ErrorCode = ErrorCode.InvalidRequest };

    public async Task<UpdateRaftVoterResponse> UpdateVoter(UpdateRaftVoterRequest request) =>
        AnswersOut.ToUpdate((await service.Ask(RequestsIn.From(request)).ConfigureAwait(false)).Answer);

    public async Task<AddRaftVoterResponse> AddVoter(AddRaftVoterRequest request) =>
        AnswersOut.ToAdd((await service.Ask(RequestsIn.From(request)).ConfigureAwait(false)).Answer);

    public async Task<RemoveRaftVoterResponse> RemoveVoter(RemoveRaftVoterRequest request) =>
        AnswersOut.ToRemove((await service.Ask(RequestsIn.From(request)).ConfigureAwait(false)).Answer);

    /// <summary>Raises `kraft.version`, as UpdateFeatures asks for it.</summary>
    /// <returns>The error, and in words.</returns>
    public async Task<(ErrorCode Error, string? Message)> RaiseKRaftVersion(short level, bool isDryRun)
    {
        var (answer, _) = await service.Ask(new QuorumRequest.RaiseKRaftVersion(level, isDryRun)).ConfigureAwait(false);
        return (answer.Error, answer.Message);
    }
}
