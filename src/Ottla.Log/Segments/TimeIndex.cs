using System.Buffers.Binary;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Segments;

/// <summary>`.timeindex`: the latest timestamp so far (int64) and the last offset, less the segment's base, of the batch that has it
/// (int32). Both rise.</summary>
internal sealed class TimeIndex(IndexFile file, long baseOffset)
{
    public const int EntryBytes = 12;

    private const int OffsetAt = 8;

    private long _lastTimestamp = long.MinValue;

    public IndexFile File => file;

    public int Count => file.Count;

    /// <summary>Notes the latest timestamp; nothing happens where it is not later than the last entry's.</summary>
    public void Append(long timestamp, long offset)
    {
        if (_lastTimestamp == long.MinValue) _lastTimestamp = Last()?.Timestamp ?? -1;
        if (timestamp <= _lastTimestamp) return;
        var relative = offset - baseOffset;
        Invariant.That(relative is >= 0 and <= int.MaxValue);
        Span<byte> entry = stackalloc byte[EntryBytes];
        BinaryPrimitives.WriteInt64BigEndian(entry, timestamp);
        BinaryPrimitives.WriteInt32BigEndian(entry[OffsetAt..], (int)relative);
        file.Append(entry);
        _lastTimestamp = timestamp;
    }

    /// <summary>Offset up to which all timestamps are at most <paramref name="timestamp"/>: where to begin to look for a later
    /// one.</summary>
    public long OffsetBefore(long timestamp)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        return file.Floor(timestamp, 0, sizeof(long), entry) < 0 ? baseOffset : Offset(entry);
    }

    /// <summary>Drops entries of <paramref name="offset"/> and after.</summary>
    public void TruncateTo(long offset)
    {
        file.Truncate(file.Floor(offset - 1 - baseOffset, OffsetAt, sizeof(int), stackalloc byte[EntryBytes]) + 1);
        _lastTimestamp = long.MinValue;
    }

    /// <summary>Latest timestamp and the last offset of the batch that has it; null where there is no entry.</summary>
    public (long Timestamp, long Offset)? Last() => file.Count is var count && count == 0 ? null : Entry(count - 1);

    /// <summary>Whether the last entry can be one of this segment and not less than the first.</summary>
    public bool IsSane() => Last() is not { } last || last.Offset >= baseOffset && last.Timestamp >= Entry(0).Timestamp;

    private (long Timestamp, long Offset) Entry(int index)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        file.Read(index, entry);
        return (BinaryPrimitives.ReadInt64BigEndian(entry), Offset(entry));
    }

    private long Offset(ReadOnlySpan<byte> entry) => baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry[OffsetAt..]);
}
