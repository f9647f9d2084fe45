using Ottla.Client.Clusters;
using Ottla.Client.Connections;
using Ottla.Network.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming.Groups;

/// <summary>The way to the broker that coordinates a group: found when needed, looked for again when it says that it is another.</summary>
internal sealed class Coordinator(Cluster cluster, string groupId)
{
    private const sbyte GroupKey = 0;
    private const int FirstVersionWithKeys = 4;

    private volatile BrokerNode? _node;

    /// <exception cref="BrokerException">There is none now, or it cannot be reached.</exception>
    public async Task<Connection> Connect(CancellationToken cancellation)
    {
        var node = _node ??= await Find(cancellation).ConfigureAwait(false);
        try
        {
            return await cluster.Node(node, Purpose.Coordination, cancellation).ConfigureAwait(false);
        }
        catch (BrokerException)
        {
            _node = null;
            throw;
        }
    }

    /// <summary>Forgets the coordinator if the error says that it is not, or may be another.</summary>
    public void Heed(ErrorCode error)
    {
        if (error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable or ErrorCode.NetworkException
            or ErrorCode.RequestTimedOut) _node = null;
    }

    private async Task<BrokerNode> Find(CancellationToken cancellation)
    {
        var connection = await cluster.Any(cancellation).ConfigureAwait(false);
        var batched = connection.VersionOf(Apis.FindCoordinator) >= FirstVersionWithKeys;
        var request = new FindCoordinatorRequest { KeyType = GroupKey };
        if (batched) request.CoordinatorKeys = [groupId];
        else request.Key = groupId;
        var answer = await connection.Ask(Apis.FindCoordinator, request, cancellation).ConfigureAwait(false);
        if (!batched)
        {
            BrokerException.ThrowIf(answer.ErrorCode, answer.ErrorMessage);
            return new BrokerNode(answer.NodeId, answer.Host, answer.Port, null);
        }

        if (answer.Coordinators.Count == 0) throw new BrokerException(ErrorCode.CoordinatorNotAvailable);
        var found = answer.Coordinators[0];
        BrokerException.ThrowIf(found.ErrorCode, found.ErrorMessage);
        return new BrokerNode(found.NodeId, found.Host, found.Port, null);
    }
}
