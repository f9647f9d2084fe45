using System.Buffers.Binary;
using Ottla.Log.Handles;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Segments;

/// <summary>A transaction that was aborted, as `.txnindex` keeps it and as a fetch with read_committed tells it.</summary>
/// <param name="FirstOffset">Of its first record.</param>
/// <param name="LastOffset">Of its abort marker.</param>
/// <param name="LastStableOffset">The last stable offset once it was aborted: what lies below needs no transaction that was aborted
/// later.</param>
public readonly record struct AbortedTransaction(ProducerId ProducerId, Offset FirstOffset, Offset LastOffset, Offset LastStableOffset);

/// <summary>`.txnindex`: the aborted transactions whose marker lies in the segment. Most segments have none, and then no file.</summary>
/// <remarks>Written by the log's writer, read by any thread; few and small, so read as a whole each time.</remarks>
internal sealed class TransactionIndex(FileCache cache, FileSlot slot)
{
    public const int EntryBytes = 34;

    private const short Version = 0;
    private const int ProducerIdAt = 2;
    private const int FirstOffsetAt = 10;
    private const int LastOffsetAt = 18;
    private const int LastStableOffsetAt = 26;

    /// <summary>Adds one behind those that are there; makes the file for the first.</summary>
    public void Append(in AbortedTransaction aborted)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        Write(aborted, entry);
        using var lease = cache.Acquire(slot, OpenFor.WritingOrCreating);
        lease.File.Write(lease.File.Length / EntryBytes * EntryBytes, entry);
    }

    /// <summary>Adds those that a reader of the offsets from <paramref name="from"/> up to <paramref name="upTo"/> has to know. True once
    /// no later segment can hold more.</summary>
    public bool Collect(long from, long upTo, List<AbortedTransaction> into)
    {
        using var lease = cache.Acquire(slot);
        Span<byte> entry = stackalloc byte[EntryBytes];
        for (long at = 0; lease.File.ReadFully(at, entry) == EntryBytes; at += EntryBytes)
        {
            var aborted = Read(entry);
            if (aborted.LastOffset.Value >= from && aborted.FirstOffset.Value < upTo) into.Add(aborted);
            if (aborted.LastStableOffset.Value >= upTo) return true;
        }

        return false;
    }

    /// <summary>Drops the transactions whose marker is at <paramref name="offset"/> or after.</summary>
    public void TruncateTo(long offset)
    {
        using var lease = cache.Acquire(slot);
        Span<byte> entry = stackalloc byte[EntryBytes];
        long at = 0;
        for (; lease.File.ReadFully(at, entry) == EntryBytes; at += EntryBytes)
        {
            if (Read(entry).LastOffset.Value >= offset) break;
        }

        lease.File.SetLength(at);
    }

    /// <summary>Empties the file: recovery fills it anew.</summary>
    public void Truncate()
    {
        using var lease = cache.Acquire(slot);
        lease.File.SetLength(0);
    }

    public void Flush()
    {
        using var lease = cache.Acquire(slot);
        lease.File.Flush();
    }

    public void CloseHandle() => cache.Close(slot);

    internal static void Write(in AbortedTransaction aborted, Span<byte> entry)
    {
        BinaryPrimitives.WriteInt16BigEndian(entry, Version);
        BinaryPrimitives.WriteInt64BigEndian(entry[ProducerIdAt..], aborted.ProducerId.Value);
        BinaryPrimitives.WriteInt64BigEndian(entry[FirstOffsetAt..], aborted.FirstOffset.Value);
        BinaryPrimitives.WriteInt64BigEndian(entry[LastOffsetAt..], aborted.LastOffset.Value);
        BinaryPrimitives.WriteInt64BigEndian(entry[LastStableOffsetAt..], aborted.LastStableOffset.Value);
    }

    internal static AbortedTransaction Read(ReadOnlySpan<byte> entry) => new(
        new ProducerId(BinaryPrimitives.ReadInt64BigEndian(entry[ProducerIdAt..])),
        new Offset(BinaryPrimitives.ReadInt64BigEndian(entry[FirstOffsetAt..])),
        new Offset(BinaryPrimitives.ReadInt64BigEndian(entry[LastOffsetAt..])),
        new Offset(BinaryPrimitives.ReadInt64BigEndian(entry[LastStableOffsetAt..])));
}
