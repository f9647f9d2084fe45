using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>CreatePartitions, and what every new partition has in common.</summary>
/// <remarks>Owned by the metadata loop; decides and changes nothing, see <see cref="Controller"/>.</remarks>
public sealed class PartitionControl
{
    private readonly ControlState _state;

    internal PartitionControl(ControlState state) => _state = state;

    /// <summary>Adds partitions to topics.</summary>
    public MetadataDecision<CreatePartitionsResponse> CreatePartitions(CreatePartitionsRequest request)
    {
        var records = new List<VersionedRecord>();
        var response = new CreatePartitionsResponse();
        var repeated = Repeated.Among(request.Topics.Select(topic => topic.Name));
        long additional = 0;
        foreach (var topic in request.Topics.DistinctBy(topic => topic.Name, StringComparer.Ordinal))
        {
            var mark = records.Count;
            var refusal = repeated.Contains(topic.Name)
                ? new Verdict(ErrorCode.InvalidRequest, "Duplicate topic name.")
                : AddPartitions(topic, records, ref additional);
            if (!refusal.IsOk) records.RemoveRange(mark, records.Count - mark);
            response.Results.Add(new CreatePartitionsResponse.CreatePartitionsTopicResult { Name = topic.Name, ErrorCode = refusal.Code,
            ErrorMessage = refusal.Message });
        }

        return request.ValidateOnly ? MetadataDecision.Nothing(response) : MetadataDecision.Of(records, response);
    }

    private Verdict AddPartitions(CreatePartitionsRequest.CreatePartitionsTopic request, List<VersionedRecord> records, ref long total)
    {
        if (_state.Image.Topics.Find(request.Name) is not { } topic) return new(ErrorCode.UnknownTopicOrPartition);
        var have = topic.PartitionCount;
        if (request.Count == have) return new(ErrorCode.InvalidPartitions, $"Topic already has {have} partition(s).");
        if (request.Count < have)
            return new(ErrorCode.InvalidPartitions,
                $"The topic {request.Name} currently has {have} partition(s); {request.Count} would not be an increase.");
        var additional = request.Count - have;
        if (request.Assignments is { } given && given.Count != additional)
        {
            return new(
                ErrorCode.InvalidReplicaAssignment,
                $"Attempted to add {additional} additional partition(s), but only {given.Count} assignment(s) were specified.");
        }

        if (total + additional > ControlLimits.PartitionsPerRequestMax)
            return new(ErrorCode.PolicyViolation, "Excessively large number of additional partitions per request.");
        var refusal = PlaceMore(request, have, additional, topic.Partition(0)?.Replicas.Length ?? 1, out var placed);
        if (!refusal.IsOk) return refusal;
        total += additional;
        for (var i = 0; i < additional; i++) records.Add(NewPartition(topic.Id, have + i, placed[i]));
        return Verdict.Ok;
    }

    private Verdict PlaceMore(CreatePartitionsRequest.CreatePartitionsTopic request, int have, int additional, int factor, out IReadOnlyList<int[]> placed)
    {
        placed = [];
        if (request.Assignments is not { } assignments)
        {
            var why = ReplicaPlacement.Place(_state.Image.Cluster, additional, factor, _state.Random, out placed);
            return why is null
                ? Verdict.Ok
                : new(ErrorCode.InvalidReplicationFactor, $"Unable to replicate the partition {factor} time(s): {why}");
        }

        var lists = new List<int[]>(additional);
        foreach (var assignment in assignments)
        {
            int[] replicas = [.. assignment.BrokerIds];
            if (WhyNotAssignable(replicas, factor) is { } why) return new(ErrorCode.InvalidReplicaAssignment, why);
            if (!replicas.Any(_state.Image.Cluster.IsActive)) return new(ErrorCode.InvalidReplicaAssignment, AllFenced(have + lists.Count));
            lists.Add(replicas);
        }

        placed = lists;
        return Verdict.Ok;
    }

    /// <summary>A partition that nobody has written to: all active replicas are in sync, the first of them leads.</summary>
    internal VersionedRecord NewPartition(Uuid topic, int number, int[] replicas)
    {
        var version = _state.Version.PartitionRecordVersion;
        var isr = Array.FindAll(replicas, _state.Image.Cluster.IsActive);
        Invariant.That(isr.Length > 0);
        var record = new PartitionRecord
        {
            PartitionId = number,
            TopicId = topic,
            Replicas = [.. replicas],
            Isr = [.. isr],
            Leader = isr[0],
            LeaderEpoch = 0,
            PartitionEpoch = 0,
        };
        if (version >= 1)
        {
            foreach (var broker in replicas) record.Directories.Add(_state.DefaultDirectory(broker));
        }

        return new VersionedRecord(record, version);
    }

    /// <summary>Why a list of replicas given by hand can't be taken; null where it can.</summary>
    internal string? WhyNotAssignable(int[] replicas, int? factor)
    {
        if (replicas.Length == 0) return "The manual partition assignment includes an empty replica list.";
        var before = -1;
        foreach (var broker in replicas.Order())
        {
            if (!_state.Image.Cluster.Brokers.TryGetValue(broker, out var registration))
                return $"The manual partition assignment includes broker {broker}, but no such broker is registered.";
            if (registration.CordonedDirectories is { Count: > 0 } && registration.OpenDirectories.Count == 0)
                return $"The manual partition assignment includes broker {broker}, but all its log directories are cordoned.";
            if (broker == before) return $"The manual partition assignment includes the broker {broker} more than once.";
            before = broker;
        }

        return factor is { } wanted && wanted != replicas.Length
            ? $"The manual partition assignment includes a partition with {replicas.Length} replica(s), but this is not consistent with previous " +
                $"partitions, which have {wanted} replica(s)."
            : null;
    }

    internal static string AllFenced(int partition) =>
        $"All brokers specified in the manual partition assignment for partition {partition} are fenced or in controlled shutdown.";
}
