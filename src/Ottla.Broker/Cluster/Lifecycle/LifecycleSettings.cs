using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster.Lifecycle;

/// <summary>What a broker says of itself, and the times that it keeps to.</summary>
internal sealed record LifecycleSettings
{
    /// <summary>All of it but the directories and the previous epoch.</summary>
    public required BrokerRegistrationRequest Registration { get; init; }

    /// <summary>The ids of the log directories that are online at the start.</summary>
    public required IReadOnlyList<Uuid> Directories { get; init; }

    /// <summary>The ids of those that take no new replicas.</summary>
    public IReadOnlyList<Uuid> Cordoned { get; init; } = [];

    /// <summary>The epoch that the mark of a clean stop carries; none after anything else.</summary>
    public BrokerEpoch EpochAtCleanStop { get; init; } = BrokerEpoch.None;

    /// <summary>`broker.heartbeat.interval.ms`.</summary>
    public int HeartbeatIntervalMs { get; init; } = 2_000;

    /// <summary>`broker.session.timeout.ms`: the controller fences whoever it does not hear from for so long.</summary>
    public int SessionTimeoutMs { get; init; } = 9_000;

    /// <summary>`initial.broker.registration.timeout.ms`: how long nobody need be told that the broker is not registered yet.</summary>
    public int RegistrationTimeoutMs { get; init; } = 60_000;

    /// <summary>`log.dir.failure.timeout.ms`.</summary>
    public long DirectoryFailureTimeoutMs { get; init; } = 30_000;

    /// <summary>`controlled.shutdown.enable`.</summary>
    public bool AsksBeforeStopping { get; init; } = true;

    public BrokerId Id => new(Registration.BrokerId);
}
