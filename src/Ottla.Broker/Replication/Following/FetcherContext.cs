using Microsoft.Extensions.Logging;
using Ottla.Configuration.Settings;
using Ottla.Network;
using Ottla.Network.Links;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication.Following;

/// <summary>What all fetchers of a node share.</summary>
internal sealed class FetcherContext
{
    public required BrokerId Self { get; init; }

    /// <summary>The run of this node that is registered; a leader believes no other.</summary>
    public required Func<BrokerEpoch> SelfEpoch { get; init; }

    public required FollowerLimits Limits { get; init; }

    /// <summary>`replica.socket.timeout.ms`: how long an answer may take.</summary>
    public required int RequestTimeoutMs { get; init; }

    public required LinkOptions LinkOptions { get; init; }

    public required NetworkPlatform Platform { get; init; }

    public required ReplicationThrottles Throttles { get; init; }

    public required ILogger Log { get; init; }

    public required Action<Exception> Fault { get; init; }

    public static FetcherContext Of(BrokerSettings settings, BrokerHost host, Func<BrokerEpoch> selfEpoch, ReplicationThrottles throttles) => new()
    {
        Self = settings.NodeId,
        SelfEpoch = selfEpoch,
        Limits = new FollowerLimits
        {
            PartitionBytesMax = settings.Replication.FetchMaxBytes,
            ResponseBytesMax = settings.Replication.FetchResponseMaxBytes,
            BytesMin = settings.Replication.FetchMinBytes,
            WaitMaxMs = settings.Replication.FetchWaitMaxMs,
            BackoffMs = settings.Replication.FetchBackoffMs,
        },
        RequestTimeoutMs = settings.Replication.SocketTimeoutMs,
        LinkOptions = new LinkOptions { ClientId = $"broker-{settings.NodeId}-fetcher", ReconnectBackoffMaxMs = settings.Replication.FetchBackoffMs },
        Platform = new NetworkPlatform(host.Transport, host.Time, host.Random, host.Fault),
        Throttles = throttles,
        Log = host.Logs.CreateLogger(nameof(ReplicaFetchers)),
        Fault = host.Fault,
    };

    public long NowMs => (long)(Platform.Time.GetTimestamp() * 1000.0 / Platform.Time.TimestampFrequency);
}
