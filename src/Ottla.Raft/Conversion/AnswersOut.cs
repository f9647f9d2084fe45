using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.History;
using Ottla.Raft.Messages;

namespace Ottla.Raft.Conversion;

/// <summary>Answers of the quorum as the wire has them.</summary>
/// <remarks>Another cluster's request is answered with an error for all of it; anything else with one for the partition, beside who leads.
/// Where that leader is reached is told by versions that have room for it.</remarks>
public static class AnswersOut
{
    public static VoteResponse ToVote(QuorumAnswer answer, short version)
    {
        if (!answer.IsWhole) return new() { ErrorCode = answer.Error };
        return new VoteResponse
        {
            Topics =
            [
                new()
                {
                    TopicName = RequestsOut.TopicName,
                    Partitions =
                    [
                        new()
                        {
                            ErrorCode = answer.Error,
                            LeaderId = answer.Leader.Id.Value,
                            LeaderEpoch = answer.Leader.Epoch.Value,
                            VoteGranted = answer is QuorumAnswer.Voted { IsGranted: true },
                        },
                    ],
                },
            ],
            NodeEndpoints = version < 1 || answer.Leader.Endpoint is not { } e ? [] : [new() { NodeId = answer.Leader.Id.Value, Host = e.Host, Port = (ushort)e.Port }],
        };
    }

    public static BeginQuorumEpochResponse ToBegin(QuorumAnswer answer, short version)
    {
        if (!answer.IsWhole) return new() { ErrorCode = answer.Error };
        return new BeginQuorumEpochResponse
        {
            Topics =
            [
                new()
                {
                    TopicName = RequestsOut.TopicName,
                    Partitions = [new() { ErrorCode = answer.Error, LeaderId = answer.Leader.Id.Value, LeaderEpoch = answer.Leader.Epoch.Value }],
                },
            ],
            NodeEndpoints = version < 1 || answer.Leader.Endpoint is not { } e ? [] : [new() { NodeId = answer.Leader.Id.Value, Host = e.Host, Port = (ushort)e.Port }],
        };
    }

    public static EndQuorumEpochResponse ToEnd(QuorumAnswer answer, short version)
    {
        if (!answer.IsWhole) return new() { ErrorCode = answer.Error };
        return new EndQuorumEpochResponse
        {
            Topics =
            [
                new()
                {
                    TopicName = RequestsOut.TopicName,
                    Partitions = [new() { ErrorCode = answer.Error, LeaderId = answer.Leader.Id.Value, LeaderEpoch = answer.Leader.Epoch.Value }],
                },
            ],
            NodeEndpoints = version < 1 || answer.Leader.Endpoint is not { } e ? [] : [new() { NodeId = answer.Leader.Id.Value, Host = e.Host, Port = (ushort)e.Port }],
        };
    }

    /// <param name="answer">What the quorum says.</param>
    /// <param name="records">What lies between <see cref="QuorumAnswer.Fetched.ReadFrom"/> and its end, read by the caller.</param>
    /// <param name="version">Of the request.</param>
    public static FetchResponse ToFetch(QuorumAnswer answer, Records records, short version)
    {
        if (!answer.IsWhole) return new() { ErrorCode = answer.Error };
        var fetched = answer as QuorumAnswer.Fetched;
        var data = new FetchResponse.PartitionData
        {
            ErrorCode = answer.Error,
            HighWatermark = fetched?.HighWatermark.Value ?? -1,
            LogStartOffset = fetched?.LogStart.Value ?? -1,
            Records = records,
        };
        if (version >= 12)
        {
            data.CurrentLeader.LeaderId = answer.Leader.Id.Value;
            data.CurrentLeader.LeaderEpoch = answer.Leader.Epoch.Value;
            if (fetched?.Diverging is { } diverging) data.DivergingEpoch = new() { Epoch = diverging.Epoch.Value, EndOffset = diverging.End.Value };
            if (fetched?.Snapshot is { } snapshot) data.SnapshotId = new() { EndOffset = snapshot.End.Value, Epoch = snapshot.Epoch.Value };
        }

        return new FetchResponse
        {
            Responses = [new() { Topic = RequestsOut.TopicName, TopicId = Uuid.MetadataTopic, Partitions = [data] }],
            NodeEndpoints = version < 16 || answer.Leader.Endpoint is not { } e ? [] : [new() { NodeId = answer.Leader.Id.Value, Host = e.Host, Port = e.Port }],
        };
    }

    public static FetchSnapshotResponse ToSnapshot(QuorumAnswer answer, short version)
    {
        if (!answer.IsWhole) return new() { ErrorCode = answer.Error };
        var part = answer as QuorumAnswer.SnapshotPart;
        var id = part?.Snapshot ?? LogPoint.Start;
        return new FetchSnapshotResponse
        {
            Topics =
            [
                new()
                {
                    Name = RequestsOut.TopicName,
                    Partitions =
                    [
                        new()
                        {
                            ErrorCode = answer.Error,
                            SnapshotId = new() { EndOffset = id.End.Value, Epoch = id.Epoch.Value },
                            CurrentLeader = new() { LeaderId = answer.Leader.Id.Value, LeaderEpoch = answer.Leader.Epoch.Value },
                            Size = part?.Size ?? 0,
                            Position = part?.Position ?? 0,
                            UnalignedRecords = new Records(part?.Bytes ?? ReadOnlyMemory<byte>.Empty),
                        },
                    ],
                },
            ],
            NodeEndpoints = version < 1 || answer.Leader.Endpoint is not { } e ? [] : [new() { NodeId = answer.Leader.Id.Value, Host = e.Host, Port = (ushort)e.Port }],
        };
    }

    public static UpdateRaftVoterResponse ToUpdate(QuorumAnswer answer) => new()
    {
        ErrorCode = answer.Error,
        CurrentLeader = new()
        {
            LeaderId = answer.Leader.Id.Value,
            LeaderEpoch = answer.Leader.Epoch.Value,
            Host = answer.Leader.Endpoint?.Host ?? "",
            Port = answer.Leader.Endpoint?.Port ?? 0,
        },
    };

    public static AddRaftVoterResponse ToAdd(QuorumAnswer answer) => new() { ErrorCode = answer.Error, ErrorMessage = MessageOf(answer) };

    public static RemoveRaftVoterResponse ToRemove(QuorumAnswer answer) => new() { ErrorCode = answer.Error, ErrorMessage = MessageOf(answer) };

    private static string? MessageOf(QuorumAnswer answer) => answer.Error == ErrorCode.None ? null : answer.Message ?? answer.Error.UsualMessage();
}
