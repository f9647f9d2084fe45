using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;
using ArmCrc = System.Runtime.Intrinsics.Arm.Crc32;

namespace Ottla.Protocol.Primitives;

/// <summary>CRC-32C (Castagnoli), the checksum of record batches.</summary>
/// <remarks>
/// Three ways to the same sum, chosen by what the processor has: 256 bytes at a time by folding with 512-bit carry-less multiplication;
/// three streams of the processor's own CRC instruction, whose latency is three cycles, joined by one multiplication each (x86 and ARM);
/// and one stream by <see cref="BitOperations"/>, which has a software form too. A checksum is taken of every byte that is produced, so
/// this is one of the few places where the plain way (one stream, a third of the speed) is not good enough. Stateless; any thread.
/// </remarks>
public static class Crc32C
{
    /// <summary>What folding needs to start with.</summary>
    private const int FoldingBytesMin = 256;

    /// <summary>Below this many bytes folding saves some tens of nanoseconds, for code that is compiled when it is first needed: not by the
    /// small batches of a start.</summary>
    private const int FoldingBytesWorthwhile = 2048;

    private const int LongStreamBytes = 1024;
    private const int ShortStreamBytes = 256;

    // x^n mod P, bit-reflected. A fold over D bits multiplies by x^(D+32) and x^(D-32), written in 33 bits; a shift over N bytes by
    // x^(8N-33).
    private const ulong Fold2048Low = 0x0dcb17aa4, Fold2048High = 0x0b9e02b86;
    private const ulong Fold512Low = 0x0740eef02, Fold512High = 0x09e4addf8;
    private const ulong Fold384Low = 0x01c291d04, Fold384High = 0x1d82c63da;
    private const ulong Fold256Low = 0x1384aa63a, Fold256High = 0x0ba4fc28e;
    private const ulong Fold128Low = 0x0f20c0dfe, Fold128High = 0x14cd00bd6;
    private const ulong Shift256 = 0xb9e02b86, Shift512 = 0xdd7e3b0c, Shift1024 = 0x170076fa, Shift2048 = 0xa51b6135;

    /// <summary>Checksum of <paramref name="data"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>
    /// Checksum of what <paramref name="crc"/> is the checksum of, followed by <paramref name="data"/>; 0 is the checksum of nothing.
    /// </summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        if (data.Length >= FoldingBytesWorthwhile && CanFold) return Folded(crc, data);
        if (data.Length >= 3 * ShortStreamBytes)
        {
            if (X86Unit.IsSupported) return ThreeStreams<X86Unit>(crc, data);
            if (ArmUnit.IsSupported) return ThreeStreams<ArmUnit>(crc, data);
        }

