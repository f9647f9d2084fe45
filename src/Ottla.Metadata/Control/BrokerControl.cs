using Ottla.Metadata.Features;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>Nodes: registering, fencing, leaving.</summary>
/// <remarks>Owned by the metadata loop; decides and changes nothing, see <see cref="Controller"/>.</remarks>
public sealed class BrokerControl
{
    private readonly ControlState _state;
    private readonly ElectionControl _elections;

    internal BrokerControl(ControlState state, ElectionControl elections)
    {
        _state = state;
        _elections = elections;
    }

    /// <summary>Registers the broker of this very process and lets it lead at once.</summary>
    /// <remarks>
    /// Kafka lets a former incarnation of the same node keep its registration until its session ends, 9 s after a crash, since it might
    /// still be alive somewhere.
    /// Here it can't be: the process holds the lock of the metadata directory, and broker and controller are one process. So the former
    /// incarnation is replaced at once, in one batch with the record that unfences and those that give leaders to partitions.
    /// After anything but a clean stop each partition that this node led gets a new leader epoch, since its log may have lost its tail.
    /// What lies in a directory that is not among those of the request, which are online, is led by nobody until it is there again
    /// (KIP-858).
    /// </remarks>
    public MetadataDecision<BrokerRegistrationResponse> RegisterSelf(BrokerRegistrationRequest request)
    {
        var records = new List<VersionedRecord>();
        var refusal = Register(request, same: null, records);
        if (!refusal.IsOk) return MetadataDecision.Nothing(new BrokerRegistrationResponse { ErrorCode = refusal.Code });
        var epoch = _state.NextOffset.Value;
        var former = _state.Image.Cluster.Broker(new BrokerId(request.BrokerId));
        var isClean = former is not null && request.PreviousBrokerEpoch == former.Epoch.Value;
        records.Add(new(new BrokerRegistrationChangeRecord { BrokerId = request.BrokerId, BrokerEpoch = epoch, Fenced = -1 }));
        _elections.AddReturns(request.BrokerId, isClean, request.LogDirs, records);
        // 200,000 partitions are more than one batch; each partition's change makes sense without the others
        return MetadataDecision.InParts(records, new BrokerRegistrationResponse { BrokerEpoch = epoch });
    }

    /// <summary>BrokerRegistration: another run of a broker, fenced until its heartbeats say that it has caught up (KIP-631,
    /// KIP-966).</summary>
    /// <remarks>
    /// A former run that may still be alive is not replaced: DUPLICATE_BROKER_REGISTRATION until its session ends or somebody confirms that
    /// it is dead. The same run keeps its epoch. A new one is out of all ISRs; if the former did not stop cleanly, which the request shows
    /// by not knowing its epoch, it is not eligible for anything either.
    /// </remarks>
    public MetadataDecision<BrokerRegistrationResponse> RegisterBroker(BrokerRegistrationRequest request)
    {
        var former = _state.Image.Cluster.Broker(new BrokerId(request.BrokerId));
        var isSameRun = former is not null && former.IncarnationId == request.IncarnationId;
        var records = new List<VersionedRecord>();
        // an earlier run of this very node held the lock of its directories, which this process has now
        var mayLive = former is not null && former.Id != _state.Settings.NodeId && _state.Sessions.IsAlive(former);
        var verdict = mayLive && !isSameRun
            ? new Verdict(ErrorCode.DuplicateBrokerRegistration)
            : Register(request, isSameRun ? former : null, records);
        if (!verdict.IsOk) return MetadataDecision.Nothing(new BrokerRegistrationResponse { ErrorCode = verdict.Code });
        if (isSameRun) return MetadataDecision.Of(records, new BrokerRegistrationResponse { BrokerEpoch = former!.Epoch.Value });
        var isUnclean = _state.KeepsElr && request.PreviousBrokerEpoch != former?.Epoch.Value;
        if (former is not null) _elections.AddDepartures(request.BrokerId, null, records, isUnclean);
        return MetadataDecision.InParts(records, new BrokerRegistrationResponse { BrokerEpoch = _state.NextOffset.Value });
    }

