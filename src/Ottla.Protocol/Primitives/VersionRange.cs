namespace Ottla.Protocol.Primitives;

/// <summary>Versions of a message, both ends included; <see cref="None"/> holds none.</summary>
public readonly record struct VersionRange(short Min, short Max)
{
    public static readonly VersionRange None = new(0, -1);

    public bool Contains(short version) => version >= Min && version <= Max;

    public override string ToString() => Min > Max ? "none" : Min == Max ? $"{Min}" : $"{Min}-{Max}";
}
