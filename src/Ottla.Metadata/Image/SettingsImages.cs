using System.Collections.Immutable;
using Ottla.Configuration.Effective;
using Ottla.Metadata.Features;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Image;

/// <summary>The levels on which the cluster has agreed (KIP-584). Immutable.</summary>
/// <param name="MetadataVersion">Null before the first record that names it.</param>
/// <param name="Levels">Of all other features that are above 0, without `kraft.version`.</param>
/// <param name="KRaftVersion">From the log's control records, not from FeatureLevelRecords.</param>
public sealed record FeaturesImage(MetadataVersion? MetadataVersion, ImmutableSortedDictionary<string, short> Levels, short KRaftVersion)
{
    public static readonly FeaturesImage Empty = new(null, ImmutableSortedDictionary.Create<string, short>(StringComparer.Ordinal), 0);

    public MetadataVersion VersionOrMinimum => MetadataVersion ?? Features.MetadataVersion.Minimum;

    public short Level(string feature) => feature switch
    {
        FeatureCatalog.MetadataVersionName => MetadataVersion?.Level ?? 0,
        FeatureCatalog.KRaftVersionName => KRaftVersion,
        _ => Levels.GetValueOrDefault(feature),
    };

    public bool IsElrEnabled => Level(FeatureCatalog.EligibleLeaderReplicasName) >= 1;

    /// <summary>All levels above 0, `metadata.version` and `kraft.version` among them, as ApiVersions shows them.</summary>
    public IEnumerable<(string Name, short Level)> Finalized()
    {
        if (MetadataVersion is { } version) yield return (FeatureCatalog.MetadataVersionName, version.Level);
        if (KRaftVersion > 0) yield return (FeatureCatalog.KRaftVersionName, KRaftVersion);
        foreach (var (name, level) in Levels) yield return (name, level);
    }
}


/// <summary>Whose configs they are. The broker of the empty name is the default of all brokers.</summary>
public readonly record struct ConfigResource(ConfigResourceType Type, string Name)
{
    public static readonly ConfigResource DefaultBroker = new(ConfigResourceType.Broker, "");

    public static ConfigResource Topic(string name) => new(ConfigResourceType.Topic, name);

    public static ConfigResource Broker(BrokerId id) => new(ConfigResourceType.Broker, id.ToString());
}

/// <summary>All configs that were set by request, by resource. Immutable.</summary>
public sealed record ConfigsImage(ImmutableDictionary<ConfigResource, ImmutableSortedDictionary<string, string>> ByResource)
{
    public static readonly ConfigsImage Empty = new(ImmutableDictionary<ConfigResource, ImmutableSortedDictionary<string, string>>.Empty);

    internal static readonly ImmutableSortedDictionary<string, string> Nothing = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The resource's own configs by name; empty where none is set.</summary>
    public ImmutableSortedDictionary<string, string> Of(ConfigResource resource) => ByResource.GetValueOrDefault(resource, Nothing);

    public string? Value(ConfigResource resource, string name) => Of(resource).GetValueOrDefault(name);
}

/// <summary>Whom a client quota binds: pairs of type (`user`, `client-id`, `ip`) and name, sorted by type; a null name is the type's default (KIP-546).</summary>
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

    public override int GetHashCode() => _key.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _key.Replace('\0', ',');
}

/// <summary>All client quotas. Immutable.</summary>
public sealed record ClientQuotasImage(ImmutableDictionary<QuotaEntity, ImmutableSortedDictionary<string, double>> ByEntity)
{
    public static readonly ClientQuotasImage Empty = new(ImmutableDictionary<QuotaEntity, ImmutableSortedDictionary<string, double>>.Empty);

    internal static readonly ImmutableSortedDictionary<string, double> Nothing = ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);
}

/// <summary>Credentials, ACLs and tokens, kept as the records that made them, so that a snapshot loses nothing. Immutable.</summary>
public sealed record SecurityImage(
    ImmutableDictionary<(sbyte Mechanism, string User), UserScramCredentialRecord> Scram,
    ImmutableDictionary<Uuid, AccessControlEntryRecord> Acls,
    ImmutableDictionary<string, DelegationTokenRecord> Tokens)
{
    public static readonly SecurityImage Empty = new(
        ImmutableDictionary<(sbyte, string), UserScramCredentialRecord>.Empty,
        ImmutableDictionary<Uuid, AccessControlEntryRecord>.Empty,
        ImmutableDictionary.Create<string, DelegationTokenRecord>(StringComparer.Ordinal));
}

/// <summary>The last block of producer ids that was given out.</summary>
public sealed record ProducerIdsImage(long NextProducerId, ProducerIdsRecord? Last)
{
    public static readonly ProducerIdsImage Empty = new(0, null);
}
