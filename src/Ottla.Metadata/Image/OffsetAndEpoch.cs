using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Image;

/// <summary>How much of the metadata log an image or a snapshot holds: all below <paramref name="EndOffset"/>, whose last batch was of
/// <paramref name="Epoch"/>.</summary>
public readonly record struct OffsetAndEpoch(Offset EndOffset, LeaderEpoch Epoch) : IComparable<OffsetAndEpoch>
{
    public static readonly OffsetAndEpoch Start = new(Offset.Zero, new LeaderEpoch(0));

    // written out: what the compiler makes goes through comparers of the framework that are compiled anew at each start
    public bool Equals(OffsetAndEpoch other) => EndOffset.Value == other.EndOffset.Value && Epoch.Value == other.Epoch.Value;

    public override int GetHashCode() => StableHash.Of((ulong)EndOffset.Value, (ulong)Epoch.Value);

    public int CompareTo(OffsetAndEpoch other) =>
        Epoch.Value != other.Epoch.Value ? Epoch.CompareTo(other.Epoch) : EndOffset.CompareTo(other.EndOffset);

    public static bool operator <(OffsetAndEpoch left, OffsetAndEpoch right) => left.CompareTo(right) < 0;

    public static bool operator >(OffsetAndEpoch left, OffsetAndEpoch right) => left.CompareTo(right) > 0;

    public static bool operator <=(OffsetAndEpoch left, OffsetAndEpoch right) => left.CompareTo(right) <= 0;

    public static bool operator >=(OffsetAndEpoch left, OffsetAndEpoch right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{EndOffset}@{Epoch}";
}
