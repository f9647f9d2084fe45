using Ottla.Metadata.Control;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Metadata.Records;

/// <summary>Makes record batches of metadata and control records.</summary>
/// <remarks>Owned by one caller at a time; its buffers are used again. What it returns is good until the next call.</remarks>
internal sealed class BatchEncoder : IDisposable
{
    /// <summary>Largest batch that Kafka's quorum takes (`internal.metadata.max.batch.size.in.bytes`).</summary>
    public const int BatchBytesMax = 8 << 20;

    private readonly MessageWriter _writer = new(4096);
    private readonly BatchBuilder _builder = new(new BatchOptions(), 4096);

    /// <summary>A decision's records: one batch where they hold together, else as many as it takes.</summary>
    /// <remarks>The builder is stopped as soon as a batch is too large, so no decision makes it grow far beyond
    /// <see cref="BatchBytesMax"/>.</remarks>
    public EncodedRecords EncodeForLog(IReadOnlyList<VersionedRecord> records, bool isAtomic, Offset baseOffset, LeaderEpoch epoch, long nowMs)
    {
        if (records.Count == 0) return new EncodedRecords(baseOffset, epoch, []);
        if (isAtomic && records.Count > ControlLimits.RecordsPerBatchMax)
            return Refuse(ErrorCode.PolicyViolation, "Unable to perform excessively large batch operation.");
        List<ReadOnlyMemory<byte>>? full = null;
        Begin(baseOffset, epoch, isControl: false);
        foreach (var record in records)
        {
            if (!isAtomic && (_builder.RecordCount == ControlLimits.RecordsPerBatchMax || _builder.UncompressedBytes > BatchBytesMax / 2))
            {
                var next = _builder.LastOffset + 1;
                (full ??= []).Add(_builder.Build().ToArray());
                Begin(next, epoch, isControl: false);
            }

            Add(record, nowMs);
            if (_builder.UncompressedBytes <= BatchBytesMax) continue;
            return Refuse(ErrorCode.RecordListTooLarge, $"The total record(s) size of {_builder.UncompressedBytes} exceeds the maximum allowed batch size of {BatchBytesMax}");
        }

        var last = _builder.Build();
        return new EncodedRecords(baseOffset, epoch, full is null ? [last] : [.. full, last]);

        EncodedRecords Refuse(ErrorCode error, string message) => new(baseOffset, epoch, [], new Verdict(error, message));
    }

    /// <summary>As many batches as it takes to stay below <see cref="BatchBytesMax"/>; each is handed to <paramref name="take"/>.</summary>
    /// <returns>The offset after the last.</returns>
    public Offset EncodeAll(IEnumerable<VersionedRecord> records, Offset baseOffset, LeaderEpoch epoch, long nowMs, Action<ReadOnlyMemory<byte>> take)
    {
        Begin(baseOffset, epoch, isControl: false);
        foreach (var record in records)
        {
            Add(record, nowMs);
            if (_builder.UncompressedBytes < BatchBytesMax / 2) continue;
            var next = _builder.LastOffset + 1;
            take(_builder.Build());
            Begin(next, epoch, isControl: false);
        }

        if (_builder.RecordCount == 0) return _builder.Options.BaseOffset;
        take(_builder.Build());
        return _builder.LastOffset + 1;
    }

    /// <summary>The batch that opens an epoch.</summary>
    public ReadOnlyMemory<byte> EncodeOpening(EpochOpening opening, Offset baseOffset, LeaderEpoch epoch, long nowMs)
    {
        Begin(baseOffset, epoch, isControl: true);
        AddControl(
            ControlRecordType.LeaderChange,
            new LeaderChangeMessage
            {
                LeaderId = opening.Leader.Value,
                Voters = [.. opening.Voters.Select(voter => new LeaderChangeMessage.Voter { VoterId = voter.Id.Value })],
                GrantingVoters = [.. opening.Granting.Select(voter => new LeaderChangeMessage.Voter { VoterId = voter.Id.Value })],
            },
            nowMs);
        if (opening.VotersToWrite is { } voters) AddVoters(voters, nowMs);
        return _builder.Build();
    }

    /// <summary>The batch that names other voters, and the level of `kraft.version` where it rises with them.</summary>
    public ReadOnlyMemory<byte> EncodeVoters(VoterSet voters, bool withLevel, Offset baseOffset, LeaderEpoch epoch, long nowMs)
    {
        Begin(baseOffset, epoch, isControl: true);
        AddVoters(voters, nowMs, withLevel);
        return _builder.Build();
    }

    /// <summary>The first batch of a snapshot.</summary>
    public ReadOnlyMemory<byte> EncodeSnapshotHeader(long lastContainedTimestampMs, VoterSet? voters, LeaderEpoch epoch, long nowMs, out Offset next)
    {
        Begin(Offset.Zero, epoch, isControl: true);
        AddControl(ControlRecordType.SnapshotHeader, new SnapshotHeaderRecord { LastContainedLogTimestamp = lastContainedTimestampMs }, nowMs);
        if (voters is { KRaftVersion: >= 1 }) AddVoters(voters, nowMs);
        next = _builder.LastOffset + 1;
        return _builder.Build();
    }

    /// <summary>The last batch of a snapshot: without it the snapshot is not whole.</summary>
    public ReadOnlyMemory<byte> EncodeSnapshotFooter(Offset baseOffset, LeaderEpoch epoch, long nowMs)
    {
        Begin(baseOffset, epoch, isControl: true);
        AddControl(ControlRecordType.SnapshotFooter, new SnapshotFooterRecord(), nowMs);
        return _builder.Build();
    }

    public void Dispose()
    {
        _writer.Dispose();
        _builder.Dispose();
    }

    private void Begin(Offset baseOffset, LeaderEpoch epoch, bool isControl) =>
        _builder.Reset(new BatchOptions { BaseOffset = baseOffset, PartitionLeaderEpoch = epoch, IsControl = isControl });

    private void Add(VersionedRecord record, long nowMs)
    {
        _writer.Reset();
        MetadataRecordWriter.Write(_writer, record);
        _builder.Append(nowMs, NullableBytes.Null, _writer.WrittenSpan);
    }

    private void AddVoters(VoterSet voters, long nowMs, bool withLevel = true)
    {
        if (withLevel) AddControl(ControlRecordType.KRaftVersion, new KRaftVersionRecord { KRaftVersion = voters.KRaftVersion }, nowMs);
        if (voters.Count == 0) return;
        AddControl(
            ControlRecordType.KRaftVoters,
            new VotersRecord
            {
                Voters = [.. voters.Voters.Select(voter => new VotersRecord.Voter
                {
                    VoterId = voter.Id.Value,
                    VoterDirectoryId = voter.DirectoryId,
                    Endpoints = [.. voter.Endpoints.Select(e => new VotersRecord.Endpoint { Name = e.Listener, Host = e.Host,
                    Port = (ushort)e.Port })],
                    KRaftVersionFeature = new() { MinSupportedVersion = voter.KRaftVersions.Min,
                    MaxSupportedVersion = voter.KRaftVersions.Max },
                })],
            },
            nowMs);
    }

    private void AddControl(ControlRecordType type, IMessage message, long nowMs)
    {
        _writer.Reset();
        message.Write(_writer, 0);
        _builder.AppendControl(nowMs, type, _writer.WrittenSpan);
    }
}
