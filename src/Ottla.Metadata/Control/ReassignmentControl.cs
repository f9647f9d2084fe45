using Ottla.Configuration.Definitions;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>AlterPartitionReassignments and ListPartitionReassignments (KIP-455).</summary>
/// <remarks>Owned by the metadata loop; decides and changes nothing, see <see cref="Controller"/>.</remarks>
public sealed class ReassignmentControl
{
    private readonly ControlState _state;
    private readonly PartitionControl _partitions;

    internal ReassignmentControl(ControlState state, PartitionControl partitions)
    {
        _state = state;
        _partitions = partitions;
    }

    /// <summary>Moves replicas, or takes a move back where the request names none.</summary>
    /// <remarks>A move that adds replicas ends when they are in sync, which their leader tells; one that only drops or reorders them is
    /// done at once.</remarks>
    public MetadataDecision<AlterPartitionReassignmentsResponse> AlterPartitionReassignments(AlterPartitionReassignmentsRequest request)
    {
        var response = new AlterPartitionReassignmentsResponse { AllowReplicationFactorChange = request.AllowReplicationFactorChange,
        ErrorMessage = null };
        var records = new List<VersionedRecord>();
        var repeated = Repeated.Among(request.Topics.SelectMany(topic => topic.Partitions.Select(partition => (topic.Name, partition.PartitionIndex))));
        foreach (var topic in request.Topics)
        {
            var answer = new AlterPartitionReassignmentsResponse.ReassignableTopicResponse { Name = topic.Name };
            foreach (var partition in topic.Partitions)
            {
                var refusal = repeated.Contains((topic.Name, partition.PartitionIndex))
                    ? new Verdict(ErrorCode.InvalidRequest, "A partition may appear at most once.")
                    : Reassign(topic.Name, partition, request.AllowReplicationFactorChange, records);
                answer.Partitions.Add(new AlterPartitionReassignmentsResponse.ReassignablePartitionResponse
                {
                    PartitionIndex = partition.PartitionIndex, ErrorCode = refusal.Code, ErrorMessage = refusal.Message,
                });
            }

            response.Responses.Add(answer);
        }

        return MetadataDecision.Of(records, response);
    }

    /// <summary>The moves that are under way.</summary>
    public MetadataDecision<ListPartitionReassignmentsResponse> ListPartitionReassignments(ListPartitionReassignmentsRequest request)
    {
        var response = new ListPartitionReassignmentsResponse { ErrorMessage = null };
        var asked = request.Topics is { } topics
            ? topics.Select(topic => (topic.Name, (IEnumerable<int>)topic.PartitionIndexes))
            : _state.Image.Topics.ByName.Values.Select(topic => (topic.Name, Enumerable.Range(0, topic.PartitionCount)));
        foreach (var (name, numbers) in asked)
        {
            if (_state.Image.Topics.Find(name) is not { } topic) continue;
            var answer = new ListPartitionReassignmentsResponse.OngoingTopicReassignment { Name = name };
            foreach (var number in numbers)
            {
                if (topic.Partition(number) is not { IsReassigning: true } partition) continue;
                answer.Partitions.Add(new ListPartitionReassignmentsResponse.OngoingPartitionReassignment
                {
                    PartitionIndex = number,
                    Replicas = [.. partition.Replicas],
                    AddingReplicas = [.. partition.AddingReplicas],
                    RemovingReplicas = [.. partition.RemovingReplicas],
                });
            }

            if (answer.Partitions.Count > 0) response.Topics.Add(answer);
        }

        return MetadataDecision.Nothing(response);
    }

    private Verdict Reassign(
        string name, AlterPartitionReassignmentsRequest.ReassignablePartition request, bool mayChangeFactor, List<VersionedRecord> records)
    {
        if (_state.Image.Topics.Find(name) is not { } topic)
            return new(ErrorCode.UnknownTopicOrPartition, $"Unable to find a topic named {Quote.Of(name)}.");
        if (topic.Partition(request.PartitionIndex) is not { } partition)
            return new(ErrorCode.UnknownTopicOrPartition, $"Unable to find partition {name}:{request.PartitionIndex}.");
        int[] before = [.. partition.Replicas.Except(partition.AddingReplicas)];
        return request.Replicas is { } replicas
            ? Move(topic, request.PartitionIndex, partition, before, [.. replicas], mayChangeFactor, records)
            : Cancel(topic, request.PartitionIndex, partition, before, records);
    }

    /// <summary>Begins a move. One that adds nothing is completed at once: whoever stays has everything.</summary>
    private Verdict Move(
        TopicImage topic, int number, PartitionRegistration partition, int[] before, int[] target, bool mayChangeFactor, List<VersionedRecord> records)
    {
        if (_partitions.WhyNotAssignable(target, null) is { } why) return new(ErrorCode.InvalidReplicaAssignment, why);
        if (!mayChangeFactor && target.Length != before.Length)
            return new(ErrorCode.InvalidReplicationFactor, $"The replication factor is changed from {before.Length} to {target.Length}");
        int[] removing = [.. before.Except(target)];
        int[] replicas = [.. target, .. removing];
        int[] isr = [.. partition.Isr.Intersect(replicas)];
        if (isr.Length == 0 && !_state.KeepsElr) return Stuck(topic, number);
        new PartitionChange(_state, topic, number, partition)
        {
            Replicas = replicas, Adding = [.. target.Except(before)], Removing = removing, Isr = isr,
        }.AddTo(records, out _);
        return Verdict.Ok;
    }

    /// <summary>Takes a move back: the new replicas go, also from the ISR.</summary>
    private Verdict Cancel(TopicImage topic, int number, PartitionRegistration partition, int[] before, List<VersionedRecord> records)
    {
        if (!partition.IsReassigning) return new(ErrorCode.NoReassignmentInProgress);
        int[] isr = [.. partition.Isr.Except(partition.AddingReplicas)];
        var election = ElectionKind.Clean;
        if (isr.Length == 0)
        {
            // nobody of those who were there before has everything
            election = _state.ElectionOf(topic);
            if (election != ElectionKind.Unclean) return Stuck(topic, number);
            isr = [before[0]];
        }

        new PartitionChange(_state, topic, number, partition)
        {
            Replicas = before, Adding = [], Removing = [], Isr = isr, Election = election,
        }.AddTo(records, out _);
        return Verdict.Ok;
    }

    private static Verdict Stuck(TopicImage topic, int number) => new(
        ErrorCode.InvalidReplicaAssignment,
        $"Unable to revert partition assignment for {topic.Name}:{number} because it would require an unclean leader election.");
}
