using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>AlterPartition, key 56, versions 2 to 3: a leader says who is in sync with it (KIP-497).</summary>
/// <remarks>v3: with the members' epochs (KIP-903). Brokers ask it of the controller.</remarks>
internal sealed class AlterPartition : IControllerApi<AlterPartitionRequest, AlterPartitionResponse>
{
    public static VersionRange Versions => new(2, 3);

    public static MetadataDecision<AlterPartitionResponse> Decide(Controller controller, AlterPartitionRequest request, short version) =>
        controller.InSync.AlterPartition(request, version);

    public static AlterPartitionResponse Refuse(AlterPartitionRequest request, short version, ErrorCode error, string? message) =>
        new() { ErrorCode = error };
}
