using System.Buffers.Binary;
using System.Numerics;

namespace Ottla.Protocol.Codecs;

/// <summary>xxHash with 32 bits and seed 0: the checksum of LZ4 frames.</summary>
internal static class XxHash32
{
    private const uint Prime1 = 0x9e3779b1;
    private const uint Prime2 = 0x85ebca77;
    private const uint Prime3 = 0xc2b2ae3d;
    private const uint Prime4 = 0x27d4eb2f;
    private const uint Prime5 = 0x165667b1;

    public static uint Compute(ReadOnlySpan<byte> data)
    {
        var rest = data;
        var sum = Prime5;
        if (rest.Length >= 16)
        {
            uint a = unchecked(Prime1 + Prime2), b = Prime2, c = 0, d = unchecked(0 - Prime1);
            for (; rest.Length >= 16; rest = rest[16..])
            {
                a = Round(a, BinaryPrimitives.ReadUInt32LittleEndian(rest));
                b = Round(b, BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]));
                c = Round(c, BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
                d = Round(d, BinaryPrimitives.ReadUInt32LittleEndian(rest[12..]));
            }

            sum = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12)
                + BitOperations.RotateLeft(d, 18);
        }

        sum += (uint)data.Length;
        for (; rest.Length >= 4; rest = rest[4..])
            sum = BitOperations.RotateLeft(sum + BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime3, 17) * Prime4;
        foreach (var value in rest) sum = BitOperations.RotateLeft(sum + value * Prime5, 11) * Prime1;

        sum = (sum ^ sum >> 15) * Prime2;
        sum = (sum ^ sum >> 13) * Prime3;
        return sum ^ sum >> 16;
    }

    private static uint Round(uint sum, uint word) => BitOperations.RotateLeft(sum + word * Prime2, 13) * Prime1;
}
