using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>InitProducerId, key 22, versions 0 to 5: gives a producer its id and epoch (KIP-98).</summary>
/// <remarks>
/// v2: flexible. v3: the client names the id and epoch that it has (KIP-360); without a transactional id every call gives a new id all the
/// same, as in Kafka.
/// v4, v5: other errors for transactional producers. v6 (two-phase commit) is not offered by a stock broker either.
/// Not served: transactional ids, which are answered with COORDINATOR_NOT_AVAILABLE: there is no transaction coordinator yet.
/// Ids come in blocks from the controller (<see cref="ProducerIdBlocks"/>), so most answers touch no disk.
/// </remarks>
internal sealed class InitProducerId(ProducerIdBlocks ids) : IHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    public static VersionRange Versions => new(0, 5);

    public async ValueTask<InitProducerIdResponse?> Handle(InitProducerIdRequest request, RequestContext context)
    {
        if (request.TransactionalId is { Length: 0 }) return Refused(ErrorCode.InvalidRequest);
        if (request.TransactionalId is not null) return Refused(ErrorCode.CoordinatorNotAvailable);
        if (request.ProducerId < -1 || (request.ProducerId == -1) != (request.ProducerEpoch == -1)) return Refused(ErrorCode.InvalidRequest);
        return await ids.Next().ConfigureAwait(false) is { } id
            ? new InitProducerIdResponse { ProducerId = id.Value, ProducerEpoch = 0 }
            : Refused(ErrorCode.CoordinatorLoadInProgress);
    }

    private static InitProducerIdResponse Refused(ErrorCode error) => new() { ErrorCode = error, ProducerId = -1, ProducerEpoch = -1 };
}
