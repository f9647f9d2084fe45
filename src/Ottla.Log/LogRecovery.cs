namespace Ottla.Log;

/// <summary>What opening a log took.</summary>
/// <param name="SegmentsRecovered">Segments that were read from end to end, because they lay behind the recovery point of a log that was
/// not closed cleanly.</param>
/// <param name="BytesRecovered">Bytes of them.</param>
/// <param name="BytesCut">Bytes that were no whole batch, or lay behind such.</param>
public readonly record struct LogRecovery(int SegmentsRecovered, long BytesRecovered, long BytesCut);
