using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>ElectLeaders, key 43, versions 0 to 2: makes preferred replicas leaders, or any that is alive.</summary>
/// <remarks>v1: the kind of election (KIP-460). On one node every leader is the preferred one, so the answer is
/// ELECTION_NOT_NEEDED.</remarks>
internal sealed class ElectLeaders : IControllerApi<ElectLeadersRequest, ElectLeadersResponse>
{
    public static VersionRange Versions => new(0, 2);

    public static MetadataDecision<ElectLeadersResponse> Decide(Controller controller, ElectLeadersRequest request, short version) =>
        controller.Elections.ElectLeaders(request);

    public static ElectLeadersResponse Refuse(ElectLeadersRequest request, short version, ErrorCode error, string? message) =>
        new()
        {
            ErrorCode = error,
            ReplicaElectionResults = [.. (request.TopicPartitions ?? []).Select(topic => new ElectLeadersResponse.ReplicaElectionResult
            {
                Topic = topic.Topic,
                PartitionResult = [.. topic.Partitions.Select(partition => new ElectLeadersResponse.PartitionResult
                    { PartitionId = partition, ErrorCode = error, ErrorMessage = message })],
            })],
        };
}
