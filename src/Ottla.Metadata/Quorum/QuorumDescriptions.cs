using Ottla.Metadata.Image;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Conversion;
using Ottla.Raft.Leading;
using Ottla.Raft.Messages;

namespace Ottla.Metadata.Quorum;

/// <summary>DescribeQuorum's answer: who leads, how far everything is. Stateless.</summary>
internal static class QuorumDescriptions
{
    /// <param name="request">Which partitions; there is one.</param>
    /// <param name="described">What the leader knows; null where this node is not it.</param>
    /// <param name="leader">Who is, as far as this node knows.</param>
    /// <param name="image">Knows where the controllers listen.</param>
    /// <param name="toUnixMs">What has to be added to the quorum's clock.</param>
    public static DescribeQuorumResponse Of(
        DescribeQuorumRequest request, QuorumDescription? described, LeaderHint leader, MetadataImage image, long toUnixMs)
    {
        var response = new DescribeQuorumResponse();
        foreach (var topic in request.Topics)
        {
            response.Topics.Add(new DescribeQuorumResponse.TopicData
            {
                TopicName = topic.TopicName,
                Partitions = [.. topic.Partitions.Select(partition => topic.TopicName == RequestsOut.TopicName && partition.PartitionIndex == 0
                    ? described is null ? NotLeader(leader) : Of(described, leader, toUnixMs)
                    : Unknown(partition.PartitionIndex))],
            });
        }

        foreach (var controller in image.Cluster.Controllers.Values)
        {
            response.Nodes.Add(new DescribeQuorumResponse.Node
            {
                NodeId = controller.Id.Value,
                Listeners = [.. controller.Endpoints.Select(e => new DescribeQuorumResponse.Listener
                {
                    Name = e.Listener,
                    Host = e.Host,
                    Port = (ushort)e.Port,
                })],
            });
        }

        return response;
    }

    private static DescribeQuorumResponse.PartitionData Of(QuorumDescription described, LeaderHint leader, long toUnixMs) => new()
    {
        PartitionIndex = 0,
        LeaderId = leader.Id.Value,
        LeaderEpoch = described.Epoch.Value,
        HighWatermark = described.HighWatermark.Value,
        CurrentVoters = [.. described.Voters.Select(replica => Of(replica, toUnixMs))],
        Observers = [.. described.Observers.Select(replica => Of(replica, toUnixMs))],
    };

    private static DescribeQuorumResponse.ReplicaState Of(ReplicaDescription replica, long toUnixMs) => new()
    {
        ReplicaId = replica.Key.Id.Value,
        ReplicaDirectoryId = replica.Key.DirectoryId,
        LogEndOffset = replica.LogEnd.Value,
        LastFetchTimestamp = replica.LastFetchMs < 0 ? -1 : replica.LastFetchMs + toUnixMs,
        LastCaughtUpTimestamp = replica.LastCaughtUpMs < 0 ? -1 : replica.LastCaughtUpMs + toUnixMs,
    };

    private static DescribeQuorumResponse.PartitionData NotLeader(LeaderHint leader) => new()
    {
        PartitionIndex = 0,
        ErrorCode = ErrorCode.NotLeaderOrFollower,
        ErrorMessage = ErrorCode.NotLeaderOrFollower.UsualMessage(),
        LeaderId = leader.Id.Value,
        LeaderEpoch = leader.Epoch.Value,
    };

    private static DescribeQuorumResponse.PartitionData Unknown(int partition) => new()
    {
        PartitionIndex = partition,
        ErrorCode = ErrorCode.UnknownTopicOrPartition,
        ErrorMessage = ErrorCode.UnknownTopicOrPartition.UsualMessage(),
    };
}
