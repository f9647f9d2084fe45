using System.Buffers.Binary;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Segments;

/// <summary>`.index`: for a batch in every 4 KiB or so, its last offset less the segment's base (int32) and where it begins
/// (int32).</summary>
internal sealed class OffsetIndex(IndexFile file, long baseOffset)
{
    public const int EntryBytes = 8;

    private const int PositionAt = 4;

    public IndexFile File => file;

    public int Count => file.Count;

    public void Append(long lastOffset, int position)
    {
        var relative = lastOffset - baseOffset;
        Invariant.That(relative is >= 0 and <= int.MaxValue);
        Span<byte> entry = stackalloc byte[EntryBytes];
        BinaryPrimitives.WriteInt32BigEndian(entry, (int)relative);
        BinaryPrimitives.WriteInt32BigEndian(entry[PositionAt..], position);
        file.Append(entry);
    }

    /// <summary>Where to begin to look for the batch that holds <paramref name="offset"/>: the segment's start or a batch before it or
    /// it.</summary>
    public int PositionBefore(long offset)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        return file.Floor(offset - baseOffset, 0, sizeof(int), entry) < 0 ? 0 : Position(entry);
    }

    /// <summary>Start of the last indexed batch that begins at <paramref name="position"/> or before; 0 where none does.</summary>
    public int BatchStartBefore(int position)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        return file.Floor(position, PositionAt, sizeof(int), entry) < 0 ? 0 : Position(entry);
    }

    /// <summary>Drops entries of batches that end at <paramref name="offset"/> or after.</summary>
    public void TruncateTo(long offset) =>
        file.Truncate(file.Floor(offset - 1 - baseOffset, 0, sizeof(int), stackalloc byte[EntryBytes]) + 1);

    /// <summary>Last offset and start of the batch of the last entry; null where there is none.</summary>
    public (long Offset, int Position)? Last() => file.Count is var count && count == 0 ? null : Entry(count - 1);

    /// <summary>Whether the last entry can belong to a segment of that size: the checks that Apache Kafka makes as well.</summary>
    public bool IsSane(int segmentBytes) =>
        Last() is not { } last || last.Offset >= baseOffset && last.Position >= 0 && last.Position < segmentBytes;

    private (long Offset, int Position) Entry(int index)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        file.Read(index, entry);
        return (baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry), Position(entry));
    }

    private static int Position(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadInt32BigEndian(entry[PositionAt..]);
}
