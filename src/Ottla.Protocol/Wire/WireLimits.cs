namespace Ottla.Protocol.Wire;

/// <summary>
/// Bounds of what a reader takes from the wire. Lengths are also held against the bytes that are there, before anything is allocated.
/// </summary>
public static class WireLimits
{
    /// <summary>Elements of one array. The largest honest one, an assignment of 400k partitions, stays below it.</summary>
    public const int ArrayElementsMax = 1_000_000;

    /// <summary>Tagged fields of one structure. Kafka's own have fewer than 10.</summary>
    public const int TaggedFieldsMax = 10_000;

    /// <summary>Bytes of one string: the int16 of the older encoding, kept by Kafka for the compact one.</summary>
    public const int StringBytesMax = short.MaxValue;

    /// <summary>Bytes of a varint of 32 bits.</summary>
    public const int VarintBytesMax = 5;

    /// <summary>Bytes of a varint of 64 bits.</summary>
    public const int VarlongBytesMax = 10;
}
