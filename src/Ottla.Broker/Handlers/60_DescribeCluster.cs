using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Broker.Security;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DescribeCluster, key 60, versions 0 to 2: the nodes, and who is controller.</summary>
/// <remarks>v1: asks for brokers (1) or controllers (2) (KIP-919); a broker's listener answers for brokers only. v2: fenced brokers too, on demand (KIP-1073).</remarks>
internal sealed class DescribeCluster(ClusterView cluster) : IHandler<DescribeClusterRequest, DescribeClusterResponse>
{
    private const sbyte Brokers = 1;
    private const sbyte Controllers = 2;

    public static VersionRange Versions => new(0, 2);

    public ValueTask<DescribeClusterResponse?> Handle(DescribeClusterRequest request, RequestContext context)
    {
        var response = new DescribeClusterResponse { ClusterId = cluster.ClusterId, EndpointType = request.EndpointType };
        if (request.EndpointType != Brokers)
        {
            response.ErrorCode = request.EndpointType == Controllers ? ErrorCode.MismatchedEndpointType : ErrorCode.UnsupportedEndpointType;
            response.ErrorMessage = "This is a broker's listener: ask it for brokers (endpoint type 1)";
            return new(response);
        }

        response.ControllerId = cluster.Self.Value;
        foreach (var (broker, endpoint) in cluster.Brokers(context.ListenerName, request.IncludeFencedBrokers))
            response.Brokers.Add(new() { BrokerId = broker.Id.Value, Host = endpoint.Host, Port = endpoint.Port, Rack = broker.Rack, IsFenced = broker.Fenced });
        if (request.IncludeClusterAuthorizedOperations) response.ClusterAuthorizedOperations = AuthorizedOperations.Cluster;
        return new(response);
    }
}
