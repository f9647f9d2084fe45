using System.Runtime.InteropServices;
using Ottla.Configuration.Definitions;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>ElectLeaders.</summary>
/// <remarks>Owned by the metadata loop; decides and changes nothing, see <see cref="Controller"/>.</remarks>
public sealed class ElectionControl
{
    private readonly ControlState _state;

    internal ElectionControl(ControlState state) => _state = state;

    /// <summary>Elects leaders of the partitions named, or of all.</summary>
    public MetadataDecision<ElectLeadersResponse> ElectLeaders(ElectLeadersRequest request)
    {
        var response = new ElectLeadersResponse();
        if (request.ElectionType is not (0 or 1))
        {
            response.ErrorCode = ErrorCode.InvalidRequest;
            return MetadataDecision.Nothing(response);
        }

        var kind = request.ElectionType == 0 ? ElectionKind.Preferred : ElectionKind.Unclean;
        var records = new List<VersionedRecord>();
        var verdicts = new Dictionary<TopicPartition, Verdict>();
        var all = request.TopicPartitions is null;
        foreach (var (topic, partitions) in AskedFor(request))
        {
            var result = new ElectLeadersResponse.ReplicaElectionResult { Topic = topic };
            foreach (var partition in partitions)
            {
                // what is asked twice is answered twice, and decided once
                ref var refusal = ref CollectionsMarshal.GetValueRefOrAddDefault(verdicts, new(topic, partition), out var isDecided);
                if (!isDecided) refusal = Elect(topic, partition, kind, records);
                if (all && refusal.Code == ErrorCode.ElectionNotNeeded) continue;
                result.PartitionResult.Add(new ElectLeadersResponse.PartitionResult
                {
                    PartitionId = partition, ErrorCode = refusal.Code, ErrorMessage = refusal.Message ?? refusal.Code.UsualMessage(),
                });
            }

            response.ReplicaElectionResults.Add(result);
        }

        return MetadataDecision.Of(records, response);
    }

    private IEnumerable<(string Topic, IEnumerable<int> Partitions)> AskedFor(ElectLeadersRequest request) =>
        request.TopicPartitions is { } asked
        ? asked.Select(topic => (topic.Topic, (IEnumerable<int>)topic.Partitions))
        : _state.Image.Topics.ByName.Values.Select(topic => (topic.Name, Enumerable.Range(0, topic.PartitionCount)));

    private Verdict Elect(string name, int number, ElectionKind kind, List<VersionedRecord> records)
    {
        if (_state.Image.Topics.Find(name) is not { } topic) return new(ErrorCode.UnknownTopicOrPartition, $"No such topic as {Quote.Of(name)}");
        if (topic.Partition(number) is not { } partition)
            return new(ErrorCode.UnknownTopicOrPartition, $"No such partition as {name}-{number}");
        var isFine = kind == ElectionKind.Preferred ? partition.Leader == partition.PreferredReplica : partition.HasLeader;
        if (isFine) return new(ErrorCode.ElectionNotNeeded);
        if (PartitionElection.Elect(partition, kind, id => _state.Image.Cluster.CanServe(partition, id), _state.KeepsElr) is not { } change)
            return new(kind == ElectionKind.Preferred ? ErrorCode.PreferredLeaderNotAvailable : ErrorCode.EligibleLeadersNotAvailable);
        records.Add(_state.ChangeOf(topic.Id, number, change));
        return Verdict.Ok;
    }

    /// <summary>Gives leaders to the partitions of a broker that has come back, and takes them from those in a directory that has
    /// not.</summary>
    internal void AddReturns(int broker, bool isClean, List<Uuid> online, List<VersionedRecord> records)
    {
        foreach (var topic in _state.Image.Topics.ById.Values)
        {
            var minIsr = _state.KeepsElr ? _state.MinIsrOf(topic) : (int?)null;
            for (var number = 0; number < topic.PartitionCount; number++)
            {
                if (topic.Partition(number) is not { } partition || !partition.Replicas.Contains(broker)) continue;
                if (Returning(partition, broker, isClean, online, minIsr) is { } change) records.Add(_state.ChangeOf(topic.Id, number, change));
            }
        }
    }

    private PartitionChangeRecord? Returning(PartitionRegistration partition, int broker, bool isClean, List<Uuid> online, int? minIsr)
    {
        if (isClean || minIsr is null || !partition.EligibleLeaderReplicas.Contains(broker))
            return Return(partition, broker, isClean, online, minIsr);
        // whoever stopped uncleanly may lack what was committed (KIP-966)
        List<int> eligible = [.. partition.EligibleLeaderReplicas.Where(id => id != broker)];
        partition = partition.After(new PartitionChangeRecord { EligibleLeaderReplicas = eligible }, _state.Lists);
        var change = Return(partition, broker, isClean, online, minIsr) ?? new PartitionChangeRecord();
        change.EligibleLeaderReplicas ??= eligible;
        return change;
    }

    private PartitionChangeRecord? Return(PartitionRegistration partition, int broker, bool isClean, List<Uuid> online, int? minIsr)
    {
        bool MayLead(int id) => id == broker
            ? BrokerRegistration.CanServeFrom(partition.DirectoryOf(broker), online)
            : _state.Image.Cluster.CanServe(partition, id);
        if (!MayLead(broker))
        {
            return partition.Leader == broker || (partition.Isr.Contains(broker) && (minIsr is not null || partition.Isr.Length > 1))
                ? PartitionElection.Depart(partition, broker, MayLead, isClean, minIsr, _state.Lists)
                : null;
        }

        if (partition.Leader == broker) return isClean ? null : new PartitionChangeRecord { Leader = broker };
        if (partition.HasLeader || PartitionElection.Elect(partition, ElectionKind.Clean, MayLead, minIsr is not null) is not { } change)
            return null;
        // with one replica there is nobody to recover from
        if (partition.Replicas.Length == 1 && change.LeaderRecoveryState == 1) change.LeaderRecoveryState = -1;
        return change;
    }

    /// <summary>Takes a broker out of what it leads and is in sync with.</summary>
    /// <param name="broker">Which.</param>
    /// <param name="directories">Only what it has in these; null for all.</param>
    /// <param name="records">Gets the changes.</param>
    internal void AddDepartures(int broker, IReadOnlyCollection<Uuid>? directories, List<VersionedRecord> records)
    {
        foreach (var topic in _state.Image.Topics.ById.Values)
        {
            var minIsr = _state.KeepsElr ? _state.MinIsrOf(topic) : (int?)null;
            for (var number = 0; number < topic.PartitionCount; number++)
            {
                if (topic.Partition(number) is not { } partition || (partition.Leader != broker && !partition.Isr.Contains(broker)))
                    continue;
                if (directories is not null && !directories.Contains(partition.DirectoryOf(broker))) continue;
                var change = PartitionElection.Depart(partition, broker, id => _state.Image.Cluster.CanServe(partition, id), eligible: true, minIsr, _state.Lists);
                records.Add(_state.ChangeOf(topic.Id, number, change));
            }
        }
    }
}
