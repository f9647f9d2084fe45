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
        foreach (var topic in request.Topics)
        {
            var answer = new AlterPartitionReassignmentsResponse.ReassignableTopicResponse { Name = topic.Name };
            foreach (var partition in topic.Partitions)
            {
                var refusal = Reassign(topic.Name, partition, request.AllowReplicationFactorChange, records);
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
        int[] target;
        if (request.Replicas is { } replicas)
        {
            target = [.. replicas];
            if (_partitions.WhyNotAssignable(target, null) is { } why) return new(ErrorCode.InvalidReplicaAssignment, why);
            if (!mayChangeFactor && target.Length != before.Length)
                return new(ErrorCode.InvalidReplicationFactor,
                    $"The replication factor is changed from {before.Length} to {target.Length}");
        }
        else
        {
            if (!partition.IsReassigning) return new(ErrorCode.NoReassignmentInProgress);
            target = before;
        }

        if (Move(partition, before, target) is { } change) records.Add(_state.ChangeOf(topic.Id, request.PartitionIndex, change));
        return Verdict.Ok;
    }

    /// <summary>The change that starts a move, or finishes one that adds nothing; null where all is as wanted.</summary>
    private PartitionChangeRecord? Move(PartitionRegistration partition, int[] before, int[] target)
    {
        if (!partition.IsReassigning && target.AsSpan().SequenceEqual(partition.Replicas)) return null;
        int[] adding = [.. target.Except(before)];
        int[] removing = adding.Length > 0 ? [.. before.Except(target)] : [];
        int[] replicas = [.. target, .. removing];
        var change = new PartitionChangeRecord
        {
            Leader = PartitionRegistration.NoLeaderChange,
            Replicas = [.. replicas],
            AddingReplicas = [.. adding],
            RemovingReplicas = [.. removing],
        };
        if (_state.Version.HasDirectories)
        {
            change.Directories = [.. replicas.Select(id => Array.IndexOf(partition.Replicas, id) is var index and >= 0
                ? partition.Directories[index]
                : _partitions.DefaultDirectory(id))];
        }

        int[] isr = [.. partition.Isr.Intersect(replicas)];
        if (isr.Length == 0) return null;
        if (isr.Length != partition.Isr.Length) change.Isr = [.. isr];
        if (!replicas.Contains(partition.Leader)) change.Leader = Array.Find(isr, _state.Image.Cluster.IsActive) is var next && isr.Contains(next)
            ? next
            : PartitionRegistration.NoLeader;
        return change;
    }
}
