using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Batches;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Voters;

namespace Ottla.Metadata.Log;

/// <summary>Gathers an image from a snapshot and the log behind it. Used once, by one thread.</summary>
/// <remarks>Records of a transaction (KIP-868) count once it ends; those of one that was aborted, or that nobody ended, never do.</remarks>
internal sealed class MetadataLoader(SharedLists lists) : IRecordSink
{
    private readonly MetadataDelta _delta = new(MetadataImage.Empty, lists);
    private List<object>? _transaction;
    private OffsetAndEpoch _end = OffsetAndEpoch.Start;
    private long _lastTimestampMs;
    private bool _inSnapshot;

    /// <summary>A transaction was begun and not ended: the next leader has to abort it.</summary>
    public bool HasOpenTransaction => _transaction is not null;

    public short KRaftLevel { get; private set; }

    /// <summary>The last voters that were recorded; null for none.</summary>
    public IReadOnlyList<Voter>? LastVoters { get; private set; }

    /// <summary>How many metadata records were taken.</summary>
    public long RecordCount { get; private set; }

    public void BeginSnapshot(OffsetAndEpoch id)
    {
        _inSnapshot = true;
        _end = id;
    }

    public void EndSnapshot() => _inSnapshot = false;

    public void Record(object record)
    {
        RecordCount++;
        switch (record)
        {
            case BeginTransactionRecord:
                if (_transaction is not null) throw new MalformedMessageException("The metadata log begins a transaction inside of another");
                _transaction = [];
                break;
            case EndTransactionRecord:
                if (_transaction is not { } ended) throw new MalformedMessageException("The metadata log ends a transaction that it did not begin");
                _transaction = null;
                foreach (var held in ended) _delta.Replay(held);
                break;
            case AbortTransactionRecord:
                if (_transaction is null) throw new MalformedMessageException("The metadata log aborts a transaction that it did not begin");
                _transaction = null;
                break;
            default:
                if (_transaction is { } open) open.Add(record);
                else _delta.Replay(record);
                break;
        }
    }

    public void KRaftVersion(short level)
    {
        KRaftLevel = level;
        _delta.ReplayKRaftVersion(level);
    }

    public void Voters(IReadOnlyList<Voter> voters) => LastVoters = voters;

    public void SnapshotHeader(long lastContainedTimestampMs) => _lastTimestampMs = lastContainedTimestampMs;

    public void SnapshotFooter()
    {
    }

    public void EndOfBatch(in BatchHeader header)
    {
        if (_inSnapshot) return;
        _end = new OffsetAndEpoch(header.NextOffset, header.PartitionLeaderEpoch);
        _lastTimestampMs = Math.Max(_lastTimestampMs, header.MaxTimestamp);
    }

    public MetadataImage Build() => _delta.Apply(_end, _lastTimestampMs);
}

/// <summary>Gathers what formatting left in the bootstrap snapshot.</summary>
internal sealed class BootstrapReader : IRecordSink
{
    public List<VersionedRecord> Records { get; } = [];

    public short KRaftLevel { get; private set; }

    public IReadOnlyList<Voter>? LastVoters { get; private set; }

    // all records that formatting writes have one version
    public void Record(object record) => Records.Add(new VersionedRecord(record));

    public void KRaftVersion(short level) => KRaftLevel = level;

    public void Voters(IReadOnlyList<Voter> voters) => LastVoters = voters;

    public void SnapshotHeader(long lastContainedTimestampMs)
    {
    }

    public void SnapshotFooter()
    {
    }

    public void EndOfBatch(in BatchHeader header) => Invariant.That(header.RecordCount >= 0);
}
