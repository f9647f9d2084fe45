using Ottla.Configuration.Effective;
using Ottla.Metadata.Features;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Image;

/// <summary>The level of one feature.</summary>
public sealed record FeatureLevel(string Name, short Level);

/// <summary>The levels on which the cluster has agreed (KIP-584). Immutable.</summary>
/// <param name="MetadataVersion">Null before the first record that names it.</param>
/// <param name="Levels">Of all other features that are above 0, without `kraft.version`, sorted by name.</param>
/// <param name="KRaftVersion">From the log's control records, not from FeatureLevelRecords.</param>
public sealed record FeaturesImage(MetadataVersion? MetadataVersion, IReadOnlyList<FeatureLevel> Levels, short KRaftVersion)
{
    public static readonly FeaturesImage Empty = new(null, [], 0);

    public MetadataVersion VersionOrMinimum => MetadataVersion ?? Features.MetadataVersion.Minimum;

    public short Level(string feature)
    {
        if (feature == FeatureCatalog.MetadataVersionName) return MetadataVersion?.Level ?? 0;
        if (feature == FeatureCatalog.KRaftVersionName) return KRaftVersion;
        foreach (var known in Levels)
        {
            if (known.Name == feature) return known.Level;
        }

        return 0;
    }

    public bool IsElrEnabled => Level(FeatureCatalog.EligibleLeaderReplicasName) >= 1;

    /// <summary>All levels above 0, `metadata.version` and `kraft.version` among them, as ApiVersions shows them.</summary>
    public IReadOnlyList<FeatureLevel> Finalized()
    {
        var all = new List<FeatureLevel>(Levels.Count + 2);
        if (MetadataVersion is { } version) all.Add(new(FeatureCatalog.MetadataVersionName, version.Level));
        if (KRaftVersion > 0) all.Add(new(FeatureCatalog.KRaftVersionName, KRaftVersion));
        all.AddRange(Levels);
        return all;
    }

    /// <summary>The same with one feature at another level.</summary>
    internal FeaturesImage With(string name, short level)
    {
        var levels = new List<FeatureLevel>(Levels.Count + 1);
        foreach (var known in Levels)
        {
            if (known.Name != name) levels.Add(known);
        }

        if (level != 0) levels.Add(new FeatureLevel(name, level));
        levels.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return this with { Levels = levels };
    }
}

/// <summary>Whose configs they are. The broker of the empty name is the default of all brokers.</summary>
public sealed record ConfigResource(ConfigResourceType Type, string Name)
{
    // written out: what the compiler makes goes through comparers of the framework that are compiled anew at each start
    public bool Equals(ConfigResource? other) => other is not null && Type == other.Type && Name == other.Name;

    public override int GetHashCode() => StableHash.Of(Name) * 31 + (int)Type;

    public static readonly ConfigResource DefaultBroker = new(ConfigResourceType.Broker, "");

    public static ConfigResource Topic(string name) => new(ConfigResourceType.Topic, name);

    public static ConfigResource Broker(BrokerId id) => new(ConfigResourceType.Broker, id.ToString());
}

/// <summary>All configs that were set by request, by resource. Immutable.</summary>
/// <param name="ByResource">The configs of each by name; a dictionary in it is never changed.</param>
public sealed record ConfigsImage(PersistentMap<ConfigResource, IReadOnlyDictionary<string, string>> ByResource)
{
    public static readonly ConfigsImage Empty = new(PersistentMap<ConfigResource, IReadOnlyDictionary<string, string>>.Empty);

    private static readonly Dictionary<string, string> _nothing = new(StringComparer.Ordinal);

    /// <summary>The resource's own configs by name; empty where none is set.</summary>
    public IReadOnlyDictionary<string, string> Of(ConfigResource resource) => ByResource.GetValueOrDefault(resource) ?? _nothing;

    public string? Value(ConfigResource resource, string name) => Of(resource).GetValueOrDefault(name);

    /// <summary>The same with all configs of one resource replaced.</summary>
    internal ConfigsImage With(ConfigResource resource, IReadOnlyDictionary<string, string> configs) =>
        new(configs.Count == 0 ? ByResource.Remove(resource) : ByResource.SetItem(resource, configs));
}

/// <summary>Whom a client quota binds: pairs of type (`user`, `client-id`, `ip`) and name, sorted by type; a null name is the type's
/// default (KIP-546).</summary>
public sealed class QuotaEntity : IEquatable<QuotaEntity>
{
    private readonly string _key;

    public QuotaEntity(IEnumerable<(string Type, string? Name)> parts)
    {
        Parts = [.. parts.OrderBy(part => part.Type, StringComparer.Ordinal)];
        _key = string.Join('\0', Parts.Select(part => part.Name is null ? part.Type : $"{part.Type}={part.Name}"));
    }

    public IReadOnlyList<(string Type, string? Name)> Parts { get; }

    public bool Equals(QuotaEntity? other) => other is not null && _key == other._key;

    public override bool Equals(object? obj) => Equals(obj as QuotaEntity);

    public override int GetHashCode() => StableHash.Of(_key);

    public override string ToString() => _key.Replace('\0', ',');
}

/// <summary>All client quotas. Immutable.</summary>
/// <param name="ByEntity">The quotas of each by name; a dictionary in it is never changed.</param>
public sealed record ClientQuotasImage(PersistentMap<QuotaEntity, IReadOnlyDictionary<string, double>> ByEntity)
{
    public static readonly ClientQuotasImage Empty = new(PersistentMap<QuotaEntity, IReadOnlyDictionary<string, double>>.Empty);

    /// <summary>The entity's own quotas by name; null where it has none.</summary>
    public IReadOnlyDictionary<string, double>? Of(QuotaEntity entity) => ByEntity.GetValueOrDefault(entity);

    /// <summary>The same with all quotas of one entity replaced.</summary>
    internal ClientQuotasImage With(QuotaEntity entity, IReadOnlyDictionary<string, double> quotas) =>
        new(quotas.Count == 0 ? ByEntity.Remove(entity) : ByEntity.SetItem(entity, quotas));
}

/// <summary>A user's credential for one SCRAM mechanism: 1 SCRAM-SHA-256, 2 SCRAM-SHA-512.</summary>
public sealed record ScramUser(sbyte Mechanism, string User)
{
    public bool Equals(ScramUser? other) => other is not null && Mechanism == other.Mechanism && User == other.User;

    public override int GetHashCode() => StableHash.Of(User) * 31 + Mechanism;
}

/// <summary>Credentials, ACLs and tokens, kept as the records that made them, so that a snapshot loses nothing. Immutable.</summary>
public sealed record SecurityImage(
    PersistentMap<ScramUser, UserScramCredentialRecord> Scram,
    PersistentMap<Uuid, AccessControlEntryRecord> Acls,
    PersistentMap<string, DelegationTokenRecord> Tokens)
{
    public static readonly SecurityImage Empty = new(
        PersistentMap<ScramUser, UserScramCredentialRecord>.Empty,
        PersistentMap<Uuid, AccessControlEntryRecord>.Empty,
        PersistentMap<string, DelegationTokenRecord>.Empty);
}

/// <summary>The last block of producer ids that was given out.</summary>
public sealed record ProducerIdsImage(long NextProducerId, ProducerIdsRecord? Last)
{
    public static readonly ProducerIdsImage Empty = new(0, null);
}
