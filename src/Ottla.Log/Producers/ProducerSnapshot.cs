using System.Buffers.Binary;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Producers;

/// <summary>`.snapshot`: what a partition knew of its producers at the offset in the file's name.</summary>
/// <remarks>Pure: bytes to entries and back. Version, CRC-32C of what follows it, count, entries of fixed size; only the last batch of each
/// producer is kept.</remarks>
internal static class ProducerSnapshot
{
    public const int HeaderBytes = 10;
    public const int EntryBytes = 46;

    /// <summary>A million producers of one partition.</summary>
    public const int FileBytesMax = HeaderBytes + 1_000_000 * EntryBytes;

    private const short Version = 1;
    private const int CrcAt = 2;
    private const int CountAt = 6;

    public static byte[] Format(IReadOnlyCollection<ProducerEntry> entries)
    {
        var bytes = new byte[HeaderBytes + entries.Count * EntryBytes];
        BinaryPrimitives.WriteInt16BigEndian(bytes, Version);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(CountAt), entries.Count);
        var at = bytes.AsSpan(HeaderBytes);
        foreach (var entry in entries)
        {
            Write(entry, at);
            at = at[EntryBytes..];
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(CrcAt), Crc32C.Compute(bytes.AsSpan(CountAt)));
        return bytes;
    }

    /// <summary>Null where the bytes are no such snapshot, with the reason.</summary>
    public static List<ProducerEntry>? Parse(ReadOnlySpan<byte> bytes, out string? problem)
    {
        problem = null;
        if (bytes.Length < HeaderBytes) problem = "it is too short";
        else if (BinaryPrimitives.ReadInt16BigEndian(bytes) != Version) problem = "its version is unknown";
        else if (BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcAt..]) != Crc32C.Compute(bytes[CountAt..])) problem = "its checksum is wrong";
        else if (BinaryPrimitives.ReadInt32BigEndian(bytes[CountAt..]) != (bytes.Length - HeaderBytes) / EntryBytes
            || (bytes.Length - HeaderBytes) % EntryBytes != 0) problem = "its length does not fit its count";
        if (problem is not null) return null;
        var entries = new List<ProducerEntry>((bytes.Length - HeaderBytes) / EntryBytes);
        for (var at = bytes[HeaderBytes..]; !at.IsEmpty; at = at[EntryBytes..]) entries.Add(Read(at));
        return entries;
    }

    private static void Write(ProducerEntry entry, Span<byte> at)
    {
        var last = entry.LastBatch ?? new ProducedBatch(-1, 0, -1, -1);
        BinaryPrimitives.WriteInt64BigEndian(at, entry.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(at[8..], entry.Epoch);
        BinaryPrimitives.WriteInt32BigEndian(at[10..], last.LastSequence);
        BinaryPrimitives.WriteInt64BigEndian(at[14..], last.LastOffset);
        BinaryPrimitives.WriteInt32BigEndian(at[22..], last.OffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(at[26..], entry.LastTimestamp);
        BinaryPrimitives.WriteInt32BigEndian(at[34..], entry.CoordinatorEpoch);
        BinaryPrimitives.WriteInt64BigEndian(at[38..], entry.TransactionFirstOffset);
    }

    private static ProducerEntry Read(ReadOnlySpan<byte> at)
    {
        var entry = new ProducerEntry(BinaryPrimitives.ReadInt64BigEndian(at))
        {
            LastTimestamp = BinaryPrimitives.ReadInt64BigEndian(at[26..]),
            CoordinatorEpoch = BinaryPrimitives.ReadInt32BigEndian(at[34..]),
            TransactionFirstOffset = BinaryPrimitives.ReadInt64BigEndian(at[38..]),
        };
        entry.MoveTo(BinaryPrimitives.ReadInt16BigEndian(at[8..]));
        var lastOffset = BinaryPrimitives.ReadInt64BigEndian(at[14..]);
        if (lastOffset >= 0)
            entry.Add(new(BinaryPrimitives.ReadInt32BigEndian(at[10..]), BinaryPrimitives.ReadInt32BigEndian(at[22..]), lastOffset,
                entry.LastTimestamp));
        return entry;
    }
}
