using Ottla.Metadata.Image;
using Ottla.Metadata.Log;
using Ottla.Protocol.Primitives;
using Ottla.Raft.History;

namespace Ottla.Metadata.Quorum;

/// <summary>What the quorum has to know of the metadata log.</summary>
internal static class LogSummaries
{
    public static LogSummary Of(MetadataLog log)
    {
        var epochs = new List<EpochStart>();
        foreach (var (epoch, at) in log.EpochStarts)
        {
            // what lies before the log's begin, or began where nothing was written, is no part of it
            if (at >= log.LogEndOffset) break;
            if (at <= log.LogStartOffset) epochs.Clear();
            epochs.Add(new EpochStart(epoch, Offset.Max(at, log.LogStartOffset)));
        }

        if (log.LogEndOffset == log.LogStartOffset) epochs.Clear();
        // a node that starts has checked what it read, and does not know what of it is durable
        return new LogSummary(log.LogStartOffset, log.LogEndOffset, log.LogStartOffset, epochs, Of(log.EarliestSnapshot), Of(log.LatestSnapshot));
    }

    public static LogPoint Of(OffsetAndEpoch point) => new(point.EndOffset, point.Epoch);

    public static OffsetAndEpoch Of(LogPoint point) => new(point.End, point.Epoch);

    private static LogPoint? Of(OffsetAndEpoch? point) => point is { } there ? Of(there) : null;
}
