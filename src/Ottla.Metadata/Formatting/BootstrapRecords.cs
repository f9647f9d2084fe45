using Ottla.Metadata.Features;
using Ottla.Metadata.Records;
using Ottla.Protocol.MetadataRecords;

namespace Ottla.Metadata.Formatting;

/// <summary>The records with which a cluster begins: its feature levels, `metadata.version` first, the others by name.</summary>
public static class BootstrapRecords
{
    /// <summary>Those of a cluster of the newest version with all its features.</summary>
    public static IReadOnlyList<VersionedRecord> Latest() => Of(MetadataVersion.Latest, new Dictionary<string, short>());

    /// <param name="version">The metadata version.</param>
    /// <param name="levels">Levels that differ from those that the version brings.</param>
    public static IReadOnlyList<VersionedRecord> Of(MetadataVersion version, IReadOnlyDictionary<string, short> levels)
    {
        var records = new List<VersionedRecord> { new(new FeatureLevelRecord { Name = FeatureCatalog.MetadataVersionName, FeatureLevel = version.Level }) };
        foreach (var feature in FeatureCatalog.ByName)
        {
            // the quorum keeps kraft.version in control records of its own
            if (feature.Name == FeatureCatalog.KRaftVersionName) continue;
            var level = levels.TryGetValue(feature.Name, out var wanted) ? wanted : feature.DefaultAt(version);
            if (level > 0) records.Add(new(new FeatureLevelRecord { Name = feature.Name, FeatureLevel = level }));
        }

        return records;
    }
}
