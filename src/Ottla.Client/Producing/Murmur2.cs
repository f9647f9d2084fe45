using System.Buffers.Binary;

namespace Ottla.Client.Producing;

/// <summary>The hash by which Kafka's clients find the partition of a key: MurmurHash2, 32 bits, seed 0x9747b28c (public domain, by Austin
/// Appleby).</summary>
public static class Murmur2
{
    private const uint Multiplier = 0x5bd1e995;
    private const uint Seed = 0x9747b28c;
    private const int Shift = 24;

    public static uint Hash(ReadOnlySpan<byte> key)
    {
        var hash = Seed ^ (uint)key.Length;
        while (key.Length >= 4)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(key) * Multiplier;
            hash = hash * Multiplier ^ (word ^ word >> Shift) * Multiplier;
            key = key[4..];
        }

        if (key.Length > 0)
        {
            for (var i = key.Length - 1; i >= 0; i--) hash ^= (uint)key[i] << (8 * i);
            hash *= Multiplier;
        }

        hash = (hash ^ hash >> 13) * Multiplier;
        return hash ^ hash >> 15;
    }
}
