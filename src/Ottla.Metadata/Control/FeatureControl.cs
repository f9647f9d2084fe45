using Ottla.Configuration.Definitions;
using Ottla.Configuration.Effective;
using Ottla.Metadata.Features;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using ConfigResource = Ottla.Metadata.Image.ConfigResource;

namespace Ottla.Metadata.Control;

/// <summary>Features: the records of a new cluster, and UpdateFeatures.</summary>
/// <remarks>Owned by the metadata loop; decides and changes nothing, see <see cref="Controller"/>.</remarks>
public sealed class FeatureControl
{
    private readonly ControlState _state;

    internal FeatureControl(ControlState state) => _state = state;

    private const string AllFailed = "The update failed for all features since the following feature had an error: ";

    /// <summary>The first records of a cluster, in one transaction where its metadata version knows them (KIP-868).</summary>
    /// <param name="bootstrap">What formatting left in the bootstrap snapshot.</param>
    public MetadataDecision<Done> Bootstrap(IReadOnlyList<VersionedRecord> bootstrap)
    {
        Invariant.That(_state.Image.IsEmpty);
        var version = MetadataVersion.Latest;
        var elr = false;
        foreach (var record in bootstrap)
        {
            if (record.Record is not FeatureLevelRecord feature) continue;
            if (feature.Name == FeatureCatalog.MetadataVersionName) version = new MetadataVersion(feature.FeatureLevel);
            if (feature.Name == FeatureCatalog.EligibleLeaderReplicasName) elr = feature.FeatureLevel >= 1;
        }

        var records = new List<VersionedRecord>(bootstrap.Count + 3);
        if (version.HasTransactions) records.Add(new(new BeginTransactionRecord { Name = "Bootstrap records" }));
        records.AddRange(bootstrap);
        if (elr) records.Add(ClusterMinIsr());
        if (version.HasTransactions) records.Add(new(new EndTransactionRecord()));
        return MetadataDecision.Of(records, Done.Instance);
    }

    /// <summary>Ends a transaction that a former controller began and did not finish: none of its records count.</summary>
    public static MetadataDecision<Done> AbortOpenTransaction() =>
        MetadataDecision.Of([new(new AbortTransactionRecord { Reason = "controller failover" })], Done.Instance);

    /// <summary>Raises or lowers features, all of them or none (KIP-584).</summary>
    public MetadataDecision<UpdateFeaturesResponse> UpdateFeatures(UpdateFeaturesRequest request, short version)
    {
        var response = new UpdateFeaturesResponse();
        var records = new List<VersionedRecord>();
        // of a feature that is named twice the last update holds, as in Kafka
        List<UpdateFeaturesRequest.FeatureUpdateKey> updates =
            [.. request.FeatureUpdates.AsEnumerable().Reverse().DistinctBy(update => update.Feature, StringComparer.Ordinal).Reverse()];
        var wanted = updates.ToDictionary(update => update.Feature, update => update.MaxVersionLevel, StringComparer.Ordinal);
        foreach (var update in updates)
        {
            var upgradeType = version == 0 ? update.AllowDowngrade ? (sbyte)2 : (sbyte)1 : update.UpgradeType;
            var refusal = UpdateFeature(update.Feature, update.MaxVersionLevel, upgradeType, wanted, records);
            if (refusal.IsOk) continue;
            response.ErrorCode = refusal.Code;
            response.ErrorMessage = AllFailed + refusal.Message;
            return MetadataDecision.Nothing(response);
        }

        if (version <= 1)
        {
            response.Results = [.. updates.Select(update => new UpdateFeaturesResponse.UpdatableFeatureResult { Feature = update.Feature })];
        }

        return request.ValidateOnly ? MetadataDecision.Nothing(response) : MetadataDecision.Of(records, response);
    }

