using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Broker.Security;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DescribeCluster, key 60, versions 0 to 2: the nodes, and who is controller.</summary>
/// <remarks>
/// v1: asks for brokers (1) or controllers (2) (KIP-919); a broker's listener answers for brokers, a controller's for controllers. v2:
/// fenced brokers too, on demand (KIP-1073).
/// </remarks>
internal sealed class DescribeCluster(PublishedMetadata cluster, bool ofControllers, Func<BrokerId>? leader = null)
    : IHandler<DescribeClusterRequest, DescribeClusterResponse>
{
    private const sbyte Brokers = 1;
    private const sbyte Controllers = 2;

    public static VersionRange Versions => new(0, 2);

    public ValueTask<DescribeClusterResponse?> Handle(DescribeClusterRequest request, RequestContext context)
    {
        var response = new DescribeClusterResponse { ClusterId = cluster.ClusterId, EndpointType = ofControllers ? Controllers : Brokers };
        if (request.EndpointType != response.EndpointType)
        {
            response.ErrorCode = request.EndpointType is Brokers or Controllers
                ? ErrorCode.MismatchedEndpointType : ErrorCode.UnsupportedEndpointType;
            response.ErrorMessage =
                $"This is a {(ofControllers ? "controller" : "broker")}'s listener: ask it for endpoints of type {response.EndpointType}";
            return new(response);
        }

        // clients may take any broker for the controller, since each hands on what is the controller's to answer
        response.ControllerId = (leader?.Invoke() ?? cluster.Self).Value;
        if (ofControllers) AddControllers(response, context.ListenerName);
        else AddBrokers(response, request, context.ListenerName);
        if (request.IncludeClusterAuthorizedOperations) response.ClusterAuthorizedOperations = AuthorizedOperations.Cluster;
        return new(response);
    }

    private void AddBrokers(DescribeClusterResponse response, DescribeClusterRequest request, string listener)
    {
        foreach (var (broker, endpoint) in cluster.Brokers(listener, request.IncludeFencedBrokers))
        {
            response.Brokers.Add(new()
            {
                BrokerId = broker.Id.Value, Host = endpoint.Host, Port = endpoint.Port, Rack = broker.Rack, IsFenced = broker.Fenced,
            });
        }
    }

    private void AddControllers(DescribeClusterResponse response, string listener)
    {
        foreach (var controller in cluster.Image.Cluster.Controllers.Values)
        {
            if (controller.Endpoint(listener) is { } endpoint)
                response.Brokers.Add(new() { BrokerId = controller.Id.Value, Host = endpoint.Host, Port = endpoint.Port });
        }
    }
}
