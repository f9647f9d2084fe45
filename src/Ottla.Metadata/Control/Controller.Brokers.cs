using Ottla.Metadata.Features;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <content>Nodes: registering, fencing, leaving.</content>
public sealed partial class Controller
{
    /// <summary>Registers the broker of this very process and lets it lead at once.</summary>
    /// <remarks>
    /// Kafka lets a former incarnation of the same node keep its registration until its session ends, 9 s after a crash, since it might
    /// still be alive somewhere.
    /// Here it can't be: the process holds the lock of the metadata directory, and broker and controller are one process. So the former
    /// incarnation is replaced at
    /// once, in one batch with the record that unfences and those that give leaders to partitions.
    /// After anything but a clean stop each partition that this node led gets a new leader epoch, since its log may have lost its tail.
    /// </remarks>
    public Decision<BrokerRegistrationResponse> RegisterSelf(BrokerRegistrationRequest request)
    {
        var records = new List<VersionedRecord>();
        var refusal = Register(request, isSelf: true, records);
        if (!refusal.IsOk) return Decision.Nothing(new BrokerRegistrationResponse { ErrorCode = refusal.Code });
        var epoch = NextOffset.Value;
        var former = Image.Cluster.Broker(new BrokerId(request.BrokerId));
        var isClean = former is not null && request.PreviousBrokerEpoch == former.Epoch.Value;
        records.Add(new(new BrokerRegistrationChangeRecord { BrokerId = request.BrokerId, BrokerEpoch = epoch, Fenced = -1 }));
        AddElections(request.BrokerId, isClean, records);
        return Decision.Of(records, new BrokerRegistrationResponse { BrokerEpoch = epoch });
    }

    /// <summary>Registers another node's broker, fenced until its heartbeats say that it has caught up.</summary>
    public Decision<BrokerRegistrationResponse> RegisterBroker(BrokerRegistrationRequest request)
    {
        var records = new List<VersionedRecord>();
        var refusal = Register(request, isSelf: false, records);
        return refusal.IsOk
            ? Decision.Of(records, new BrokerRegistrationResponse { BrokerEpoch = NextOffset.Value })
            : Decision.Nothing(new BrokerRegistrationResponse { ErrorCode = refusal.Code });
    }

    private Refusal Register(BrokerRegistrationRequest request, bool isSelf, List<VersionedRecord> records)
    {
        if (request.ClusterId != _settings.ClusterId) return new(ErrorCode.InconsistentClusterId);
        var former = Image.Cluster.Broker(new BrokerId(request.BrokerId));
        if (!isSelf && former is { Fenced: false } && former.IncarnationId != request.IncarnationId) return new(ErrorCode.DuplicateBrokerRegistration);
        if (request.IsMigratingZkBroker) return new(ErrorCode.BrokerIdNotRegistered);
        if (Version.HasDirectories && request.LogDirs.Count == 0) return new(ErrorCode.InvalidRegistration);
        if (!AreDirectories(request.LogDirs)) return new(ErrorCode.InvalidRegistration);
        if (!SupportsFinalized(request)) return new(ErrorCode.UnsupportedVersion);
        var version = Version.RegisterBrokerRecordVersion;
        records.Add(new(
            new RegisterBrokerRecord
            {
                BrokerId = request.BrokerId,
                IncarnationId = request.IncarnationId,
                BrokerEpoch = NextOffset.Value,
                EndPoints = [.. request.Listeners.Select(l => new RegisterBrokerRecord.BrokerEndpoint
                    { Name = l.Name, Host = l.Host, Port = l.Port, SecurityProtocol = l.SecurityProtocol })],
                Features = [.. request.Features.Select(f => new RegisterBrokerRecord.BrokerFeature
                    { Name = f.Name, MinSupportedVersion = f.MinSupportedVersion, MaxSupportedVersion = f.MaxSupportedVersion })],
                Rack = request.Rack,
                Fenced = true,
                LogDirs = Version.HasDirectories ? [.. request.LogDirs] : [],
                CordonedLogDirs = Version.HasCordonedDirectories && former?.CordonedDirectories is { } cordoned ? [.. cordoned.Where(request.LogDirs.Contains)] : null,
            },
            version));
        return Refusal.Ok;
    }

    private static bool AreDirectories(List<Uuid> ids)
    {
        for (var i = 0; i < ids.Count; i++)
        {
            if (DirectoryIds.IsReserved(ids[i]) || ids.IndexOf(ids[i]) != i) return false;
        }

        return true;
    }

    /// <summary>Registers a controller's listeners and features.</summary>
    public Decision<ControllerRegistrationResponse> RegisterController(ControllerRegistrationRequest request)
    {
        if (!Version.ControllersRegister) return Decision.Nothing(new ControllerRegistrationResponse { ErrorCode = ErrorCode.UnsupportedVersion });
        var record = new RegisterControllerRecord
        {
            ControllerId = request.ControllerId,
            IncarnationId = request.IncarnationId,
            ZkMigrationReady = request.ZkMigrationReady,
            EndPoints = [.. request.Listeners.Select(l => new RegisterControllerRecord.ControllerEndpoint
                { Name = l.Name, Host = l.Host, Port = l.Port, SecurityProtocol = l.SecurityProtocol })],
            Features = [.. request.Features.Select(f => new RegisterControllerRecord.ControllerFeature
                { Name = f.Name, MinSupportedVersion = f.MinSupportedVersion, MaxSupportedVersion = f.MaxSupportedVersion })],
        };
        return Decision.Of([new(record)], new ControllerRegistrationResponse());
    }

