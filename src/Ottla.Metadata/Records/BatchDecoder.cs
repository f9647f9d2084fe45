using Ottla.Protocol.Batches;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Voters;

namespace Ottla.Metadata.Records;

/// <summary>Takes what a log or a snapshot of the metadata holds, in its order.</summary>
internal interface IRecordSink
{
    void Record(object record);

    void KRaftVersion(short level);

    void Voters(IReadOnlyList<Voter> voters);

    void SnapshotHeader(long lastContainedTimestampMs);

    void SnapshotFooter();

    /// <summary>A batch is through.</summary>
    void EndOfBatch(in BatchHeader header);
}

/// <summary>Reads record batches of the metadata log and its snapshots.</summary>
internal static class BatchDecoder
{
    /// <summary>Hands over all that lies in whole batches at the start of the bytes.</summary>
    /// <returns>How many bytes those were.</returns>
    /// <exception cref="MalformedMessageException">A batch's checksum or its records make no sense.</exception>
    public static int Decode(ReadOnlySpan<byte> bytes, IRecordSink sink)
    {
        var batches = new BatchReader(bytes, checkCrc: true);
        while (batches.Next())
        {
            using var records = BatchRecords.Open(batches.Current);
            foreach (var record in records)
            {
                if (records.Header.IsControl) DecodeControl(record, sink);
                else sink.Record(MetadataRecordReader.Read(record.Value.ToArray()));
            }

            sink.EndOfBatch(records.Header);
        }

        if (batches.End is BatchesEnd.Malformed or BatchesEnd.WrongCrc)
            throw new MalformedMessageException($"The bytes at {batches.Position:N0} are no record batch ({batches.End})");
        return batches.Position;
    }

    private static void DecodeControl(in Record record, IRecordSink sink)
    {
        var reader = new MessageReader(record.Value.ToArray());
        switch (ControlRecord.TypeOf(record.Key))
        {
            case ControlRecordType.KRaftVersion: sink.KRaftVersion(KRaftVersionRecord.Read(ref reader, 0).KRaftVersion); break;
            case ControlRecordType.KRaftVoters: sink.Voters([.. VotersRecord.Read(ref reader, 0).Voters.Select(VoterOf)]); break;
            case ControlRecordType.SnapshotHeader: sink.SnapshotHeader(SnapshotHeaderRecord.Read(ref reader, 0).LastContainedLogTimestamp); break;
            case ControlRecordType.SnapshotFooter: sink.SnapshotFooter(); break;
            default: break;
        }
    }

    private static Voter VoterOf(VotersRecord.Voter voter) => new(
        new BrokerId(voter.VoterId), voter.VoterDirectoryId, [.. voter.Endpoints.Select(e => new VoterEndpoint(e.Name, e.Host, e.Port))])
    {
        KRaftVersions = new(voter.KRaftVersionFeature.MinSupportedVersion, voter.KRaftVersionFeature.MaxSupportedVersion),
    };
}
