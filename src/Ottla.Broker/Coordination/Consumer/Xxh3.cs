using System.Buffers.Binary;
using System.Numerics;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>XXH3, 64 bits, no seed: the hash that Kafka stores of a group's topics. From the public specification; for 4 bytes and
/// more.</summary>
internal static class Xxh3
{
    private const ulong Prime32A = 0x9E3779B1;
    private const ulong Prime64A = 0x9E3779B185EBCA87;
    private const int StripeBytes = 64;
    private const int StripesPerBlock = 16;

    /// <summary>The specification's 192 bytes, 8 a number, little-endian.</summary>
    private static readonly byte[] Secret = Bytes(
        0xbe4ba423396cfeb8, 0x1cad21f72c81017c, 0xdb979083e96dd4de, 0x1f67b3b7a4a44072, 0x78e5c0cc4ee679cb, 0x2172ffcc7dd05a82,
        0x8e2443f7744608b8, 0x4c263a81e69035e0, 0xcb00c391bb52283c, 0xa32e531b8b65d088, 0x4ef90da297486471, 0xd8acdea946ef1938,
        0x3f349ce33f76faa8, 0x1d4f0bc7c7bbdcf9, 0x3159b4cd4be0518a, 0x647378d9c97e9fc8, 0xc3ebd33483acc5ea, 0xeb6313faffa081c5,
        0x49daf0b751dd0d17, 0x9e68d429265516d3, 0xfca1477d58be162b, 0xce31d07ad1b8f88f, 0x280416958f3acb45, 0x7e404bbbcafbd7af);

    public static ulong Hash(ReadOnlySpan<byte> input)
    {
        Invariant.That(input.Length >= 4);
        return input.Length switch
        {
            <= 8 => UpTo8(input),
            <= 16 => UpTo16(input),
            <= 128 => UpTo128(input),
            <= 240 => UpTo240(input),
            _ => Long(input),
        };
    }

    private static ulong UpTo8(ReadOnlySpan<byte> input)
    {
        var low = BinaryPrimitives.ReadUInt32LittleEndian(input);
        var high = BinaryPrimitives.ReadUInt32LittleEndian(input[^4..]);
        var hash = (high + ((ulong)low << 32)) ^ At(Secret, 8) ^ At(Secret, 16);
        unchecked
        {
            hash ^= BitOperations.RotateLeft(hash, 49) ^ BitOperations.RotateLeft(hash, 24);
            hash *= 0x9FB21C651E98DF25;
            hash ^= (hash >> 35) + (ulong)input.Length;
            hash *= 0x9FB21C651E98DF25;
            return hash ^ hash >> 28;
        }
    }

    private static ulong UpTo16(ReadOnlySpan<byte> input)
    {
        var low = At(input, 0) ^ At(Secret, 24) ^ At(Secret, 32);
        var high = At(input, input.Length - 8) ^ At(Secret, 40) ^ At(Secret, 48);
        return Avalanche(unchecked((ulong)input.Length + BinaryPrimitives.ReverseEndianness(low) + high + Fold(low, high)));
    }

    private static ulong UpTo128(ReadOnlySpan<byte> input)
    {
        var hash = unchecked((ulong)input.Length * Prime64A);
        for (var i = (input.Length - 1) / 32; i >= 0; i--)
            hash = unchecked(hash + Mix(input, 16 * i, 32 * i) + Mix(input, input.Length - 16 * (i + 1), 32 * i + 16));
        return Avalanche(hash);
    }

    private static ulong UpTo240(ReadOnlySpan<byte> input)
    {
        var hash = unchecked((ulong)input.Length * Prime64A);
        for (var i = 0; i < 8; i++) hash = unchecked(hash + Mix(input, 16 * i, 16 * i));
        hash = Avalanche(hash);
        for (var i = 8; i < input.Length / 16; i++) hash = unchecked(hash + Mix(input, 16 * i, 16 * (i - 8) + 3));
        return Avalanche(unchecked(hash + Mix(input, input.Length - 16, 119)));
    }

    private static ulong Long(ReadOnlySpan<byte> input)
    {
        Span<ulong> lanes = [0xC2B2AE3D, Prime64A, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x85EBCA77, 0x27D4EB2F165667C5, Prime32A];
        var stripes = (input.Length - 1) / StripeBytes;
        for (var stripe = 0; stripe < stripes; stripe++)
        {
            Accumulate(lanes, input[(stripe * StripeBytes)..], Secret.AsSpan(stripe % StripesPerBlock * 8));
            if (stripe % StripesPerBlock == StripesPerBlock - 1) Scramble(lanes);
        }
        Accumulate(lanes, input[^StripeBytes..], Secret.AsSpan(121));
        var hash = unchecked((ulong)input.Length * Prime64A);
        for (var i = 0; i < 4; i++)
            hash = unchecked(hash + Fold(lanes[2 * i] ^ At(Secret, 11 + 16 * i), lanes[2 * i + 1] ^ At(Secret, 19 + 16 * i)));
        return Avalanche(hash);
    }

    private static void Accumulate(Span<ulong> lanes, ReadOnlySpan<byte> stripe, ReadOnlySpan<byte> secret)
    {
        for (var i = 0; i < lanes.Length; i++)
        {
            var value = At(stripe, 8 * i);
            var key = value ^ At(secret, 8 * i);
            lanes[i ^ 1] = unchecked(lanes[i ^ 1] + value);
            lanes[i] = unchecked(lanes[i] + (uint)key * (key >> 32));
        }
    }

    private static void Scramble(Span<ulong> lanes)
    {
        for (var i = 0; i < lanes.Length; i++) lanes[i] = unchecked((lanes[i] ^ lanes[i] >> 47 ^ At(Secret, 128 + 8 * i)) * Prime32A);
    }

    private static ulong Mix(ReadOnlySpan<byte> input, int at, int secretAt) =>
        Fold(At(input, at) ^ At(Secret, secretAt), At(input, at + 8) ^ At(Secret, secretAt + 8));

    private static ulong Fold(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out var low);
        return low ^ high;
    }

    private static ulong Avalanche(ulong hash)
    {
        hash = unchecked((hash ^ hash >> 37) * 0x165667919E3779F9);
        return hash ^ hash >> 32;
    }

    private static ulong At(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private static byte[] Bytes(params ReadOnlySpan<ulong> numbers)
    {
        var bytes = new byte[numbers.Length * 8];
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8 * i), numbers[i]);
        return bytes;
    }
}
