using System.Buffers.Binary;

namespace Ottla.Fuzz;

/// <summary>Makes new inputs out of a corpus: small damage to one of them, or two of them joined.</summary>
/// <remarks>All chance comes from the Random given, so a seed makes the same inputs again.</remarks>
public sealed class Mutator(Random random, IReadOnlyList<byte[]> corpus)
{
    private const int StepsMax = 4;
    private const int InsertedMax = 32;
    private const int InputBytesMax = 64 << 10;

    /// <summary>Numbers at which lengths, counts and versions go wrong.</summary>
    private static readonly int[] Edges =
        [-1, 0, 1, -2, 2, 127, 128, 255, 256, 16_383, 16_384, short.MaxValue, 32_768, 65_535, 1_000_000, 1_000_001, int.MaxValue,
            int.MinValue];

    public byte[] Next()
    {
        var input = corpus[random.Next(corpus.Count)].ToList();
        for (var steps = random.Next(1, StepsMax + 1); steps > 0; steps--) Damage(input);
        if (input.Count > InputBytesMax) input.RemoveRange(InputBytesMax, input.Count - InputBytesMax);
        return [.. input];
    }

    private void Damage(List<byte> input)
    {
        var at = random.Next(input.Count + 1);
        switch (random.Next(9))
        {
            case 0 when at < input.Count: input[at] ^= (byte)(1 << random.Next(8)); break;
            case 1 when at < input.Count: input[at] = (byte)random.Next(256); break;
            case 2: input.RemoveRange(at, random.Next(input.Count - at + 1)); break;
            case 3: input.RemoveRange(at, Math.Min(1, input.Count - at)); break;
            case 4: input.InsertRange(at, Noise(random.Next(InsertedMax))); break;
            case 5: input.InsertRange(at, input.GetRange(at, random.Next(Math.Min(InsertedMax, input.Count - at) + 1))); break;
            case 6: Overwrite(input, at, Number()); break;
            case 7: input.InsertRange(at, Varint((uint)Edges[random.Next(Edges.Length)])); break;
            default: Join(input, at); break;
        }
    }

    private byte[] Noise(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Number()
    {
        var edge = Edges[random.Next(Edges.Length)];
        var bytes = new byte[random.Next(2) == 0 ? 2 : 4];
        if (bytes.Length == 2) BinaryPrimitives.WriteInt16BigEndian(bytes, (short)edge);
        else BinaryPrimitives.WriteInt32BigEndian(bytes, edge);
        return bytes;
    }

    private static IEnumerable<byte> Varint(uint value)
    {
        for (; value >= 0x80; value >>= 7) yield return (byte)(value | 0x80);
        yield return (byte)value;
    }

    private static void Overwrite(List<byte> input, int at, byte[] bytes)
    {
        for (var i = 0; i < bytes.Length && at + i < input.Count; i++) input[at + i] = bytes[i];
    }

    private void Join(List<byte> input, int at)
    {
        var other = corpus[random.Next(corpus.Count)];
        input.RemoveRange(at, input.Count - at);
        input.AddRange(other.AsSpan(random.Next(other.Length + 1)));
    }
}
