using Ottla.Metadata.Records;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.History;
using Ottla.Raft.Messages;
using Ottla.Raft.Voters;

namespace Ottla.Metadata.Quorum;

/// <summary>Looks at what a leader sent before the quorum hears of it: whole batches, their checksums, their order, what they say of the
/// voters.</summary>
/// <remarks>Stateless, any thread. It copies: the answer's memory is the connection's.</remarks>
internal static class FetchedReader
{
    /// <summary>Kafka's controllers write no more than 8 MiB into a batch, beside its header; a segment of the log has room for it.</summary>
    private const int BatchBytesMax = BatchEncoder.BatchBytesMax + 4096;

    /// <returns>Null where it can't be what a leader sends. A batch that is cut at the end is left out.</returns>
    public static FetchedBatches? Read(ReadOnlyMemory<byte> records)
    {
        var epochs = new List<EpochStart>();
        var changes = new List<VoterChange>();
        var (first, next) = (Offset.None, Offset.None);
        var batches = new BatchReader(records.Span, checkCrc: true);
        try
        {
            while (batches.Next())
            {
                var header = batches.Header;
                if (header.Magic != BatchHeader.MagicLatest || header.LastOffsetDelta < 0 || header.SizeInBytes > BatchBytesMax) return null;
                if (next != Offset.None && header.BaseOffset != next) return null;
                if (first == Offset.None) first = header.BaseOffset;
                if (epochs.Count == 0 || epochs[^1].Epoch != header.PartitionLeaderEpoch) epochs.Add(new EpochStart(header.PartitionLeaderEpoch, header.BaseOffset));
                next = header.NextOffset;
                if (header.IsControl) Add(changes, batches.Current, next - 1);
            }
        }
        catch (MalformedMessageException)
        {
            return null;
        }

        if (batches.End is BatchesEnd.Malformed or BatchesEnd.WrongCrc || first == Offset.None) return null;
        return new FetchedBatches(first, next, epochs, changes, records[..batches.Position].ToArray());
    }

    private static void Add(List<VoterChange> changes, ReadOnlySpan<byte> batch, Offset last)
    {
        var sink = new ControlSink();
        BatchDecoder.Decode(batch, sink);
        if (sink.Level is not null || sink.Named is not null) changes.Add(new VoterChange(last, sink.Level, sink.Named));
    }

    private sealed class ControlSink : IRecordSink
    {
        public short? Level { get; private set; }

        public IReadOnlyList<Voter>? Named { get; private set; }

        public void Record(object record) => throw new MalformedMessageException("A control batch holds a record of metadata");

        public void KRaftVersion(short level) => Level = level;

        public void Voters(IReadOnlyList<Voter> voters) => Named = voters;

        public void SnapshotHeader(long lastContainedTimestampMs)
        {
        }

        public void SnapshotFooter()
        {
        }

        public void EndOfBatch(in BatchHeader header)
        {
        }
    }
}
