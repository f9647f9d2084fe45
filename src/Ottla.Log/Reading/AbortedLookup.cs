using Ottla.Log.Segments;

namespace Ottla.Log.Reading;

/// <summary>Finds the aborted transactions that a reader of committed records has to know. Any thread.</summary>
internal static class AbortedLookup
{
    public static IReadOnlyList<AbortedTransaction> Find(LogState log, long from, long upTo)
    {
        List<AbortedTransaction>? found = null;
        var segments = log.Segments;
        for (var i = LogState.FloorIndex(segments, from); i < segments.Length; i++)
        {
            if ((segments[i].Parts & SegmentParts.TransactionIndex) == 0) continue;
            try
            {
                if (segments[i].Transactions.Collect(from, upTo, found ??= [])) break;
            }
            catch (IOException fault) when (segments[i].IsGone(fault))
            {
                // retention took it meanwhile, and its records with it
            }
        }

        return found ?? (IReadOnlyList<AbortedTransaction>)[];
    }
}
