using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Net;
using Ottla.Metadata.Service;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DescribeQuorum, key 55, versions 0 to 2: who leads the metadata quorum and how far its voters are (KIP-595).</summary>
/// <remarks>Answered by the leader, to which a broker hands it on. v1: times of the last fetch (KIP-836). v2: directory ids and the nodes'
/// addresses (KIP-853).</remarks>
internal sealed class DescribeQuorum(ControllerService controller, Forwarder? forwarder = null) : IHandler<DescribeQuorumRequest, DescribeQuorumResponse>
{
    public static VersionRange Versions => new(0, 2);

    public async ValueTask<DescribeQuorumResponse?> Handle(DescribeQuorumRequest request, RequestContext context)
    {
        if (forwarder is not null)
        {
            var (reply, _) = await forwarder.Forward<DescribeQuorumRequest, DescribeQuorumResponse>(
                request, context.ApiVersion, ForwardedClient.Of(context), context.Ending).ConfigureAwait(false);
            return reply.Response ?? new DescribeQuorumResponse { ErrorCode = reply.Error, ErrorMessage = reply.Why };
        }

        var response = await controller.DescribeQuorum(request).ConfigureAwait(false);
        if (context.ApiVersion < 2)
        {
            response.Nodes.Clear();
            var partitions = response.Topics.SelectMany(topic => topic.Partitions);
            foreach (var replica in partitions.SelectMany(partition => partition.CurrentVoters.Concat(partition.Observers)))
                replica.ReplicaDirectoryId = Uuid.Zero;
        }

        return response;
    }
}
