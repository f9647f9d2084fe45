using System.Buffers;

namespace Ottla.Network.Connections;

/// <summary>Where one connection's answers lie: in memory of the shared pool, or each in memory of its own.</summary>
/// <remarks>
/// <see cref="Take"/> and <see cref="Grow"/> are the receiving loop's, <see cref="GiveBack"/> anybody's.
/// A large buffer that comes back stays with the connection for the next large answer: the shared pool keeps its own by thread, and answers
/// are taken on one and given back on others. One small answer ends that, so that a fetcher that found work once does not hold its memory
/// while it finds none.
/// </remarks>
internal sealed class AnswerMemory(bool isPooled)
{
    /// <summary>What a large answer gets before its bytes have come; a smaller one gets what it needs.</summary>
    public const int FirstBytes = 32 << 10;

    private byte[]? _spare;

    public byte[] Take(int length)
    {
        if (!isPooled) return GC.AllocateUninitializedArray<byte>(Math.Min(length, FirstBytes));
        var spare = Interlocked.Exchange(ref _spare, null);
        if (spare is null) return ArrayPool<byte>.Shared.Rent(Math.Min(length, FirstBytes));
        if (length > FirstBytes) return spare;
        ArrayPool<byte>.Shared.Return(spare);
        return ArrayPool<byte>.Shared.Rent(length);
    }

    public byte[] Grow(byte[] full, int bytes)
    {
        var grown = isPooled ? ArrayPool<byte>.Shared.Rent(bytes) : GC.AllocateUninitializedArray<byte>(bytes);
        Buffer.BlockCopy(full, 0, grown, 0, full.Length);
        if (isPooled) ArrayPool<byte>.Shared.Return(full);
        return grown;
    }

    public void GiveBack(byte[] buffer)
    {
        if (!isPooled) return;
        if (buffer.Length <= FirstBytes || Interlocked.CompareExchange(ref _spare, buffer, null) is not null) ArrayPool<byte>.Shared.Return(buffer);
    }
}
