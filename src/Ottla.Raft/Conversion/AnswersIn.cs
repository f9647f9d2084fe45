using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Raft.History;
using Ottla.Raft.Messages;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Conversion;

/// <summary>Answers of the wire as the quorum takes them. Null where an answer is not about the one partition that there is.</summary>
public static class AnswersIn
{
    public static QuorumAnswer? From(VoteResponse response)
    {
        if (response.ErrorCode != ErrorCode.None) return new QuorumAnswer.Voted(response.ErrorCode, false) { IsWhole = false };
        if (response.Topics is not [{ TopicName: RequestsOut.TopicName, Partitions: [{ PartitionIndex: 0 } said] }]) return null;
        var node = response.NodeEndpoints.Find(e => e.NodeId == said.LeaderId);
        return new QuorumAnswer.Voted(said.ErrorCode, said.VoteGranted) { Leader = Hint(said.LeaderId, said.LeaderEpoch, node?.Host, node?.Port) };
    }

    public static QuorumAnswer? From(BeginQuorumEpochResponse response)
    {
        if (response.ErrorCode != ErrorCode.None) return new QuorumAnswer.Done(response.ErrorCode) { IsWhole = false };
        if (response.Topics is not [{ TopicName: RequestsOut.TopicName, Partitions: [{ PartitionIndex: 0 } said] }]) return null;
        var node = response.NodeEndpoints.Find(e => e.NodeId == said.LeaderId);
        return new QuorumAnswer.Done(said.ErrorCode) { Leader = Hint(said.LeaderId, said.LeaderEpoch, node?.Host, node?.Port) };
    }

    public static QuorumAnswer? From(EndQuorumEpochResponse response)
    {
        if (response.ErrorCode != ErrorCode.None) return new QuorumAnswer.Done(response.ErrorCode) { IsWhole = false };
        if (response.Topics is not [{ TopicName: RequestsOut.TopicName, Partitions: [{ PartitionIndex: 0 } said] }]) return null;
        var node = response.NodeEndpoints.Find(e => e.NodeId == said.LeaderId);
        return new QuorumAnswer.Done(said.ErrorCode) { Leader = Hint(said.LeaderId, said.LeaderEpoch, node?.Host, node?.Port) };
    }

    /// <param name="response">The answer.</param>
    /// <param name="read">Makes of its records what the quorum takes; null where they can't be that.</param>
    public static QuorumAnswer? From(FetchResponse response, Func<ReadOnlyMemory<byte>, FetchedBatches?> read)
    {
        if (response.ErrorCode != ErrorCode.None) return new QuorumAnswer.Fetched(response.ErrorCode) { IsWhole = false };
        if (response.Responses is not [{ Partitions: [{ PartitionIndex: 0 } said] }]) return null;
        var node = response.NodeEndpoints.Find(e => e.NodeId == said.CurrentLeader.LeaderId);
        FetchedBatches? batches = null;
        if (said.Records.Length > 0 && said.ErrorCode == ErrorCode.None && (batches = read(said.Records.Memory)) is null) return null;
        return new QuorumAnswer.Fetched(said.ErrorCode)
        {
            HighWatermark = new Offset(said.HighWatermark),
            LogStart = new Offset(said.LogStartOffset),
            Diverging = said.DivergingEpoch.EndOffset >= 0 ? Point(said.DivergingEpoch.EndOffset, said.DivergingEpoch.Epoch) : null,
            Snapshot = said.SnapshotId.EndOffset >= 0 ? Point(said.SnapshotId.EndOffset, said.SnapshotId.Epoch) : null,
            Batches = batches,
            Leader = Hint(said.CurrentLeader.LeaderId, said.CurrentLeader.LeaderEpoch, node?.Host, node?.Port),
        };
    }

    /// <remarks>The bytes are copied: the answer's memory is not this node's.</remarks>
    public static QuorumAnswer? From(FetchSnapshotResponse response)
    {
        if (response.ErrorCode != ErrorCode.None) return new QuorumAnswer.SnapshotPart(response.ErrorCode) { IsWhole = false };
        if (response.Topics is not [{ Name: RequestsOut.TopicName, Partitions: [{ Index: 0 } said] }]) return null;
        var node = response.NodeEndpoints.Find(e => e.NodeId == said.CurrentLeader.LeaderId);
        return new QuorumAnswer.SnapshotPart(said.ErrorCode)
        {
            Snapshot = Point(said.SnapshotId.EndOffset, said.SnapshotId.Epoch),
            Size = said.Size,
            Position = said.Position,
            Bytes = said.UnalignedRecords.Memory.ToArray(),
            Leader = Hint(said.CurrentLeader.LeaderId, said.CurrentLeader.LeaderEpoch, node?.Host, node?.Port),
        };
    }

    public static QuorumAnswer From(UpdateRaftVoterResponse response) => new QuorumAnswer.Done(response.ErrorCode)
    {
        Leader = Hint(response.CurrentLeader.LeaderId, response.CurrentLeader.LeaderEpoch, response.CurrentLeader.Host, response.CurrentLeader.Port),
    };

    public static QuorumAnswer From(AddRaftVoterResponse response) => new QuorumAnswer.Done(response.ErrorCode) { Message = response.ErrorMessage };

    public static QuorumAnswer From(RemoveRaftVoterResponse response) => new QuorumAnswer.Done(response.ErrorCode) { Message = response.ErrorMessage };

    /// <summary>A node that does not name the feature speaks level 0 alone.</summary>
    public static QuorumAnswer From(ApiVersionsResponse response)
    {
        var feature = response.SupportedFeatures.Find(f => f.Name == "kraft.version");
        return new QuorumAnswer.Versions(response.ErrorCode, feature is null ? new VersionRange(0, 0) : new VersionRange(feature.MinVersion, feature.MaxVersion));
    }

    private static LogPoint Point(long end, int epoch) => new(new Offset(end), new LeaderEpoch(epoch));

    private static LeaderHint Hint(int id, int epoch, string? host, int? port) => new(
        new BrokerId(Math.Max(id, -1)), new LeaderEpoch(epoch), string.IsNullOrEmpty(host) || port is not > 0 ? null : new VoterEndpoint("", host, port.Value));
}
