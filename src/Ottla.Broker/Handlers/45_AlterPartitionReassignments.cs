using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>AlterPartitionReassignments, key 45, versions 0 to 1: begins and cancels moves of partitions between brokers.</summary>
/// <remarks>KIP-455. v1: whether the replication factor may change (KIP-860).</remarks>
internal sealed class AlterPartitionReassignments : IControllerApi<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>
{
    public static VersionRange Versions => new(0, 1);

    public static MetadataDecision<AlterPartitionReassignmentsResponse> Decide(Controller controller, AlterPartitionReassignmentsRequest request, short version) =>
        controller.Reassignments.AlterPartitionReassignments(request);

    public static AlterPartitionReassignmentsResponse Refuse(AlterPartitionReassignmentsRequest request, short version, ErrorCode error, string? message) =>
        new()
        {
            ErrorCode = error,
            ErrorMessage = message,
            AllowReplicationFactorChange = request.AllowReplicationFactorChange,
            Responses = [.. request.Topics.Select(topic => new AlterPartitionReassignmentsResponse.ReassignableTopicResponse
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(partition => new AlterPartitionReassignmentsResponse.ReassignablePartitionResponse
                    { PartitionIndex = partition.PartitionIndex, ErrorCode = error, ErrorMessage = message })],
            })],
        };
}
