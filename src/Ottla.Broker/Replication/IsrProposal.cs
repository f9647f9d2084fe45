using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>A change of the ISR that a leader asks the controller for (AlterPartition), as of one state of the partition.</summary>
/// <param name="LeaderEpoch">Of the leader that asks.</param>
/// <param name="PartitionEpoch">The state that it starts from; the controller refuses it where the state is another by now.</param>
/// <param name="Isr">The members that it wants.</param>
/// <param name="Epochs">The run of each member, in their order; none where it is not known (KIP-903).</param>
/// <param name="LeaderRecoveryState">0 recovered, 1 recovering (KIP-704).</param>
internal sealed record IsrProposal(LeaderEpoch LeaderEpoch, int PartitionEpoch, int[] Isr, BrokerEpoch[] Epochs, sbyte LeaderRecoveryState);

/// <summary>What the controller said to one.</summary>
internal sealed record IsrAnswer(ErrorCode Error, LeaderEpoch LeaderEpoch, int PartitionEpoch, int[] Isr, sbyte LeaderRecoveryState)
{
    public static IsrAnswer Failed(ErrorCode error) => new(error, LeaderEpoch.None, -1, [], 0);
}
