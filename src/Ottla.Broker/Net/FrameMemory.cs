using System.Buffers;

namespace Ottla.Broker.Net;

/// <summary>The buffers that frames lie in.</summary>
/// <remarks>
/// Any thread. A debug build overwrites what is given back, so that a test that reads a frame after its end reads nonsense at once and not now and
/// then; a release build does not touch it.
/// Beyond <see cref="PooledBytesMax"/> a buffer is left to the garbage collector: the shared pool would keep one of a rare size for good.
/// </remarks>
internal static class FrameMemory
{
    /// <summary>A producer's usual 1 MiB and its header. What is larger is rare, and costs more to receive than its memory does.</summary>
    public const int PooledBytesMax = 2 << 20;

    public static byte[] Rent(int bytes) => bytes <= PooledBytesMax ? ArrayPool<byte>.Shared.Rent(bytes) : GC.AllocateUninitializedArray<byte>(bytes);

    public static void Return(byte[] buffer)
    {
        Poison(buffer);
        if (buffer.Length <= PooledBytesMax) ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Nobody may read these bytes any more.</summary>
    [System.Diagnostics.Conditional("DEBUG")]
    public static void Poison(Span<byte> bytes) => bytes.Fill(0xDB);
}
