using System.Runtime.InteropServices;
using Ottla.Log;
using Ottla.Metadata.Image;
using Ottla.Metadata.Snapshots;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Metadata.Log;

/// <content>What a quorum of several needs: batches from and for others, truncation, snapshots in pieces. On the metadata loop.</content>
public sealed partial class MetadataLog
{
    /// <summary>Appends batches as the leader has them; not durable yet. What lies behind the last whole batch is left out, since a fetch
    /// may end inside of one.</summary>
    /// <returns>What is wrong with the first batch that was not taken, and was the leader's fault; null where there is nothing. Those
    /// before it are in the log.</returns>
    public string? AppendAsFollower(ReadOnlyMemory<byte> fetched)
    {
        var batches = new BatchReader(fetched.Span, checkCrc: true);
        while (batches.Next())
        {
            var header = batches.Header;
            if (WhyNotNext(header) is { } wrong) return wrong;
            var bytes = fetched.Slice(batches.CurrentPosition, header.SizeInBytes);
            PendingBatch[] pending = [new PendingBatch(MemoryMarshal.AsMemory(bytes), header)];
            _log.AppendAsFollower(pending, header.PartitionLeaderEpoch);
            Invariant.That(pending[0].Error == ErrorCode.None && LogEndOffset == header.NextOffset);
            BytesSinceSnapshot += bytes.Length;
        }

        return batches.End is BatchesEnd.Malformed or BatchesEnd.WrongCrc
            ? $"the bytes for offset {LogEndOffset} are no record batch ({batches.End})"
            : null;
    }

    /// <summary>Cuts the log at its end; durable on return.</summary>
    /// <param name="end">The first offset that goes; the caller sees to it that nothing committed does.</param>
    public void TruncateTo(Offset end)
    {
        Invariant.That(end >= (LatestSnapshot?.EndOffset ?? LogStartOffset));
        var before = _log.SizeInBytes;
        _log.TruncateTo(end);
        BytesSinceSnapshot = Math.Max(0, BytesSinceSnapshot - (before - _log.SizeInBytes));
    }

    /// <summary>Where each epoch begins.</summary>
    public IReadOnlyList<Ottla.Log.Checkpoints.EpochStart> EpochStarts => _log.EpochStarts;

    /// <summary>Whole batches from an offset on, for an answer to a fetch; the caller disposes of them.</summary>
    public LogSlice Read(Offset from, int maxBytes) => _log.ReadToEnd(from, maxBytes, atLeastOneBatch: true);

    /// <summary>Whole batches from an offset on, up to where a batch ends.</summary>
    public LogSlice Read(Offset from, int maxBytes, Offset upTo) => _log.Read(from, maxBytes, new HighWatermark(upTo), atLeastOneBatch: true);

    /// <summary>A snapshot to be sent in pieces; null where it is not there.</summary>
    public SnapshotSource? OpenSnapshot(OffsetAndEpoch id) =>
        _found.Exists(file => file.Id == id) && id != SnapshotName.Bootstrap ? _snapshots.Open(id) : null;

    /// <summary>Begins to take a snapshot from the leader.</summary>
    public SnapshotDownload BeginSnapshot(OffsetAndEpoch id) => _snapshots.Begin(id);

    /// <summary>Takes over a snapshot that came whole: the log begins anew behind it. Nothing changes where it is not whole.</summary>
    /// <exception cref="MalformedMessageException">It is no whole snapshot.</exception>
    public void Install(SnapshotDownload download)
    {
        Invariant.That(download.Id.EndOffset >= LogEndOffset || download.Id.Epoch >= LatestEpoch);
        var bytes = download.Bytes;
        _snapshots.Finish(download);
        _found.RemoveAll(file => file.Id == download.Id);
        _found.Add(new SnapshotFile(download.Id, bytes));
        _found.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        _log.TruncateFullyAndStartAt(download.Id.EndOffset);
        BytesSinceSnapshot = 0;
    }

    private string? WhyNotNext(in BatchHeader header)
    {
        if (header.Magic != BatchHeader.MagicLatest) return $"a batch of format {header.Magic} at offset {header.BaseOffset}";
        if (header.BaseOffset != LogEndOffset || header.LastOffsetDelta < 0)
            return $"a batch of offset {header.BaseOffset} where the log ends at {LogEndOffset}";
        if (header.PartitionLeaderEpoch < LatestEpoch)
            return $"a batch of epoch {header.PartitionLeaderEpoch} behind one of epoch {LatestEpoch}";
        return header.SizeInBytes > _limits.SegmentBytes
            ? $"a batch of {header.SizeInBytes:N0} bytes, more than a segment of the log"
            : null;
    }
}
