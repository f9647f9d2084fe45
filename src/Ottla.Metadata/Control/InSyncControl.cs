using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>AlterPartition: a leader says who is in sync with it (KIP-497, KIP-841, KIP-903).</summary>
/// <remarks>Owned by the metadata loop; decides and changes nothing, see <see cref="Controller"/>. A change that makes the last new replica
/// of a move one that is in sync completes the move, and the leader that asked may be out by it.</remarks>
public sealed class InSyncControl
{
    private const sbyte Recovered = 0;
    private const sbyte Recovering = 1;

    private readonly ControlState _state;

    internal InSyncControl(ControlState state) => _state = state;

    /// <param name="request">Of the leader of all these partitions.</param>
    /// <param name="version">Below 3 the members' epochs are not told, and not looked at.</param>
    public MetadataDecision<AlterPartitionResponse> AlterPartition(AlterPartitionRequest request, short version)
    {
        var response = new AlterPartitionResponse();
        var stale = _state.WhyNotOfBroker(request.BrokerId, request.BrokerEpoch);
        if (!stale.IsOk)
        {
            response.ErrorCode = stale.Code;
            return MetadataDecision.Nothing(response);
        }

        var records = new List<VersionedRecord>();
        var decided = new HashSet<(Uuid Topic, int Partition)>();
        foreach (var asked in request.Topics)
        {
            var topic = _state.Image.Topics.Find(asked.TopicId);
            response.Topics.Add(new AlterPartitionResponse.TopicData
            {
                TopicId = asked.TopicId,
                Partitions = [.. asked.Partitions.Select(partition =>
                {
                    if (topic is null) return Refused(partition, ErrorCode.UnknownTopicId);
                    // the second change of one partition starts from a state that the first has left behind
                    return decided.Add((topic.Id, partition.PartitionIndex))
                        ? Alter(request.BrokerId, topic, partition, MembersOf(partition, version), records)
                        : Refused(partition, ErrorCode.InvalidUpdateVersion);
                })],
            });
        }

        // each partition's change makes sense without the others
        return MetadataDecision.InParts(records, response);
    }

    private AlterPartitionResponse.PartitionData Alter(
        int broker, TopicImage topic, AlterPartitionRequest.PartitionData request, (int Id, long Epoch)[] members, List<VersionedRecord> records)
    {
        var answer = new AlterPartitionResponse.PartitionData { PartitionIndex = request.PartitionIndex };
        var partition = topic.Partition(request.PartitionIndex);
        answer.ErrorCode = partition is null ? ErrorCode.UnknownTopicOrPartition : WhyNot(broker, partition, request, members);
        if (answer.ErrorCode != ErrorCode.None) return answer;
        var after = new PartitionChange(_state, topic, request.PartitionIndex, partition!)
        {
            Election = _state.ElectionOf(topic), Isr = [.. members.Select(member => member.Id)],
            RecoveryState = request.LeaderRecoveryState,
        }.AddTo(records, out var change);
        if (change is not null && change.Leader != PartitionRegistration.NoLeaderChange && change.Leader != broker)
        {
            // the move that this completed has no place for who asked
            answer.ErrorCode = ErrorCode.NewLeaderElected;
            return answer;
        }

        answer.LeaderId = after.Leader;
        answer.LeaderEpoch = after.LeaderEpoch.Value;
        answer.Isr = [.. after.Isr];
        answer.LeaderRecoveryState = after.LeaderRecoveryState;
        answer.PartitionEpoch = after.PartitionEpoch;
        return answer;
    }

    private static AlterPartitionResponse.PartitionData Refused(AlterPartitionRequest.PartitionData partition, ErrorCode error) =>
        new() { PartitionIndex = partition.PartitionIndex, ErrorCode = error };

    private ErrorCode WhyNot(int broker, PartitionRegistration partition, AlterPartitionRequest.PartitionData request, (int Id, long Epoch)[] members)
    {
        // a leader that knows more than this controller has heard of a later one
        if (request.LeaderEpoch > partition.LeaderEpoch.Value || request.PartitionEpoch > partition.PartitionEpoch)
            return ErrorCode.NotController;
        if (request.LeaderEpoch < partition.LeaderEpoch.Value) return ErrorCode.FencedLeaderEpoch;
        if (broker != partition.Leader) return ErrorCode.InvalidRequest;
        if (request.PartitionEpoch < partition.PartitionEpoch) return ErrorCode.InvalidUpdateVersion;
        if (members.Length == 0 || members.DistinctBy(member => member.Id).Count() != members.Length) return ErrorCode.InvalidRequest;
        if (!Array.TrueForAll(members, member => partition.Replicas.Contains(member.Id))) return ErrorCode.InvalidRequest;
        if (!Array.Exists(members, member => member.Id == partition.Leader)) return ErrorCode.InvalidRequest;
        if (request.LeaderRecoveryState is not (Recovered or Recovering)) return ErrorCode.InvalidRequest;
        if (request.LeaderRecoveryState == Recovering && (members.Length > 1 || partition.LeaderRecoveryState == Recovered))
            return ErrorCode.InvalidRequest;
        return Array.TrueForAll(members, IsEligible) ? ErrorCode.None : ErrorCode.IneligibleReplica;
    }

    private bool IsEligible((int Id, long Epoch) member) =>
        _state.Image.Cluster.Broker(new BrokerId(member.Id)) is { IsActive: true } broker
            && (member.Epoch == BrokerEpoch.None.Value || member.Epoch == broker.Epoch.Value);

    private static (int Id, long Epoch)[] MembersOf(AlterPartitionRequest.PartitionData partition, short version) => version < 3
        ? [.. partition.NewIsr.Select(id => (id, BrokerEpoch.None.Value))]
        : [.. partition.NewIsrWithEpochs.Select(member => (member.BrokerId, member.BrokerEpoch))];
}
