using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>AssignReplicasToDirs, key 73, version 0: a broker tells in which of its directories its replicas lie (KIP-858).</summary>
/// <remarks>Brokers ask it of the controller.</remarks>
internal sealed class AssignReplicasToDirs : IControllerApi<AssignReplicasToDirsRequest, AssignReplicasToDirsResponse>
{
    public static VersionRange Versions => new(0, 0);

    public static MetadataDecision<AssignReplicasToDirsResponse> Decide(Controller controller, AssignReplicasToDirsRequest request, short version) =>
        controller.Directories.AssignReplicasToDirs(request);

    public static AssignReplicasToDirsResponse Refuse(AssignReplicasToDirsRequest request, short version, ErrorCode error, string? message) =>
        new() { ErrorCode = error };
}
