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

    /// <summary>All the records as one batch: they hold together or not at all.</summary>
    public ReadOnlyMemory<byte> Encode(IReadOnlyList<VersionedRecord> records, Offset baseOffset, LeaderEpoch epoch, long nowMs)
    {
        Begin(baseOffset, epoch, isControl: false);
        foreach (var record in records) Add(record, nowMs);
        return _builder.Build();
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
        RecordCodec.Write(_writer, record);
        _builder.Append(nowMs, NullableBytes.Null, _writer.WrittenSpan);
    }

    private void AddVoters(VoterSet voters, long nowMs)
    {
        AddControl(ControlRecordType.KRaftVersion, new KRaftVersionRecord { KRaftVersion = voters.KRaftVersion }, nowMs);
        AddControl(
            ControlRecordType.KRaftVoters,
            new VotersRecord
            {
                Voters = [.. voters.Voters.Select(voter => new VotersRecord.Voter
                {
                    VoterId = voter.Id.Value,
                    VoterDirectoryId = voter.DirectoryId,
                    Endpoints = [.. voter.Endpoints.Select(e => new VotersRecord.Endpoint { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port })],
                    KRaftVersionFeature = new() { MinSupportedVersion = voter.KRaftVersions.Min, MaxSupportedVersion = voter.KRaftVersions.Max },
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
