using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>AlterPartitionReassignments, key 45, versions 0 to 1: begins and cancels moves of partitions between brokers.</summary>
/// <remarks>KIP-455. v1: whether the replication factor may change (KIP-860).</remarks>
internal sealed class AlterPartitionReassignments(ControllerLink controller) : IHandler<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>
{
    public static VersionRange Versions => new(0, 1);

    public async ValueTask<AlterPartitionReassignmentsResponse?> Handle(AlterPartitionReassignmentsRequest request, RequestContext context) =>
        await controller.Run(brain => brain.AlterPartitionReassignments(request)).ConfigureAwait(false);
}
