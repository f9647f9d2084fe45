using Ottla.Log.Segments;

namespace Ottla.Log.Retention;

/// <summary>What retention deleted.</summary>
public readonly record struct RetentionOutcome(int Segments, long Bytes);

/// <summary>Which segments a log may lose.</summary>
/// <remarks>Pure, apart from the latest timestamp of a segment, which may have to be read from its index.</remarks>
internal static class RetentionRules
{
    /// <summary>How many of the oldest segments go. All of them: then the active one, which must hold something, is rolled first.</summary>
    public static int Deletable(Segment[] segments, LogSettings settings, long logStartOffset, long logEndOffset, long highWatermark,
        long nowMs)
    {
        var surplus = settings is { Delete: true, RetentionBytes: >= 0 }
            ? segments.Sum(segment => (long)segment.Bytes) - settings.RetentionBytes : -1;
        var count = 0;
        for (; count < segments.Length; count++)
        {
            var segment = segments[count];
            var isLast = count + 1 == segments.Length;
            var end = isLast ? logEndOffset : segments[count + 1].BaseOffset;
            var bytes = segment.Bytes;
            if (end > highWatermark || isLast && bytes == 0) break;
            var goes = !isLast && end <= logStartOffset;
            if (surplus >= bytes)
            {
                surplus -= bytes;
                goes = true;
            }

            if (!goes && !(settings is { Delete: true, RetentionMs: >= 0 } && AgeMs(segment, nowMs) > settings.RetentionMs)) break;
        }

        return count;
    }

    /// <summary>Age of the newest record; where no record has a timestamp, of the segment as far as this process knows.</summary>
    private static long AgeMs(Segment segment, long nowMs) =>
        nowMs - (segment.Bytes > 0 && segment.Latest.Timestamp is >= 0 and var latest ? latest : segment.CreatedMs);
}
