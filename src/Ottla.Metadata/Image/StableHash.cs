using System.Runtime.InteropServices;

namespace Ottla.Metadata.Image;

/// <summary>Hashes that are the same in every process.</summary>
/// <remarks>The order in which a <see cref="PersistentMap{TKey,TValue}"/> is walked depends on them, and so does the order of the records
/// that a walk leads to; .NET's own hashes of strings, and its `HashCode`, are seeded anew in each process.</remarks>
internal static class StableHash
{
    public static int Of(string text) => Fold(Mix(0x9E3779B97F4A7C15, MemoryMarshal.AsBytes(text.AsSpan())));

    public static int Of(ReadOnlySpan<int> list) => Fold(Mix((ulong)list.Length, MemoryMarshal.AsBytes(list)));

    public static int Of(ulong a, ulong b) => Fold(Step(Step(0x9E3779B97F4A7C15, a), b));

    private static ulong Mix(ulong hash, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            hash = Step(hash, MemoryMarshal.Read<ulong>(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        ulong last = (ulong)bytes.Length << 56;
        for (var i = 0; i < bytes.Length; i++) last |= (ulong)bytes[i] << (8 * i);
        return Step(hash, last);
    }

    private static ulong Step(ulong hash, ulong value)
    {
        var mixed = (hash ^ value) * 0xBF58476D1CE4E5B9;
        return mixed ^ (mixed >> 29);
    }

    private static int Fold(ulong hash) => (int)(hash ^ (hash >> 32));
}
