using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming;

/// <summary>Where in a partition to read on.</summary>
/// <param name="Timestamp">What ListOffsets is asked for; null where the offset is known.</param>
public readonly record struct StartAt
{
    private const long LatestTimestamp = -1;
    private const long EarliestTimestamp = -2;

    private StartAt(Offset? offset, long timestamp)
    {
        Offset = offset;
        Timestamp = timestamp;
    }

    public static StartAt Earliest => new(null, EarliestTimestamp);

    public static StartAt Latest => new(null, LatestTimestamp);

    public static StartAt At(Offset offset) => new(offset, 0);

    /// <summary>The first record with that timestamp (ms since 1970) or a later one; the end where there is none.</summary>
    public static StartAt Time(long timestampMs) => new(null, timestampMs);

    internal Offset? Offset { get; }

    internal long Timestamp { get; }
}
