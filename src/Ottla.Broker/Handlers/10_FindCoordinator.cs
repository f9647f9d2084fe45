using Ottla.Broker.Cluster;
using Ottla.Broker.Coordination;
using Ottla.Broker.Net;
using Ottla.Metadata.Image;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>FindCoordinator, key 10, versions 0 to 6: which broker coordinates a group.</summary>
/// <remarks>
/// v1: the kind of key: 0 group, 1 transaction, 2 share group (KIP-932). v4: several keys (KIP-699). v5: a new retriable error (KIP-890).
/// v6: share groups. The first question about a group creates `__consumer_offsets`; the answer waits for it, which is sooner than the
/// client's next try. Not served: transactions and share groups, whose coordinators are answered to be unavailable.
/// </remarks>
internal sealed class FindCoordinator(PublishedMetadata cluster, GroupCoordinator groups, TopicCreation creation) : IHandler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    private const sbyte Group = 0;
    private const sbyte Transaction = 1;
    private const sbyte Share = 2;

    public static VersionRange Versions => new(0, 6);

    public async ValueTask<FindCoordinatorResponse?> Handle(FindCoordinatorRequest request, RequestContext context)
    {
        if (request.KeyType == Group && cluster.Image.Topics.Find(TopicNames.ConsumerOffsets) is null)
            await creation.EnsureInternal(TopicNames.ConsumerOffsets).ConfigureAwait(false);
        var response = new FindCoordinatorResponse();
        if (context.ApiVersion >= 4)
        {
            foreach (var key in request.CoordinatorKeys) response.Coordinators.Add(Find(key, request.KeyType, context));
            return response;
        }

        var one = Find(request.Key, request.KeyType, context);
        response.ErrorCode = one.ErrorCode;
        // before v4 the message of success is the name of its code
        response.ErrorMessage = one.ErrorCode == ErrorCode.None ? ErrorCode.None.ProtocolName() : one.ErrorMessage;
        response.NodeId = one.NodeId;
        response.Host = one.Host;
        response.Port = one.Port;
        return response;
    }

    private FindCoordinatorResponse.Coordinator Find(string key, sbyte kind, RequestContext context)
    {
        if (kind is Transaction or Share) return Nobody(key, ErrorCode.CoordinatorNotAvailable, "Transactions and share groups are not served yet");
        if (kind != Group) return Nobody(key, ErrorCode.InvalidRequest, $"There is no kind of coordinator {kind}");
        var image = cluster.Image;
        var partition = image.Topics.Find(TopicNames.ConsumerOffsets)?.Partition(groups.PartitionOf(key));
        if (partition is not { HasLeader: true }) return Nobody(key, ErrorCode.CoordinatorNotAvailable, null);
        if (image.Cluster.Broker(new(partition.Leader))?.Endpoint(context.ListenerName) is not { } endpoint)
            return Nobody(key, ErrorCode.CoordinatorNotAvailable, null);
        return new() { Key = key, NodeId = partition.Leader, Host = endpoint.Host, Port = endpoint.Port };
    }

    private static FindCoordinatorResponse.Coordinator Nobody(string key, ErrorCode error, string? message) =>
        new() { Key = key, NodeId = PartitionRegistration.NoLeader, Host = "", Port = -1, ErrorCode = error, ErrorMessage = message ?? error.UsualMessage() };
}
