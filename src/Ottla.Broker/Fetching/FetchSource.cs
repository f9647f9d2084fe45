using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Fetching;

/// <summary>Up to where a fetch may read.</summary>
internal enum FetchIsolation
{
    /// <summary>A follower: all that is in the log.</summary>
    LogEnd,

    /// <summary>A consumer: below the high watermark.</summary>
    HighWatermark,

    /// <summary>A consumer of committed records: below the last stable offset (KIP-98).</summary>
    Committed,
}

/// <summary>Who fetches, and what that allows.</summary>
/// <param name="Replica">The follower that it says it is; none for a consumer. Believed by a partition only where it is one of its
/// replicas.</param>
/// <param name="ReplicaEpoch">The run of it (KIP-903).</param>
/// <param name="Isolation">Up to where it reads.</param>
/// <param name="Rack">Where the consumer stands; empty where it does not say (KIP-392).</param>
/// <param name="Listener">Where it came in, and is to be sent to others.</param>
/// <param name="MayReadFollowers">A consumer that knows of reading from followers.</param>
internal sealed record FetchSource(BrokerId Replica, BrokerEpoch ReplicaEpoch, FetchIsolation Isolation, string Rack, string Listener, bool MayReadFollowers)
{
    private const sbyte ReadCommitted = 1;
    private const short FirstVersionWithRack = 11;

    public bool IsFollower => Isolation == FetchIsolation.LogEnd;

    /// <summary>What a fetch that waits at a partition is woken by.</summary>
    public FetchSignal Signals => IsFollower ? FetchSignal.Both : FetchSignal.HighWatermark;

    public static FetchSource Of(FetchRequest request, RequestContext context)
    {
        // from version 15 on it stands in a tag (KIP-903)
        var replica = request.ReplicaState.ReplicaId != -1 ? request.ReplicaState.ReplicaId : request.ReplicaId;
        if (replica >= 0) return new(new(replica), new(request.ReplicaState.ReplicaEpoch), FetchIsolation.LogEnd, "", context.ListenerName, false);
        var isolation = request.IsolationLevel == ReadCommitted ? FetchIsolation.Committed : FetchIsolation.HighWatermark;
        return new(BrokerId.None, BrokerEpoch.None, isolation, request.RackId, context.ListenerName, context.ApiVersion >= FirstVersionWithRack);
    }
}
