namespace Ottla.Protocol.Codecs;

/// <summary>Keeps a few objects that are dear to make; more than that are let go.</summary>
/// <remarks>Any thread, without a lock: a slot is taken and filled by one exchange each. An empty pool makes, a full one drops.</remarks>
internal sealed class BoundedPool<T>(int kept, Func<T> make)
    where T : class
{
    private readonly T?[] _slots = new T?[kept];

    /// <summary>
    /// As many as can be in use at once on a small machine; large ones make some anew rather than keep memory for each of their cores.
    /// </summary>
    public static int PerCore => Math.Min(Environment.ProcessorCount, 8);

    public T Rent()
    {
        foreach (ref var slot in _slots.AsSpan())
        {
            if (slot is not null && Interlocked.Exchange(ref slot, null) is { } found) return found;
        }

        return make();
    }

    public void Return(T item)
    {
        foreach (ref var slot in _slots.AsSpan())
        {
            if (slot is null && Interlocked.CompareExchange(ref slot, item, null) is null) return;
        }

        (item as IDisposable)?.Dispose();
    }
}

/// <summary>Buffers for what is decompressed only to be looked at: two sizes, a few of each.</summary>
internal static class DecompressionBuffers
{
    /// <summary>Most batches; also the window for those that are walked piece by piece.</summary>
    public const int SmallBytes = 128 << 10;

    /// <summary>
    /// What is decompressed as a whole at most. Kafka's producers fill batches to 1 MiB at most by default; whatever is larger is walked
    /// piece by piece.
    /// </summary>
    public const int LargeBytes = 2 << 20;

    private static readonly BoundedPool<byte[]> s_small =
        new(2 * BoundedPool<byte[]>.PerCore, () => GC.AllocateUninitializedArray<byte>(SmallBytes));
    private static readonly BoundedPool<byte[]> s_large =
        new(BoundedPool<byte[]>.PerCore, () => GC.AllocateUninitializedArray<byte>(LargeBytes));

    /// <summary>A buffer of at least <paramref name="bytes"/>, at most <see cref="LargeBytes"/>.</summary>
    public static byte[] Rent(int bytes) => bytes <= SmallBytes ? s_small.Rent() : s_large.Rent();

    public static void Return(byte[] buffer) => (buffer.Length == SmallBytes ? s_small : s_large).Return(buffer);
}