    /// <summary>Fences this node's broker when it stops cleanly, so that whoever opens the directory next, Ottla or Apache Kafka, need not
    /// wait for its session to end.</summary>
    /// <remarks>Partitions keep their leader: it is the only one that they can have, and changing 10,000 of them twice would make stops and
    /// starts slow for nothing.</remarks>
    public Decision<ErrorCode> FenceSelf()
    {
        var broker = Image.Cluster.Broker(_settings.NodeId);
        if (broker is null || broker.Fenced) return Decision.Nothing(ErrorCode.None);
        return Decision.Of(
            [new(new BrokerRegistrationChangeRecord { BrokerId = broker.Id.Value, BrokerEpoch = broker.Epoch.Value, Fenced = 1 })],
            ErrorCode.None);
    }

    /// <summary>Tells which of this node's directories take no new replicas (KIP-1066), or which are online now.</summary>
    public Decision<ErrorCode> ChangeOwnDirectories(IReadOnlyList<Uuid>? online, IReadOnlyList<Uuid>? cordoned)
    {
        var broker = Image.Cluster.Broker(_settings.NodeId);
        if (broker is null) return Decision.Nothing(ErrorCode.BrokerIdNotRegistered);
        var change = new BrokerRegistrationChangeRecord { BrokerId = broker.Id.Value, BrokerEpoch = broker.Epoch.Value };
        short version = 0;
        if (online is { Count: > 0 } && Version.HasDirectories && !online.Order(UuidOrder).SequenceEqual(broker.Directories.Order(UuidOrder)))
        {
            change.LogDirs = [.. online];
            version = 2;
        }

        if (cordoned is not null && Version.HasCordonedDirectories && !(broker.CordonedDirectories ?? []).Order(UuidOrder).SequenceEqual(cordoned.Order(UuidOrder)))
        {
            change.CordonedLogDirs = [.. cordoned];
            version = 3;
        }

        return version == 0 ? Decision.Nothing(ErrorCode.None) : Decision.Of([new(change, version)], ErrorCode.None);
    }

    /// <summary>Forgets a broker for good.</summary>
    public Decision<UnregisterBrokerResponse> UnregisterBroker(UnregisterBrokerRequest request)
    {
        if (Image.Cluster.Broker(new BrokerId(request.BrokerId)) is not { } broker)
        {
            return Decision.Nothing(new UnregisterBrokerResponse
            {
                ErrorCode = ErrorCode.BrokerIdNotRegistered, ErrorMessage = $"Broker ID {request.BrokerId} is not currently registered",
            });
        }

        var records = new List<VersionedRecord>();
        AddDepartures(broker.Id.Value, records);
        records.Add(new(new UnregisterBrokerRecord { BrokerId = broker.Id.Value, BrokerEpoch = broker.Epoch.Value }));
        return Decision.Of(records, new UnregisterBrokerResponse());
    }

    private static readonly Comparer<Uuid> UuidOrder = Comparer<Uuid>.Create((a, b) => a.High != b.High ? a.High.CompareTo(b.High) : a.Low.CompareTo(b.Low));

    /// <summary>Gives leaders to the partitions of a broker that has come back.</summary>
    private void AddElections(int broker, bool isClean, List<VersionedRecord> records)
    {
        var elr = Image.Features.IsElrEnabled && Version.HasEligibleLeaderReplicas;
        foreach (var topic in Image.Topics.ById.Values)
        {
            for (var number = 0; number < topic.PartitionCount; number++)
            {
                if (topic.Partition(number) is not { } partition || !partition.Replicas.Contains(broker)) continue;
                var change = partition.Leader == broker
                    ? isClean ? null : new PartitionChangeRecord { Leader = broker }
                    : partition.HasLeader ? null : PartitionElection.Elect(partition, ElectionKind.Clean, id => id == broker || Image.Cluster.IsActive(id), elr);
                if (change is null) continue;
                // with one replica there is nobody to recover from
                if (partition.Replicas.Length == 1 && change.LeaderRecoveryState == 1) change.LeaderRecoveryState = -1;
                records.Add(ChangeOf(topic.Id, number, change));
            }
        }
    }

    /// <summary>Takes a broker out of what it leads and is in sync with.</summary>
    private void AddDepartures(int broker, List<VersionedRecord> records)
    {
        foreach (var topic in Image.Topics.ById.Values)
        {
            for (var number = 0; number < topic.PartitionCount; number++)
            {
                if (topic.Partition(number) is not { } partition || (partition.Leader != broker && !partition.Isr.Contains(broker))) continue;
                int[] isr = [.. partition.Isr.Where(id => id != broker)];
                var change = new PartitionChangeRecord();
                if (isr.Length > 0) change.Isr = [.. isr];
                if (partition.Leader == broker)
                {
                    var next = Array.FindIndex(partition.Replicas, id => isr.Contains(id) && Image.Cluster.IsActive(id));
                    change.Leader = next < 0 ? PartitionRegistration.NoLeader : partition.Replicas[next];
                }

                records.Add(ChangeOf(topic.Id, number, change));
            }
        }
    }

    private bool SupportsFinalized(BrokerRegistrationRequest request)
    {
        foreach (var finalized in Image.Features.Finalized())
        {
            if (finalized.Name == FeatureCatalog.KRaftVersionName) continue;
            var feature = request.Features.Find(candidate => candidate.Name == finalized.Name);
            if (feature is null || finalized.Level < feature.MinSupportedVersion || finalized.Level > feature.MaxSupportedVersion) return false;
        }

        return true;
    }
}
