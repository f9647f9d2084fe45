using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Features;

/// <summary>One feature that a cluster can be raised to: its levels and what each needs.</summary>
/// <param name="Name">As FeatureLevelRecord spells it.</param>
/// <param name="Levels">Each level's bootstrap metadata version: a cluster formatted at that version or above starts with the
/// level.</param>
/// <param name="MetadataVersionNeeded">For each level, the `metadata.version` without which it is refused; 0 is none.</param>
public sealed record Feature(string Name, IReadOnlyList<short> Levels, IReadOnlyList<short> MetadataVersionNeeded)
{
    /// <summary>The highest level that a stock release supports.</summary>
    public short Max => (short)(Levels.Count - 1);

    /// <summary>The level with which a cluster of that metadata version starts.</summary>
    public short DefaultAt(MetadataVersion version)
    {
        for (var level = Max; level > 0; level--)
        {
            if (Levels[level] <= version.Level) return level;
        }

        return 0;
    }
}

/// <summary>The levels of a feature that this program supports.</summary>
public sealed record SupportedFeature(string Name, VersionRange Levels);

/// <summary>The features of a cluster besides `metadata.version` (KIP-584, KIP-1022).</summary>
public static class FeatureCatalog
{
    public const string MetadataVersionName = "metadata.version";
    public const string KRaftVersionName = "kraft.version";
    public const string TransactionVersionName = "transaction.version";
    public const string GroupVersionName = "group.version";
    public const string EligibleLeaderReplicasName = "eligible.leader.replicas.version";
    public const string ShareVersionName = "share.version";
    public const string StreamsVersionName = "streams.version";

    private static readonly Feature[] _features =
    [
        new(KRaftVersionName, [7, 21], [0, 0]),
        new(TransactionVersionName, [7, 24, 24], [0, 0, 0]),
        new(GroupVersionName, [7, 22], [0, 0]),
        new(EligibleLeaderReplicasName, [7, 26], [0, 23]),
        new(ShareVersionName, [7, 28, 31], [0, 0, 0]),
        new(StreamsVersionName, [7, 29], [0, 0]),
    ];

    /// <summary>In the order in which `kafka-storage version-mapping` prints them.</summary>
    public static IReadOnlyList<Feature> All => _features;

    public static Feature? Find(string name) => Array.Find(_features, feature => feature.Name == name);

    /// <summary>Levels of a feature that this program supports; null where it does not know the feature.</summary>
    public static VersionRange? SupportedLevels(string name) => name == MetadataVersionName
        ? new VersionRange(MetadataVersion.Minimum.Level, MetadataVersion.Latest.Level)
        : Find(name) is { } feature ? new VersionRange(0, feature.Max) : null;

    /// <summary>Every feature with the levels that this program supports, `metadata.version` among them, sorted by name.</summary>
    public static IReadOnlyList<SupportedFeature> Supported { get; } = AllSupported();

    /// <summary>The features without `metadata.version`, sorted by name.</summary>
    internal static IReadOnlyList<Feature> ByName { get; } = Sorted();

    private static List<SupportedFeature> AllSupported()
    {
        var all = new List<SupportedFeature> { new(MetadataVersionName, new VersionRange(MetadataVersion.Minimum.Level, MetadataVersion.Latest.Level)) };
        foreach (var feature in _features) all.Add(new SupportedFeature(feature.Name, new VersionRange(0, feature.Max)));
        all.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return all;
    }

    private static List<Feature> Sorted()
    {
        var all = new List<Feature>(_features);
        all.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return all;
    }
}
