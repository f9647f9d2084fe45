using System.Globalization;
using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Snapshots;

/// <summary>Names of snapshots: `00000000000000000045-0000000001.checkpoint`, end offset and epoch.</summary>
internal static class SnapshotName
{
    public const string Suffix = ".checkpoint";

    /// <summary>Of a snapshot that is still being written; removed at the next start.</summary>
    public const string PartSuffix = ".checkpoint.part";

    /// <summary>Of a snapshot on its way out; removed at the next start.</summary>
    public const string DeletedSuffix = ".checkpoint.deleted";

    /// <summary>What formatting leaves: the records with which a cluster begins, and its voters.</summary>
    public static readonly OffsetAndEpoch Bootstrap = OffsetAndEpoch.Start;

    /// <summary>The same records as releases before 4.1 left them, in the root of the directory.</summary>
    public const string OldBootstrapFile = "bootstrap.checkpoint";

    private const int OffsetDigits = 20;
    private const int EpochDigits = 10;

    public static string Of(OffsetAndEpoch id) =>
        string.Create(CultureInfo.InvariantCulture, $"{id.EndOffset.Value:D20}-{id.Epoch.Value:D10}{Suffix}");

    public static bool TryParse(string name, out OffsetAndEpoch id)
    {
        id = default;
        if (name.Length != OffsetDigits + 1 + EpochDigits + Suffix.Length || name[OffsetDigits] != '-'
            || !name.EndsWith(Suffix, StringComparison.Ordinal)) return false;
        var culture = CultureInfo.InvariantCulture;
        if (!long.TryParse(name.AsSpan(0, OffsetDigits), NumberStyles.None, culture, out var offset)) return false;
        if (!int.TryParse(name.AsSpan(OffsetDigits + 1, EpochDigits), NumberStyles.None, culture, out var epoch)) return false;
        id = new OffsetAndEpoch(new Offset(offset), new LeaderEpoch(epoch));
        return true;
    }
}
