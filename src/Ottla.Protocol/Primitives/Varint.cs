using System.Runtime.CompilerServices;

namespace Ottla.Protocol.Primitives;

/// <summary>
/// Numbers of one to ten bytes, seven bits to a byte, lowest first; signed ones are zig-zagged, so that small negatives are short too.
/// </summary>
/// <remarks>
/// Records and batches use the signed forms, flexible messages the unsigned one. Readers say false where the bytes end or the number is too
/// long.
/// </remarks>
public static class Varint
{
    public const int BytesMax = 5;
    public const int LongBytesMax = 10;

    /// <summary>Reads at <paramref name="position"/> and moves it behind the number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> bytes, ref int position, out int value)
    {
        if ((uint)position < (uint)bytes.Length && bytes[position] < 0x80)
        {
            var only = bytes[position++];
            value = only >> 1 ^ -(only & 1);
            return true;
        }

        var read = TryReadUnsigned(bytes, ref position, out var raw);
        value = (int)(raw >> 1) ^ -(int)(raw & 1);
        return read;
    }

    /// <summary>Reads at <paramref name="position"/> and moves it behind the number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> bytes, ref int position, out long value)
    {
        if ((uint)position < (uint)bytes.Length && bytes[position] < 0x80)
        {
            var only = bytes[position++];
            value = only >> 1 ^ -(only & 1);
            return true;
        }

        return TryReadLong(bytes, ref position, out value);
    }

    public static bool TryReadUnsigned(ReadOnlySpan<byte> bytes, ref int position, out uint value)
    {
        value = 0;
        for (var shift = 0; shift < 7 * BytesMax; shift += 7)
        {
            if ((uint)position >= (uint)bytes.Length) return false;
            var next = bytes[position++];
            value |= (uint)(next & 0x7f) << shift;
            if (next < 0x80) return true;
        }

        return false;
    }

    public static int Write(Span<byte> bytes, int value) => WriteUnsigned(bytes, (uint)(value << 1 ^ value >> 31));

    public static int Write(Span<byte> bytes, long value)
    {
        var raw = (ulong)(value << 1 ^ value >> 63);
        var length = 0;
        for (; raw >= 0x80; raw >>= 7) bytes[length++] = (byte)(raw | 0x80);
        bytes[length++] = (byte)raw;
        return length;
    }

    public static int WriteUnsigned(Span<byte> bytes, uint value)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7) bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        return length;
    }

    public static int SizeOf(int value) => SizeOfUnsigned((uint)(value << 1 ^ value >> 31));

    public static int SizeOf(long value)
    {
        var raw = (ulong)(value << 1 ^ value >> 63);
        return (70 - System.Numerics.BitOperations.LeadingZeroCount(raw | 1)) / 7;
    }

    public static int SizeOfUnsigned(uint value) => (38 - System.Numerics.BitOperations.LeadingZeroCount(value | 1)) / 7;

    private static bool TryReadLong(ReadOnlySpan<byte> bytes, ref int position, out long value)
    {
        ulong raw = 0;
        for (var shift = 0; shift < 7 * LongBytesMax; shift += 7)
        {
            if ((uint)position >= (uint)bytes.Length) break;
            var next = bytes[position++];
            raw |= (ulong)(next & 0x7f) << shift;
            if (next >= 0x80) continue;
            value = (long)(raw >> 1) ^ -(long)(raw & 1);
            return true;
        }

        value = 0;
        return false;
    }
}