    /// <param name="request">What the broker says of itself.</param>
    /// <param name="same">The registration of this very run, which is amended; null for a new run.</param>
    /// <param name="records">Get the registration, first of all, so that its epoch is its offset.</param>
    private Verdict Register(BrokerRegistrationRequest request, BrokerRegistration? same, List<VersionedRecord> records)
    {
        if (request.ClusterId != _state.Settings.ClusterId) return new(ErrorCode.InconsistentClusterId);
        if (request.IsMigratingZkBroker) return new(ErrorCode.BrokerIdNotRegistered);
        if (_state.Version.HasDirectories && request.LogDirs.Count == 0) return new(ErrorCode.InvalidRegistration);
        if (!AreDirectories(request.LogDirs) || AreOthers(request)) return new(ErrorCode.InvalidRegistration);
        if (!request.Features.Exists(feature => feature.Name == FeatureCatalog.MetadataVersionName))
            return new(ErrorCode.InvalidRegistration);
        if (!SupportsFinalized(request)) return new(ErrorCode.UnsupportedVersion);
        var former = _state.Image.Cluster.Broker(new BrokerId(request.BrokerId));
        var version = _state.Version.RegisterBrokerRecordVersion;
        records.Add(new(
            new RegisterBrokerRecord
            {
                BrokerId = request.BrokerId,
                IncarnationId = request.IncarnationId,
                BrokerEpoch = same?.Epoch.Value ?? _state.NextOffset.Value,
                EndPoints = [.. request.Listeners.Select(l => new RegisterBrokerRecord.BrokerEndpoint
                    { Name = l.Name, Host = l.Host, Port = l.Port, SecurityProtocol = l.SecurityProtocol })],
                Features = [.. request.Features.Select(f => new RegisterBrokerRecord.BrokerFeature
                    { Name = f.Name, MinSupportedVersion = f.MinSupportedVersion, MaxSupportedVersion = f.MaxSupportedVersion })],
                Rack = request.Rack,
                Fenced = same?.Fenced ?? true,
                InControlledShutdown = same?.InControlledShutdown ?? false,
                LogDirs = _state.Version.HasDirectories ? [.. request.LogDirs] : [],
                CordonedLogDirs = _state.Version.HasCordonedDirectories && former?.CordonedDirectories is { } cordoned
                    ? [.. cordoned.Where(request.LogDirs.Contains)]
                    : null,
            },
            version));
        return Verdict.Ok;
    }

    /// <summary>Whether another broker has one of the directories: a copied `meta.properties`.</summary>
    private bool AreOthers(BrokerRegistrationRequest request)
    {
        foreach (var other in _state.Image.Cluster.Brokers.Values)
        {
            if (other.Id.Value != request.BrokerId && other.Directories.Any(request.LogDirs.Contains)) return true;
        }

        return false;
    }

    private static bool AreDirectories(List<Uuid> ids)
    {
        for (var i = 0; i < ids.Count; i++)
        {
            if (DirectoryIds.IsReserved(ids[i]) || ids.IndexOf(ids[i]) != i) return false;
        }

        return true;
    }

    /// <summary>Fences this node's broker when it stops cleanly, so that whoever opens the directory next, Ottla or Apache Kafka, need not
    /// wait for its session to end.</summary>
    /// <remarks>Partitions keep their leader: it is the only one that they can have, and changing 10,000 of them twice would make stops and
    /// starts slow for nothing.</remarks>
    public MetadataDecision<Done> FenceSelf()
    {
        var broker = _state.Image.Cluster.Broker(_state.Settings.NodeId);
        if (broker is null || broker.Fenced) return MetadataDecision.Nothing(Done.Instance);
        return MetadataDecision.Of(
            [new(new BrokerRegistrationChangeRecord { BrokerId = broker.Id.Value, BrokerEpoch = broker.Epoch.Value, Fenced = 1 })],
            Done.Instance);
    }

    /// <summary>Forgets a broker for good.</summary>
    public MetadataDecision<UnregisterBrokerResponse> UnregisterBroker(UnregisterBrokerRequest request)
    {
        if (_state.Image.Cluster.Broker(new BrokerId(request.BrokerId)) is not { } broker)
        {
            return MetadataDecision.Nothing(new UnregisterBrokerResponse
            {
                ErrorCode = ErrorCode.BrokerIdNotRegistered, ErrorMessage = $"Broker ID {request.BrokerId} is not currently registered",
            });
        }

        var records = new List<VersionedRecord>();
        _elections.AddDepartures(broker.Id.Value, null, records);
        records.Add(new(new UnregisterBrokerRecord { BrokerId = broker.Id.Value, BrokerEpoch = broker.Epoch.Value }));
        return MetadataDecision.Of(records, new UnregisterBrokerResponse());
    }

    private bool SupportsFinalized(BrokerRegistrationRequest request)
    {
        foreach (var finalized in _state.Image.Features.Finalized())
        {
            if (finalized.Name == FeatureCatalog.KRaftVersionName) continue;
            var feature = request.Features.Find(candidate => candidate.Name == finalized.Name);
            if (feature is null || finalized.Level < feature.MinSupportedVersion || finalized.Level > feature.MaxSupportedVersion)
                return false;
        }

        return true;
    }
}
