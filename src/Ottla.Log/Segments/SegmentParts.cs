namespace Ottla.Log.Segments;

/// <summary>The files that a segment may have.</summary>
[Flags]
internal enum SegmentParts : byte
{
    None = 0,
    Log = 1,
    OffsetIndex = 2,
    TimeIndex = 4,
    TransactionIndex = 8,
    Indexes = OffsetIndex | TimeIndex,
}
