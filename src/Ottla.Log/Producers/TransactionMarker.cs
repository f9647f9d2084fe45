using Ottla.Protocol.Batches;
using Ottla.Protocol.Wire;

namespace Ottla.Log.Producers;

/// <summary>The one record of a control batch that ends a transaction: commit or abort, and the epoch of the coordinator that says
/// so.</summary>
internal readonly record struct TransactionMarker(bool Commits, int CoordinatorEpoch)
{
    /// <summary>Reads the marker of a whole control batch; false where it holds none (markers of the quorum, or nonsense).</summary>
    public static bool TryRead(ReadOnlySpan<byte> batch, out TransactionMarker marker)
    {
        marker = default;
        try
        {
            using var records = BatchRecords.Open(batch);
            foreach (var record in records)
            {
                var type = ControlRecord.TypeOf(record.Key);
                if (type is not (ControlRecordType.Abort or ControlRecordType.Commit) || ControlRecord.CoordinatorEpochOf(record.Value) is not { } epoch) return false;
                marker = new(type == ControlRecordType.Commit, epoch);
                return true;
            }
        }
        catch (MalformedMessageException)
        {
            // its checksum holds, so somebody wrote it like that: it ends no transaction
        }

        return false;
    }
}