    private Verdict UpdateFeature(string name, short level, sbyte upgradeType, Dictionary<string, short> wanted, List<VersionedRecord> records)
    {
        if (upgradeType is not (1 or 2 or 3)) return Invalid(name, level, "The controller does not support the given upgrade type.");
        var now = _state.Image.Features.Level(name);
        if (level < 0) return Invalid(name, level, "A feature version cannot be less than 0.");
        if (FeatureCatalog.SupportedLevels(name) is not { } levels)
            return Invalid(name, level, $"Local controller {_state.Settings.NodeId} does not support this feature.");
        if (!levels.Contains(level) && !(level == 0 && name != FeatureCatalog.MetadataVersionName))
            return Invalid(name, level, $"Local controller {_state.Settings.NodeId} only supports versions {levels.Min}-{levels.Max}");
        if (level < now && upgradeType == 1)
            return Invalid(name, level, "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.");
        foreach (var broker in _state.Image.Cluster.Brokers.Values)
        {
            var supported = broker.Features.FirstOrDefault(feature => feature.Name == name);
            if (level != 0 && supported is null) return Invalid(name, level, $"Broker {broker.Id} does not support this feature.");
            if (supported is not null && level != 0 && (level < supported.Min || level > supported.Max))
                return Invalid(name, level, $"Broker {broker.Id} only supports versions {supported.Min}-{supported.Max}");
        }

        if (name == FeatureCatalog.KRaftVersionName) return UpdateKRaftVersion(level, now);
        if (name == FeatureCatalog.MetadataVersionName) return UpdateMetadataVersion(level, upgradeType, records);
        var needed = level > 0 ? FeatureCatalog.Find(name)!.MetadataVersionNeeded[level] : (short)0;
        var metadata = wanted.GetValueOrDefault(FeatureCatalog.MetadataVersionName, _state.Version.Level);
        if (metadata < needed)
            return Invalid(name, level, $"{name} could not be set to {level} because it depends on {FeatureCatalog.MetadataVersionName} level {needed}");
        if (level == now) return Verdict.Ok;
        records.Add(new(new FeatureLevelRecord { Name = name, FeatureLevel = level }));
        if (name == FeatureCatalog.EligibleLeaderReplicasName && level >= 1 && now == 0) AddElrSafety(records);
        return Verdict.Ok;
    }

    private static Verdict UpdateKRaftVersion(short level, short now) => level == now
        ? Verdict.Ok
        : Invalid(FeatureCatalog.KRaftVersionName, level, $"This version can't change it from {now} while the cluster runs; format a new directory with --standalone.");

    private Verdict UpdateMetadataVersion(short level, sbyte upgradeType, List<VersionedRecord> records)
    {
        var now = _state.Version.Level;
        if (level < now)
        {
            var what = $"Unsupported metadata.version downgrade from {now} to {level}. ";
            if (upgradeType == 3)
                return new(ErrorCode.InvalidUpdateVersion, what + "Unsafe metadata downgrade is not supported in this version.");
            if (LosesMetadata(new MetadataVersion(level)))
                return new(ErrorCode.InvalidUpdateVersion,
                    what + "Refusing to perform the requested downgrade because it might delete metadata information.");
        }

        if (level != now) records.Add(new(new FeatureLevelRecord { Name = FeatureCatalog.MetadataVersionName, FeatureLevel = level }));
        return Verdict.Ok;
    }

    /// <summary>Whether records of the levels above could not be written any more.</summary>
    private bool LosesMetadata(MetadataVersion to) =>
        to.RegisterBrokerRecordVersion != _state.Version.RegisterBrokerRecordVersion
        || to.PartitionRecordVersion != _state.Version.PartitionRecordVersion
        || to.HasScram != _state.Version.HasScram || to.HasDelegationTokens != _state.Version.HasDelegationTokens
        || to.ControllersRegister != _state.Version.ControllersRegister
        || to.HasTransactions != _state.Version.HasTransactions;

    /// <summary>ELR needs a min.insync.replicas that is the same for all brokers, so it is written down for the cluster
    /// (KIP-966).</summary>
    private void AddElrSafety(List<VersionedRecord> records)
    {
        if (_state.Image.Configs.Value(ConfigResource.DefaultBroker, "min.insync.replicas") is null) records.Add(ClusterMinIsr());
        foreach (var (resource, configs) in _state.Image.Configs.ByResource)
        {
            if (resource is not { Type: ConfigResourceType.Broker, Name.Length: > 0 } || !configs.ContainsKey("min.insync.replicas"))
                continue;
            records.Add(new(new ConfigRecord { ResourceType = (sbyte)resource.Type, ResourceName = resource.Name,
            Name = "min.insync.replicas" }));
        }
    }

    private VersionedRecord ClusterMinIsr() => new(new ConfigRecord
    {
        ResourceType = (sbyte)ConfigResourceType.Broker,
        ResourceName = "",
        Name = "min.insync.replicas",
        Value = new EffectiveConfig(_state.Settings.Static).ValueOf("min.insync.replicas").ToText(),
    });

    private static Verdict Invalid(string name, short level, string why) =>
        new(ErrorCode.InvalidUpdateVersion, $"Invalid update version {level} for feature {Quote.Of(name)}. {why}");
}
