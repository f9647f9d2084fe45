using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Broker.Security;
using Ottla.Metadata.Image;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>Metadata, key 3, versions 0 to 13: brokers, topics, and who leads what.</summary>
/// <remarks>
/// v0: an empty list asks for all topics; from v1 on null does, and an empty one for none. v4: the client says whether a topic may be made
/// by asking for it.
/// v10: topic ids, v12: topics may be asked for by id (KIP-516). v8: authorized operations (KIP-430). v13: a top-level error, for
/// re-bootstrapping (KIP-1102).
/// A topic that is made by this request is answered with UNKNOWN_TOPIC_OR_PARTITION, as Kafka does; the client asks again and finds it.
/// A replica in a log directory that is offline is an offline one (KIP-858); a partition without a leader is answered LEADER_NOT_AVAILABLE.
/// The controller's id is this node's: every broker of a KRaft cluster takes requests for the controller.
/// </remarks>
internal sealed class Metadata(PublishedMetadata cluster, TopicCreation creation) : IHandler<MetadataRequest, MetadataResponse>
{
    public static VersionRange Versions => new(0, 13);

    public ValueTask<MetadataResponse?> Handle(MetadataRequest request, RequestContext context)
    {
        var image = cluster.Image;
        var response = new MetadataResponse { ClusterId = cluster.ClusterId, ControllerId = cluster.Self.Value };
        foreach (var (broker, endpoint) in cluster.Brokers(context.ListenerName))
            response.Brokers.Add(new() { NodeId = broker.Id.Value, Host = endpoint.Host, Port = endpoint.Port, Rack = broker.Rack });

        var all = request.Topics is null || (context.ApiVersion == 0 && request.Topics.Count == 0);
        if (all)
        {
            foreach (var topic in image.Topics.ByName.Values) response.Topics.Add(Described(topic, image, request, context));
        }
        else
        {
            foreach (var asked in request.Topics!) response.Topics.Add(Answer(asked, image, request, context));
        }

        if (request.IncludeClusterAuthorizedOperations) response.ClusterAuthorizedOperations = AuthorizedOperations.Cluster;
        return new(response);
    }

    private MetadataResponse.MetadataResponseTopic Answer(
        MetadataRequest.MetadataRequestTopic asked, MetadataImage image, MetadataRequest request, RequestContext context)
    {
        if (asked.Name is null && context.ApiVersion < 12)
            return new() { ErrorCode = ErrorCode.InvalidRequest, Name = "", TopicId = asked.TopicId };
        if (asked.Name is null || (context.ApiVersion >= 12 && !asked.TopicId.IsZero))
        {
            if (image.Topics.Find(asked.TopicId) is { } byId) return Described(byId, image, request, context);
            return new() { ErrorCode = ErrorCode.UnknownTopicId, Name = null, TopicId = asked.TopicId };
        }

        if (image.Topics.Find(asked.Name) is { } topic) return Described(topic, image, request, context);
        if (TopicName.WhyInvalid(asked.Name) is not null) return new() { ErrorCode = ErrorCode.InvalidTopicException, Name = asked.Name };
        var mayCreate = context.ApiVersion < 4 || request.AllowAutoTopicCreation;
        if (mayCreate) creation.Request(asked.Name, context);
        return new() { ErrorCode = ErrorCode.UnknownTopicOrPartition, Name = asked.Name, IsInternal = TopicNames.IsInternal(asked.Name) };
    }

    private static MetadataResponse.MetadataResponseTopic Described(
        TopicImage topic, MetadataImage image, MetadataRequest request, RequestContext context)
    {
        var described = new MetadataResponse.MetadataResponseTopic
            { Name = topic.Name, TopicId = topic.Id, IsInternal = TopicNames.IsInternal(topic.Name) };
        for (var number = 0; number < topic.PartitionCount; number++)
        {
            if (topic.Partition(number) is { } partition) described.Partitions.Add(Described(number, partition, image, context));
        }

        if (request.IncludeTopicAuthorizedOperations) described.TopicAuthorizedOperations = AuthorizedOperations.Topic;
        return described;
    }

    private static MetadataResponse.MetadataResponsePartition Described(
        int number, PartitionRegistration partition, MetadataImage image, RequestContext context)
    {
        var error = ErrorCode.None;
        if (!partition.HasLeader) error = ErrorCode.LeaderNotAvailable;
        else if (image.Cluster.Broker(new(partition.Leader))?.Endpoint(context.ListenerName) is null)
            error = context.ApiVersion >= 6 ? ErrorCode.ListenerNotFound : ErrorCode.LeaderNotAvailable;
        var described = new MetadataResponse.MetadataResponsePartition
        {
            ErrorCode = error,
            PartitionIndex = number,
            LeaderId = error == ErrorCode.None ? partition.Leader : PartitionRegistration.NoLeader,
            LeaderEpoch = partition.LeaderEpoch.Value,
            ReplicaNodes = [.. partition.Replicas],
            IsrNodes = [.. partition.Isr],
        };
        foreach (var replica in partition.Replicas)
        {
            if (!image.Cluster.CanServe(partition, replica)) described.OfflineReplicas.Add(replica);
        }

        return described;
    }
}
