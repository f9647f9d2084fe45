using Ottla.Metadata.Records;
using Ottla.Protocol.Batches;
using Ottla.Raft.Voters;

namespace Ottla.Metadata.Snapshots;

/// <summary>Sees the header of a snapshot and nothing else.</summary>
internal sealed class SnapshotHeaderReader : IRecordSink
{
    /// <summary>Timestamp of the last record that the snapshot holds, ms since 1970.</summary>
    public long TimestampMs { get; private set; }

    public void SnapshotHeader(long lastContainedTimestampMs) => TimestampMs = lastContainedTimestampMs;

    public void Record(object record)
    {
    }

    public void KRaftVersion(short level)
    {
    }

    public void Voters(IReadOnlyList<Voter> voters)
    {
    }

    public void SnapshotFooter()
    {
    }

    public void EndOfBatch(in BatchHeader header)
    {
    }
}
