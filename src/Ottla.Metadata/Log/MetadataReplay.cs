using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Batches;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Voters;

namespace Ottla.Metadata.Log;

/// <summary>What a snapshot and the log behind it come to, batch by batch: the image of all below <see cref="End"/>.</summary>
/// <remarks>
/// Owned by one thread at a time. Records of a transaction (KIP-868) count once it ends; those of one that was aborted, or that nobody
/// ended, never do.
/// <see cref="Fork"/> gives one that goes on from here on its own, at no cost: images never change.
/// Failure: records that can't follow from those before are a log that lies, <see cref="MalformedMessageException"/>.
/// </remarks>
internal sealed class MetadataReplay(SharedLists lists) : IRecordSink
{
    private MetadataDelta _delta = new(MetadataImage.Empty, lists);
    private readonly List<VoterChange> _changes = [];
    private List<object>? _transaction;
    private short? _batchLevel;
    private IReadOnlyList<Voter>? _batchVoters;
    private long _lastTimestampMs;
    private bool _inSnapshot;

    /// <summary>How far the log was read.</summary>
    public OffsetAndEpoch End { get; private set; } = OffsetAndEpoch.Start;

    /// <summary>Records of a transaction that was begun and not ended, which the next leader has to abort; null for none.</summary>
    public IReadOnlyList<object>? OpenTransaction => _transaction;

    public short KRaftLevel { get; private set; }

    /// <summary>The last voters that were recorded; null for none.</summary>
    public IReadOnlyList<Voter>? LastVoters { get; private set; }

    /// <summary>What the log behind the snapshot says of the voters, in its order.</summary>
    public IReadOnlyList<VoterChange> VoterChanges => _changes;

    /// <summary>How many metadata records were taken.</summary>
    public long RecordCount { get; private set; }

    public void BeginSnapshot(OffsetAndEpoch id)
    {
        _inSnapshot = true;
        End = id;
    }

    public void EndSnapshot() => _inSnapshot = false;

    public void Record(object record)
    {
        RecordCount++;
        switch (record)
        {
            case BeginTransactionRecord:
                if (_transaction is not null)
                    throw new MalformedMessageException("The metadata log begins a transaction inside of another");
                _transaction = [];
                break;
            case EndTransactionRecord:
                if (_transaction is not { } ended)
                    throw new MalformedMessageException("The metadata log ends a transaction that it did not begin");
                _transaction = null;
                foreach (var held in ended) _delta.Replay(held);
                break;
            case AbortTransactionRecord:
                if (_transaction is null)
                    throw new MalformedMessageException("The metadata log aborts a transaction that it did not begin");
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
        _batchLevel = level;
        _delta.ReplayKRaftVersion(level);
    }

    public void Voters(IReadOnlyList<Voter> voters) => LastVoters = _batchVoters = voters;

    public void SnapshotHeader(long lastContainedTimestampMs) => _lastTimestampMs = lastContainedTimestampMs;

    public void SnapshotFooter()
    {
    }

    public void EndOfBatch(in BatchHeader header)
    {
        if (!_inSnapshot && (_batchLevel is not null || _batchVoters is not null))
            _changes.Add(new VoterChange(header.NextOffset - 1, _batchLevel, _batchVoters));
        _batchLevel = null;
        _batchVoters = null;
        if (_inSnapshot) return;
        End = new OffsetAndEpoch(header.NextOffset, header.PartitionLeaderEpoch);
        _lastTimestampMs = Math.Max(_lastTimestampMs, header.MaxTimestamp);
    }

    /// <summary>The image up to <see cref="End"/>, and what changed in it since the last time.</summary>
    public MetadataImage Take(out MetadataDelta delta)
    {
        delta = _delta;
        var image = delta.Apply(End, _lastTimestampMs);
        _delta = new MetadataDelta(image, lists);
        return image;
    }

    /// <summary>Another one that stands where this stands.</summary>
    public MetadataReplay Fork()
    {
        Invariant.That(!_inSnapshot);
        var image = Take(out _);
        return new MetadataReplay(lists)
        {
            _delta = new MetadataDelta(image, lists),
            _transaction = _transaction is { } open ? [.. open] : null,
            _lastTimestampMs = _lastTimestampMs,
            End = End,
            KRaftLevel = KRaftLevel,
            LastVoters = LastVoters,
            RecordCount = RecordCount,
        };
    }

    /// <summary>Goes on from an image that was made without it: of what this node itself appended while it led.</summary>
    /// <param name="image">All below its end.</param>
    /// <param name="transaction">Records of a transaction that is open there.</param>
    public void ContinueFrom(MetadataImage image, IReadOnlyList<object>? transaction)
    {
        Invariant.That(!_inSnapshot && image.Provenance.EndOffset >= End.EndOffset);
        End = image.Provenance;
        _transaction = transaction is null ? null : [.. transaction];
        _lastTimestampMs = image.LastTimestampMs;
        KRaftLevel = image.Features.KRaftVersion;
        _delta = new MetadataDelta(image, lists);
    }
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
