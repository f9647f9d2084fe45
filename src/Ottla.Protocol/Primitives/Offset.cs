namespace Ottla.Protocol.Primitives;

/// <summary>Position of a record in its partition's log, counted from 0.</summary>
public readonly record struct Offset(long Value) : IComparable<Offset>
{
    public static readonly Offset Zero = new(0);

    /// <summary>"No offset": what the wire carries as -1.</summary>
    public static readonly Offset None = new(-1);

    public int CompareTo(Offset other) => Value.CompareTo(other.Value);

    public static bool operator <(Offset left, Offset right) => left.Value < right.Value;

    public static bool operator >(Offset left, Offset right) => left.Value > right.Value;

    public static bool operator <=(Offset left, Offset right) => left.Value <= right.Value;

    public static bool operator >=(Offset left, Offset right) => left.Value >= right.Value;

    public static Offset operator +(Offset left, long count) => new(left.Value + count);

    public static Offset operator -(Offset left, long count) => new(left.Value - count);

    public static long operator -(Offset left, Offset right) => left.Value - right.Value;

    public static Offset Min(Offset left, Offset right) => left < right ? left : right;

    public static Offset Max(Offset left, Offset right) => left > right ? left : right;

    public override string ToString() => Value.ToString();
}
