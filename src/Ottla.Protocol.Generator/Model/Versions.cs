namespace Ottla.Protocol.Generator.Model;

/// <summary>Versions from <see cref="Min"/> to <see cref="Max"/>, both included. Empty where the first is above the second.</summary>
internal readonly record struct Versions(int Min, int Max)
{
    /// <summary>Version numbers are int16 on the wire; no message comes near.</summary>
    public const int Last = short.MaxValue;

    public static readonly Versions None = new(0, -1);

    public bool IsEmpty => Min > Max;

    public bool Contains(int version) => version >= Min && version <= Max;

    public bool Covers(Versions other) => other.IsEmpty || Min <= other.Min && Max >= other.Max;

    public Versions Intersect(Versions other)
    {
        var common = new Versions(Math.Max(Min, other.Min), Math.Min(Max, other.Max));
        return common.IsEmpty ? None : common;
    }

    /// <summary>The smallest range that holds both.</summary>
    public Versions Hull(Versions other) =>
        IsEmpty ? other : other.IsEmpty ? this : new(Math.Min(Min, other.Min), Math.Max(Max, other.Max));

    public override string ToString() => IsEmpty ? "none" : Min == Max ? $"{Min}" : $"{Min}-{Max}";
}
