using Ottla.Broker.Cluster;
using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>Who leads a partition, for a client that asked the wrong node (KIP-951).</summary>
/// <param name="Endpoint">Where the client reaches it; null where it has no leader now, or none on the client's listener.</param>
internal readonly record struct CurrentLeader(int Leader, LeaderEpoch Epoch, NodeEndpoint? Endpoint, string? Rack);

/// <summary>Finds the partitions that requests name: the one that is hosted here, else why it is not, and who to ask instead.</summary>
/// <remarks>Any thread, no lock. What is not hosted here is looked up in the newest image whose partitions this broker has taken
/// on.</remarks>
/// <param name="partitions">What is hosted here.</param>
/// <param name="cluster">What there is anywhere.</param>
/// <param name="throttle">Of what leaders here give to followers.</param>
/// <param name="isRackAware">`replica.selector.class` names the selector by rack (KIP-392); without it everybody reads from the
/// leader.</param>
internal sealed class PartitionFinder(IHostedTopics partitions, PublishedMetadata cluster, ReplicationThrottle throttle, bool isRackAware)
{
    public BrokerId Self => cluster.Self;

    public ReplicationThrottle Throttle => throttle;

    public HostedTopic? FindTopic(string name, Uuid id, bool byId) => byId ? partitions.Find(id) : partitions.Find(name);

    public Partition? Find(string name, Uuid id, bool byId, int partition) => FindTopic(name, id, byId)?.Find(partition);

    public Partition? Find(string name, int partition) => partitions.Find(name)?.Find(partition);

    /// <summary>Why a partition is not found here: nobody knows it, or others have it.</summary>
    public ErrorCode WhyNot(string name, Uuid id, bool byId, int partition)
    {
        if (TopicOf(name, id, byId) is not { } topic) return byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
        return topic.Partition(partition) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.NotLeaderOrFollower;
    }

    public ErrorCode WhyNot(string name, int partition) => WhyNot(name, Uuid.Zero, byId: false, partition);

    /// <summary>Who to ask instead, as far as this node knows; null where it knows of nobody but itself.</summary>
    public CurrentLeader? LeaderOf(string name, Uuid id, bool byId, int partition, string listener)
    {
        var image = cluster.Image;
        if (TopicOf(name, id, byId)?.Partition(partition) is not { } registration || registration.Leader == cluster.Self.Value) return null;
        var leader = registration.HasLeader ? image.Cluster.Broker(new(registration.Leader)) : null;
        return new(registration.Leader, registration.LeaderEpoch, leader?.Endpoint(listener), leader?.Rack);
    }

    /// <summary>The replica that a consumer of a rack is sent to; null where it is to read here.</summary>
    public BrokerId? PreferredReplica(Partition partition, string rack, string listener, Offset offset)
    {
        if (!isRackAware) return null;
        var brokers = cluster.Image.Cluster;
        if (brokers.Broker(cluster.Self)?.Rack == rack) return null;
        BrokerId? best = null;
        var bestEnd = Offset.None;
        foreach (var (broker, logEnd) in partition.ReadableFollowers(offset))
        {
            if (logEnd <= bestEnd || brokers.Broker(broker) is not { Fenced: false } found || found.Rack != rack || found.Endpoint(listener) is null) continue;
            (best, bestEnd) = (broker, logEnd);
        }

        return best;
    }

    private TopicImage? TopicOf(string name, Uuid id, bool byId) => byId ? cluster.Image.Topics.Find(id) : cluster.Image.Topics.Find(name);
}
