using Ottla.Metadata.Log;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Messages;
using WireRecords = Ottla.Protocol.Wire.Records;

namespace Ottla.Metadata.Quorum;

/// <summary>What a leader reads for its answers: batches of its log, parts of its snapshots.</summary>
/// <remarks>On the metadata loop, into memory of their own: the log may be cut and snapshots removed while an answer is on its way, and what
/// is read was mostly just written.</remarks>
internal static class LeaderReads
{
    /// <summary>However much somebody asks for; the defaults of `controller.quorum.fetch.max.bytes` and its sibling are an eighth.</summary>
    private const int BytesMax = 8 << 20;

    public static WireRecords Records(MetadataLog log, QuorumAnswer.Fetched fetched, int maxBytes)
    {
        var slice = log.Read(fetched.ReadFrom, Math.Clamp(maxBytes, 0, BytesMax), fetched.ReadTo);
        if (slice.Error != ErrorCode.None || slice.Records is not { } records) return WireRecords.Empty;
        using (records)
        {
            var bytes = new byte[records.Length];
            return new WireRecords(bytes.AsMemory(0, records.ReadInto(bytes)));
        }
    }

    /// <summary>The bytes at the position that was asked for.</summary>
    public static QuorumAnswer.SnapshotPart Fill(MetadataLog log, QuorumAnswer.SnapshotPart part, int maxBytes)
    {
        using var source = log.OpenSnapshot(LogSummaries.Of(part.Snapshot));
        if (source is null) return part with { Error = ErrorCode.SnapshotNotFound };
        if (part.Position >= source.Bytes) return part with { Error = ErrorCode.PositionOutOfRange };
        var bytes = new byte[Math.Min(Math.Clamp(maxBytes, 1, BytesMax), source.Bytes - part.Position)];
        var read = source.Read(part.Position, bytes);
        return part with { Size = source.Bytes, Bytes = bytes.AsMemory(0, read) };
    }
}
