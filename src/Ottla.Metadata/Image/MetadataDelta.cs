using Ottla.Configuration.Effective;
using Ottla.Metadata.Features;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Metadata.Image;

/// <summary>What some records change in an image: fed record by record, then applied as a whole, and shown to subscribers.</summary>
/// <remarks>
/// Owned by whoever feeds it until <see cref="Apply"/>; immutable from then on. A record that can't follow from the image (a partition of
/// an unknown topic) is a log that lies: <see cref="MalformedMessageException"/>, and the node does not start with it.
/// </remarks>
public sealed class MetadataDelta(MetadataImage old, SharedLists lists)
{
    private FeaturesImage _features = old.Features;
    private ClusterImage _cluster = old.Cluster;
    private ClientQuotasImage _quotas = old.Quotas;
    private readonly Dictionary<ConfigResource, Dictionary<string, string>> _editedConfigs = [];
    private readonly Dictionary<QuotaEntity, Dictionary<string, double>> _editedQuotas = [];
    private ProducerIdsImage _producerIds = old.ProducerIds;
    private SecurityImage _security = old.Security;
    private ConfigsImage _configs = old.Configs;
    private readonly HashSet<ConfigResource> _changedConfigs = [];

    /// <summary>The image before.</summary>
    public MetadataImage Old => old;

    public TopicsDelta Topics { get; } = new(old.Topics, lists);

    /// <summary>Resources some of whose configs were set or removed.</summary>
    public IReadOnlyCollection<ConfigResource> ChangedConfigs => _changedConfigs;

    public bool FeaturesChanged => !ReferenceEquals(_features, old.Features);

    public bool ClusterChanged => !ReferenceEquals(_cluster, old.Cluster);

    public bool QuotasChanged => _editedQuotas.Count > 0 || !ReferenceEquals(_quotas, old.Quotas);

    public bool SecurityChanged => !ReferenceEquals(_security, old.Security);

    /// <summary>A delta that brings all of an image, for a subscriber that knows nothing yet.</summary>
    public static MetadataDelta FromNothing(MetadataImage image) => Between(MetadataImage.Empty, image);

    /// <summary>What is another now, where an image came as a whole: from a snapshot.</summary>
    public static MetadataDelta Between(MetadataImage old, MetadataImage image)
    {
        var delta = new MetadataDelta(old, new SharedLists())
        {
            _features = image.Features, _cluster = image.Cluster, _quotas = image.Quotas, _producerIds = image.ProducerIds, _security = image.Security,
            _configs = image.Configs,
        };
        foreach (var resource in old.Configs.ByResource.Keys)
        {
            if (!image.Configs.ByResource.ContainsKey(resource)) delta._changedConfigs.Add(resource);
        }

        foreach (var (resource, configs) in image.Configs.ByResource)
        {
            if (!AreSame(old.Configs.Of(resource), configs)) delta._changedConfigs.Add(resource);
        }

        delta.Topics.Become(image.Topics);
        return delta;
    }

    /// <summary>Takes one record. Transaction markers and no-ops change nothing here; see <see cref="Log.MetadataReplay"/>.</summary>
    public void Replay(object record)
    {
        switch (record)
        {
            case TopicRecord topic: Topics.Replay(topic); break;
            case PartitionRecord partition: Topics.Replay(partition); break;
            case PartitionChangeRecord change: Topics.Replay(change); break;
            case RemoveTopicRecord removed: ForgetConfigs(ConfigResource.Topic(Topics.Replay(removed))); break;
            case ClearElrRecord clear: Topics.Replay(clear); break;
            case ConfigRecord config: Replay(config); break;
            case FeatureLevelRecord feature: Replay(feature); break;
            case ClientQuotaRecord quota: Replay(quota); break;
            case ProducerIdsRecord ids: _producerIds = new ProducerIdsImage(ids.NextProducerId, ids); break;
            case RegisterBrokerRecord or UnregisterBrokerRecord or FenceBrokerRecord or UnfenceBrokerRecord or BrokerRegistrationChangeRecord
                or RegisterControllerRecord or UnregisterControllerRecord:
                _cluster = ClusterChanges.After(_cluster, record);
                break;
            case UserScramCredentialRecord or RemoveUserScramCredentialRecord or AccessControlEntryRecord or RemoveAccessControlEntryRecord
                or DelegationTokenRecord or RemoveDelegationTokenRecord:
                _security = SecurityChanges.After(_security, record);
                break;
            case NoOpRecord or BeginTransactionRecord or EndTransactionRecord or AbortTransactionRecord or ZkMigrationStateRecord: break;
            default: throw new MalformedMessageException($"The metadata log holds a {record.GetType().Name}, which this version does not know");
        }
    }

