using System.Globalization;

namespace Ottla.Log.Segments;

/// <summary>Names of a partition's files, as Apache Kafka writes them: 20 digits of the base offset and what the file is.</summary>
internal static class SegmentFiles
{
    public const string Log = ".log";
    public const string OffsetIndex = ".index";
    public const string TimeIndex = ".timeindex";
    public const string TransactionIndex = ".txnindex";
    public const string ProducerSnapshot = ".snapshot";

    /// <summary>On its way out: goes after file.delete.delay.ms.</summary>
    public const string Deleted = ".deleted";

    /// <summary>A compaction that did not get far enough to count.</summary>
    public const string Cleaned = ".cleaned";

    /// <summary>A compacted segment whose originals may still lie beside it.</summary>
    public const string Swap = ".swap";

    /// <summary>Each part of a segment and how its file is called.</summary>
    public static readonly (SegmentParts Part, string Suffix)[] Parts =
    [
        (SegmentParts.Log, Log), (SegmentParts.OffsetIndex, OffsetIndex), (SegmentParts.TimeIndex, TimeIndex),
            (SegmentParts.TransactionIndex, TransactionIndex),
    ];

    private const int Digits = 20;

    public static string Name(long offset, string suffix) => string.Create(CultureInfo.InvariantCulture, $"{offset:D20}{suffix}");

    /// <summary>Takes `00000000000000000042.log` apart; false for names of another form.</summary>
    public static bool TryParse(string name, out long offset, out ReadOnlySpan<char> suffix)
    {
        suffix = default;
        offset = 0;
        if (name.Length <= Digits || name[Digits] != '.') return false;
        if (!long.TryParse(name.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out offset)) return false;
        suffix = name.AsSpan(Digits);
        return true;
    }
}
