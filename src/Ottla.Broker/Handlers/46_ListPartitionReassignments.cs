using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>ListPartitionReassignments, key 46, versions 0 to 0: moves of partitions that are under way.</summary>
/// <remarks>KIP-455.</remarks>
internal sealed class ListPartitionReassignments : IControllerApi<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>
{
    public static VersionRange Versions => new(0, 0);

    public static MetadataDecision<ListPartitionReassignmentsResponse> Decide(Controller controller, ListPartitionReassignmentsRequest request, short version) =>
        controller.Reassignments.ListPartitionReassignments(request);

    public static ListPartitionReassignmentsResponse Refuse(ListPartitionReassignmentsRequest request, short version, ErrorCode error, string? message) =>
        new() { ErrorCode = error, ErrorMessage = message };
}
