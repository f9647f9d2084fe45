using System.Globalization;

namespace Ottla.Metadata.Features;

/// <summary>A level of the feature `metadata.version` (KIP-778): which records, and which of their versions, the cluster has agreed
/// on.</summary>
public readonly record struct MetadataVersion(short Level) : IComparable<MetadataVersion>
{
    /// <summary>The lowest level that is read; what lies before it belongs to ZooKeeper's days.</summary>
    public static readonly MetadataVersion Minimum = new(7);

    /// <summary>The highest level that a stock release writes.</summary>
    public static readonly MetadataVersion Latest = new(33);

    /// <summary>Levels by number, from <see cref="Minimum"/> on, through the one that is not yet stable.</summary>
    private static readonly string[] _names =
    [
        "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2", "3.7-IV0", "3.7-IV1", "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0",
        "3.9-IV0", "4.0-IV0", "4.0-IV1", "4.0-IV2", "4.0-IV3", "4.1-IV0", "4.1-IV1", "4.2-IV0", "4.2-IV1", "4.3-IV0", "4.4-IV0", "4.4-IV1", "4.4-IV2", "4.5-IV0",
    ];

    public bool IsSupported => Level >= Minimum.Level && Level <= Latest.Level;

    /// <summary>`4.4-IV2`; the number alone where the level is not known.</summary>
    public string Name => Level - Minimum.Level is var index && (uint)index < (uint)_names.Length ? _names[index] : Level.ToString(CultureInfo.InvariantCulture);

    /// <summary>The release to which the level belongs: `4.4`.</summary>
    public string Release => Name.Split('-')[0];

    public bool ControllersRegister => Level >= 15;

    public bool HasTransactions => Level >= 13;

    /// <summary>An ISR that shrinks raises the leader's epoch; later brokers need no such help to fence the one who left.</summary>
    public bool BumpsEpochOnIsrShrink => Level < 12;

    public bool HasScram => Level >= 11;

    public bool HasDelegationTokens => Level >= 14;

    /// <summary>Replicas are assigned to directories (KIP-858).</summary>
    public bool HasDirectories => Level >= 17;

    /// <summary>Eligible leader replicas can be recorded (KIP-966).</summary>
    public bool HasEligibleLeaderReplicas => Level >= 23;

    /// <summary>Log directories can be cordoned (KIP-1066).</summary>
    public bool HasCordonedDirectories => Level >= 30;

    public bool ControllersUnregister => Level >= 33;

    public short RegisterBrokerRecordVersion => Level >= 30 ? (short)4 : Level >= 17 ? (short)3 : Level >= 8 ? (short)2 : (short)1;

    public short PartitionRecordVersion => HasEligibleLeaderReplicas ? (short)2 : HasDirectories ? (short)1 : (short)0;

    public short PartitionChangeRecordVersion => PartitionRecordVersion;

    /// <summary>Every level that can be named on a command line, lowest first; with the unstable one where it is asked for.</summary>
    public static IReadOnlyList<string> NamesUpTo(bool withUnstable) => withUnstable ? _names : _names[..^1];

    /// <summary>Reads `4.4-IV2`, or `4.4` as the last level of that release.</summary>
    public static bool TryParse(string text, bool allowUnstable, out MetadataVersion version)
    {
        version = default;
        var known = allowUnstable ? _names.Length : _names.Length - 1;
        for (var index = known - 1; index >= 0; index--)
        {
            if (_names[index] != text && !(_names[index].StartsWith(text + "-", StringComparison.Ordinal) && !text.Contains('-', StringComparison.Ordinal))) continue;
            version = new MetadataVersion((short)(index + Minimum.Level));
            return true;
        }

        return false;
    }

    public int CompareTo(MetadataVersion other) => Level.CompareTo(other.Level);

    public static bool operator <(MetadataVersion left, MetadataVersion right) => left.Level < right.Level;

    public static bool operator >(MetadataVersion left, MetadataVersion right) => left.Level > right.Level;

    public static bool operator <=(MetadataVersion left, MetadataVersion right) => left.Level <= right.Level;

    public static bool operator >=(MetadataVersion left, MetadataVersion right) => left.Level >= right.Level;

    public override string ToString() => Name;
}