    /// <summary>The level of `kraft.version`, which control records carry.</summary>
    public void ReplayKRaftVersion(short level)
    {
        if (level != _features.KRaftVersion) _features = _features with { KRaftVersion = level };
    }

    /// <summary>The image after.</summary>
    public MetadataImage Apply(OffsetAndEpoch provenance, long lastTimestampMs)
    {
        Invariant.That(provenance.EndOffset >= old.Provenance.EndOffset);
        foreach (var (resource, configs) in _editedConfigs) _configs = _configs.With(resource, configs);
        foreach (var (entity, quotas) in _editedQuotas) _quotas = _quotas.With(entity, quotas);
        return old with
        {
            Provenance = provenance,
            LastTimestampMs = lastTimestampMs,
            Features = _features,
            Cluster = _cluster,
            Topics = Topics.Apply(),
            Configs = _configs,
            Quotas = _quotas,
            ProducerIds = _producerIds,
            Security = _security,
        };
    }

    private static bool AreSame(IReadOnlyDictionary<string, string> configs, IReadOnlyDictionary<string, string> others)
    {
        if (configs.Count != others.Count) return false;
        foreach (var (name, value) in configs)
        {
            if (!others.TryGetValue(name, out var other) || other != value) return false;
        }

        return true;
    }

    private void ForgetConfigs(ConfigResource resource)
    {
        if (!_editedConfigs.ContainsKey(resource) && !_configs.ByResource.ContainsKey(resource)) return;
        _editedConfigs[resource] = new Dictionary<string, string>(StringComparer.Ordinal);
        _changedConfigs.Add(resource);
    }

    private void Replay(ConfigRecord record)
    {
        var resource = new ConfigResource((ConfigResourceType)record.ResourceType, record.ResourceName);
        // one copy for all the records of a resource, however many there are
        if (!_editedConfigs.TryGetValue(resource, out var configs))
            _editedConfigs.Add(resource, configs = new Dictionary<string, string>(_configs.Of(resource), StringComparer.Ordinal));
        if (record.Value is null) configs.Remove(record.Name);
        else configs[record.Name] = record.Value;
        _changedConfigs.Add(resource);
    }

    private void Replay(FeatureLevelRecord record)
    {
        if (record.Name == FeatureCatalog.MetadataVersionName)
        {
            var version = new MetadataVersion(record.FeatureLevel);
            if (version < MetadataVersion.Minimum)
            {
                throw new MalformedMessageException(
                    $"metadata.version {record.FeatureLevel} lies before {MetadataVersion.Minimum} ({MetadataVersion.Minimum.Level}), the first that is read");
            }

            _features = _features with { MetadataVersion = version };
        }
        else
        {
            _features = _features.With(record.Name, record.FeatureLevel);
        }
    }

    private void Replay(ClientQuotaRecord record)
    {
        var entity = new QuotaEntity(record.Entity.Select(part => (part.EntityType, part.EntityName)));
        if (!_editedQuotas.TryGetValue(entity, out var quotas))
            _editedQuotas.Add(entity, quotas = new Dictionary<string, double>(_quotas.Of(entity) ?? new Dictionary<string, double>(), StringComparer.Ordinal));
        if (record.Remove) quotas.Remove(record.Key);
        else quotas[record.Key] = record.Value;
    }
}
