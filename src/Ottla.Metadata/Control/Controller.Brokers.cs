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
    /// What lies in a directory that is not among those of the request, which are online, is led by nobody until it is there again (KIP-858).
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
        AddElections(request.BrokerId, isClean, request.LogDirs, records);
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
        AddDepartures(broker.Id.Value, null, records);
        records.Add(new(new UnregisterBrokerRecord { BrokerId = broker.Id.Value, BrokerEpoch = broker.Epoch.Value }));
        return Decision.Of(records, new UnregisterBrokerResponse());
    }

    /// <summary>Gives leaders to the partitions of a broker that has come back, and takes them from those in a directory that has not.</summary>
    private void AddElections(int broker, bool isClean, List<Uuid> online, List<VersionedRecord> records)
    {
        foreach (var topic in Image.Topics.ById.Values)
        {
            var minIsr = KeepsElr ? MinIsrOf(topic) : (int?)null;
            for (var number = 0; number < topic.PartitionCount; number++)
            {
                if (topic.Partition(number) is not { } partition || !partition.Replicas.Contains(broker)) continue;
                if (Returning(partition, broker, isClean, online, minIsr) is { } change) records.Add(ChangeOf(topic.Id, number, change));
            }
        }
    }

    private PartitionChangeRecord? Returning(PartitionRegistration partition, int broker, bool isClean, List<Uuid> online, int? minIsr)
    {
        if (isClean || minIsr is null || !partition.EligibleLeaderReplicas.Contains(broker)) return Return(partition, broker, isClean, online, minIsr);
        // whoever stopped uncleanly may lack what was committed (KIP-966)
        List<int> eligible = [.. partition.EligibleLeaderReplicas.Where(id => id != broker)];
        partition = partition.After(new PartitionChangeRecord { EligibleLeaderReplicas = eligible }, _lists);
        var change = Return(partition, broker, isClean, online, minIsr) ?? new PartitionChangeRecord();
        change.EligibleLeaderReplicas ??= eligible;
        return change;
    }

    private PartitionChangeRecord? Return(PartitionRegistration partition, int broker, bool isClean, List<Uuid> online, int? minIsr)
    {
        bool MayLead(int id) => id == broker
            ? BrokerRegistration.CanServeFrom(partition.DirectoryOf(broker), online)
            : Image.Cluster.CanServe(partition, id);
        if (!MayLead(broker))
        {
            return partition.Leader == broker || (partition.Isr.Contains(broker) && (minIsr is not null || partition.Isr.Length > 1))
                ? PartitionElection.Depart(partition, broker, MayLead, isClean, minIsr, _lists)
                : null;
        }

        if (partition.Leader == broker) return isClean ? null : new PartitionChangeRecord { Leader = broker };
        if (partition.HasLeader || PartitionElection.Elect(partition, ElectionKind.Clean, MayLead, minIsr is not null) is not { } change) return null;
        // with one replica there is nobody to recover from
        if (partition.Replicas.Length == 1 && change.LeaderRecoveryState == 1) change.LeaderRecoveryState = -1;
        return change;
    }

    /// <summary>Takes a broker out of what it leads and is in sync with.</summary>
    /// <param name="broker">Which.</param>
    /// <param name="directories">Only what it has in these; null for all.</param>
    /// <param name="records">Gets the changes.</param>
    private void AddDepartures(int broker, IReadOnlyCollection<Uuid>? directories, List<VersionedRecord> records)
    {
        foreach (var topic in Image.Topics.ById.Values)
        {
            var minIsr = KeepsElr ? MinIsrOf(topic) : (int?)null;
            for (var number = 0; number < topic.PartitionCount; number++)
            {
                if (topic.Partition(number) is not { } partition || (partition.Leader != broker && !partition.Isr.Contains(broker))) continue;
                if (directories is not null && !directories.Contains(partition.DirectoryOf(broker))) continue;
                var change = PartitionElection.Depart(partition, broker, id => Image.Cluster.CanServe(partition, id), eligible: true, minIsr, _lists);
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
