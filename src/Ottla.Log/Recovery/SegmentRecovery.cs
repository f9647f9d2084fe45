using Ottla.Log.Producers;
using Ottla.Log.Segments;
using Ottla.Protocol.Batches;

namespace Ottla.Log.Recovery;

/// <summary>Reads a segment from end to end, keeps the batches before the first that is broken, builds its indexes anew.</summary>
/// <remarks>Broken is: not all there, no batch at all, a checksum that does not fit, an offset that goes back or that the segment can't
/// hold.</remarks>
internal static class SegmentRecovery
{
    /// <summary>Answers why the segment ended; anything but <see cref="BatchesEnd.Whole"/> means that something was cut.</summary>
    public static BatchesEnd Run(
        Segment segment, int indexIntervalBytes, long firstOffset, Func<BatchScanner, CompletedTransaction?> take)
    {
        var fileBytes = segment.Bytes;
        segment.ResetIndexes();
        if ((segment.Parts & SegmentParts.TransactionIndex) != 0)
        {
            segment.Transactions.Truncate();
            segment.Parts &= ~SegmentParts.TransactionIndex;
        }

        using var lease = segment.Acquire();
        using var scan = new BatchScanner(lease.File, 0, fileBytes);
        var nextOffset = firstOffset;
        var position = 0;
        var outcome = BatchesEnd.Whole;
        while (outcome == BatchesEnd.Whole && scan.Next(checkCrc: true))
        {
            ref readonly var header = ref scan.Header;
            if (header.BaseOffset.Value < nextOffset && header.Magic >= 2 || header.LastOffset.Value < nextOffset || header.LastOffset.Value - segment.BaseOffset > int.MaxValue)
            {
                outcome = BatchesEnd.Malformed;
                break;
            }

            segment.Index(header.LastOffset.Value, header.MaxTimestamp, scan.Position, header.SizeInBytes, indexIntervalBytes);
            if (take(scan) is { IsAborted: true } aborted) segment.NoteAborted(aborted);
            nextOffset = header.NextOffset.Value;
            position = scan.NextPosition;
        }

        if (outcome == BatchesEnd.Whole) outcome = scan.End;
        segment.Publish(new(nextOffset, position));
        if (position < fileBytes) lease.File.SetLength(position);
        return outcome;
    }
}
