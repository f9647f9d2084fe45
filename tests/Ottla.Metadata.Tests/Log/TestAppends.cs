using Ottla.Metadata.Image;
using Ottla.Metadata.Log;
using Ottla.Metadata.Records;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Tests.Log;

internal static class TestAppends
{
    /// <summary>Appends records as one batch.</summary>
    public static OffsetAndEpoch Append(this MetadataLog log, IReadOnlyList<VersionedRecord> records, LeaderEpoch epoch, long nowMs) =>
        log.Append(log.Encode(records, isAtomic: true, epoch, nowMs));
}
