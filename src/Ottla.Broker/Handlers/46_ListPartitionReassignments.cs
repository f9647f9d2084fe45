using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>ListPartitionReassignments, key 46, versions 0 to 0: moves of partitions that are under way.</summary>
/// <remarks>KIP-455.</remarks>
internal sealed class ListPartitionReassignments(ControllerLink controller) : IHandler<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>
{
    public static VersionRange Versions => new(0, 0);

    public async ValueTask<ListPartitionReassignmentsResponse?> Handle(ListPartitionReassignmentsRequest request, RequestContext context) =>
        await controller.Run(brain => brain.ListPartitionReassignments(request)).ConfigureAwait(false);
}