        return OneStream(crc, data);
    }

    internal static bool CanFold => Pclmulqdq.V512.IsSupported && Avx512F.IsSupported && Sse42.X64.IsSupported;

    internal static bool CanRunThreeStreams => X86Unit.IsSupported || ArmUnit.IsSupported;

    internal static uint OneStream(uint crc, ReadOnlySpan<byte> data) => ~Rest(~crc, data);

    internal static uint ThreeStreams(uint crc, ReadOnlySpan<byte> data) =>
        X86Unit.IsSupported ? ThreeStreams<X86Unit>(crc, data) : ThreeStreams<ArmUnit>(crc, data);

    internal static uint Folded(uint crc, ReadOnlySpan<byte> data)
    {
        Invariant.That(data.Length >= FoldingBytesMin);
        ref var at = ref MemoryMarshal.GetReference(data);
        var a = Load(ref at, 0) ^ Vector512.CreateScalar(~crc).AsUInt64();
        var b = Load(ref at, 64);
        var c = Load(ref at, 128);
        var d = Load(ref at, 192);
        var position = FoldingBytesMin;
        var by2048 = Constants(Fold2048Low, Fold2048High);
        for (; position <= data.Length - 256; position += 256)
        {
            a = Fold(a, by2048, Load(ref at, position));
            b = Fold(b, by2048, Load(ref at, position + 64));
            c = Fold(c, by2048, Load(ref at, position + 128));
            d = Fold(d, by2048, Load(ref at, position + 192));
        }

        var by512 = Constants(Fold512Low, Fold512High);
        d = Fold(Fold(Fold(a, by512, b), by512, c), by512, d);
        for (; position <= data.Length - 64; position += 64) d = Fold(d, by512, Load(ref at, position));

        var last = Fold(d.GetLower().GetLower(), Fold384Low, Fold384High)
            ^ Fold(d.GetLower().GetUpper(), Fold256Low, Fold256High)
            ^ Fold(d.GetUpper().GetLower(), Fold128Low, Fold128High)
            ^ d.GetUpper().GetUpper();
        var state = (uint)Sse42.X64.Crc32(Sse42.X64.Crc32(0, last[0]), last[1]);
        return ~Rest(state, data[position..]);
    }

    private static uint ThreeStreams<TUnit>(uint crc, ReadOnlySpan<byte> data)
        where TUnit : struct, IUnit
    {
        var state = ~crc;
        for (; data.Length >= 3 * LongStreamBytes; data = data[(3 * LongStreamBytes)..])
            state = Join<TUnit>(state, data, LongStreamBytes, Shift1024, Shift2048);
        for (; data.Length >= 3 * ShortStreamBytes; data = data[(3 * ShortStreamBytes)..])
            state = Join<TUnit>(state, data, ShortStreamBytes, Shift256, Shift512);
        return ~Rest(state, data);
    }

    private static uint Join<TUnit>(uint state, ReadOnlySpan<byte> data, int streamBytes, ulong shiftOne, ulong shiftTwo)
        where TUnit : struct, IUnit
    {
        ref var at = ref MemoryMarshal.GetReference(data);
        uint a = state, b = 0, c = 0;
        for (nint i = 0; i < streamBytes; i += sizeof(ulong))
        {
            a = TUnit.Step(a, Word(ref at, i));
            b = TUnit.Step(b, Word(ref at, i + streamBytes));
            c = TUnit.Step(c, Word(ref at, i + 2 * (nint)streamBytes));
        }

        return TUnit.Step(0, TUnit.Multiply(a, shiftTwo)) ^ TUnit.Step(0, TUnit.Multiply(b, shiftOne)) ^ c;
    }

    private static uint Rest(uint state, ReadOnlySpan<byte> data)
    {
        ref var at = ref MemoryMarshal.GetReference(data);
        nint i = 0;
        for (; i <= data.Length - sizeof(ulong); i += sizeof(ulong)) state = BitOperations.Crc32C(state, Word(ref at, i));
        for (; i < data.Length; i++) state = BitOperations.Crc32C(state, Unsafe.Add(ref at, i));
        return state;
    }

    private static ulong Word(ref byte at, nint offset) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, offset));

    private static Vector512<ulong> Load(ref byte at, nint offset) =>
        Unsafe.ReadUnaligned<Vector512<ulong>>(ref Unsafe.Add(ref at, offset));

    private static Vector512<ulong> Constants(ulong low, ulong high) => Vector512.Create(Vector256.Create(Vector128.Create(low, high)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Fold(Vector512<ulong> sum, Vector512<ulong> by, Vector512<ulong> next) => Avx512F.TernaryLogic(
        Pclmulqdq.V512.CarrylessMultiply(sum, by, 0x00), Pclmulqdq.V512.CarrylessMultiply(sum, by, 0x11), next, 0x96);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Fold(Vector128<ulong> sum, ulong low, ulong high)
    {
        var by = Vector128.Create(low, high);
        return Pclmulqdq.CarrylessMultiply(sum, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(sum, by, 0x11);
    }

    /// <summary>The processor's CRC instruction and its carry-less multiplication.</summary>
    private interface IUnit
    {
        static abstract uint Step(uint state, ulong word);

        static abstract ulong Multiply(uint state, ulong by);
    }

    private readonly struct X86Unit : IUnit
    {
        public static bool IsSupported => Sse42.X64.IsSupported && Pclmulqdq.IsSupported;

        public static uint Step(uint state, ulong word) => (uint)Sse42.X64.Crc32(state, word);

        public static ulong Multiply(uint state, ulong by) =>
            Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar((ulong)state), Vector128.CreateScalar(by), 0x00)[0];
    }

    private readonly struct ArmUnit : IUnit
    {
        public static bool IsSupported => ArmCrc.Arm64.IsSupported && ArmAes.IsSupported;

        public static uint Step(uint state, ulong word) => ArmCrc.Arm64.ComputeCrc32C(state, word);

        public static ulong Multiply(uint state, ulong by) =>
            ArmAes.PolynomialMultiplyWideningLower(Vector64.Create((ulong)state), Vector64.Create(by))[0];
    }
}
