using System.Runtime.InteropServices;
using Ottla.Configuration.Definitions;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>ElectLeaders, and what brokers that come and go mean to their partitions.</summary>
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
        if (_state.Image.Topics.Find(name) is not { } topic)
            return new(ErrorCode.UnknownTopicOrPartition, $"No such topic as {Quote.Of(name)}");
        if (topic.Partition(number) is not { } partition)
            return new(ErrorCode.UnknownTopicOrPartition, $"No such partition as {name}-{number}");
        var isFine = kind == ElectionKind.Preferred ? partition.Leader == partition.PreferredReplica : partition.HasLeader;
        if (isFine) return new(ErrorCode.ElectionNotNeeded);
        new PartitionChange(_state, topic, number, partition) { Election = kind }.AddTo(records, out var change);
        if (change is null)
            return new(kind == ElectionKind.Preferred ? ErrorCode.PreferredLeaderNotAvailable : ErrorCode.EligibleLeadersNotAvailable);
        return Verdict.Ok;
    }

    /// <summary>Whether a broker leads anything.</summary>
    internal bool Leads(int broker) => Partitions().Any(found => found.Partition.Leader == broker);

    /// <summary>Gives leaders to partitions that have none and a replica on a broker that may lead from now on.</summary>
    internal void AddElectionsFor(int broker, IReadOnlyList<Uuid> online, List<VersionedRecord> records)
    {
        foreach (var (topic, number, partition) in Partitions())
        {
            if (partition.HasLeader || !partition.Replicas.Contains(broker)) continue;
            new PartitionChange(_state, topic, number, partition)
            {
                MayLead = Back(partition, broker, online), Election = _state.ElectionOf(topic),
            }.AddTo(records, out _);
        }
    }

    /// <summary>Gives leaders to the partitions of the sole broker that has come back, and takes them from those in a directory that has
    /// not.</summary>
    internal void AddReturns(int broker, bool isClean, List<Uuid> online, List<VersionedRecord> records)
    {
        foreach (var (topic, number, partition) in Partitions())
        {
            if (partition.Replicas.Contains(broker) && Returning(topic, number, partition, broker, isClean, online) is { } change)
                records.Add(_state.ChangeOf(topic.Id, number, change));
        }
    }

    private PartitionChangeRecord? Returning(TopicImage topic, int number, PartitionRegistration partition, int broker, bool isClean, List<Uuid> online)
    {
        var mayLead = Back(partition, broker, online);
        var isLost = !isClean && partition.EligibleLeaderReplicas.Contains(broker);
        if (mayLead(broker) && partition.Leader == broker) return isClean ? null : new PartitionChangeRecord { Leader = broker };
        if (mayLead(broker) && partition.HasLeader && !isLost) return null;
        // with nobody to take over, a partition without eligible leader replicas stays as it is
        var canLeaveIsr = partition.Isr.Contains(broker) && (_state.KeepsElr || partition.Isr.Length > 1);
        if (!mayLead(broker) && !isLost && partition.Leader != broker && !canLeaveIsr) return null;
        var change = new PartitionChange(_state, topic, number, partition) { MayLead = mayLead, Unclean = isClean ? null : broker };
        if (!mayLead(broker)) change.Isr = [.. partition.Isr.Where(id => id != broker)];
        var record = change.Build();
        // with one replica there is nobody to recover from
        if (record is not null && partition.Replicas.Length == 1 && record.LeaderRecoveryState == 1) record.LeaderRecoveryState = -1;
        return record;
    }

    /// <summary>Takes a broker out of what it leads and is in sync with.</summary>
    /// <param name="broker">Which.</param>
    /// <param name="directories">Only what it has in these; null for all.</param>
    /// <param name="records">Gets the changes.</param>
    /// <param name="isUnclean">Whether it stopped uncleanly, and is not eligible for anything any more (KIP-966).</param>
    internal void AddDepartures(int broker, IReadOnlyCollection<Uuid>? directories, List<VersionedRecord> records, bool isUnclean = false)
    {
        foreach (var (topic, number, partition) in Partitions())
        {
            var isConcerned = partition.Leader == broker || partition.Isr.Contains(broker)
                || (isUnclean && partition.EligibleLeaderReplicas.Contains(broker));
            if (!isConcerned || (directories is not null && !directories.Contains(partition.DirectoryOf(broker)))) continue;
            new PartitionChange(_state, topic, number, partition)
            {
                MayLead = id => id != broker && _state.Image.Cluster.CanServe(partition, id),
                Isr = [.. partition.Isr.Where(id => id != broker)],
                Election = _state.ElectionOf(topic),
                Unclean = isUnclean ? broker : null,
            }.AddTo(records, out _);
        }
    }

    private Func<int, bool> Back(PartitionRegistration partition, int broker, IReadOnlyList<Uuid> online) => id => id == broker
        ? BrokerRegistration.CanServeFrom(partition.DirectoryOf(broker), online)
        : _state.Image.Cluster.CanServe(partition, id);

    private IEnumerable<(TopicImage Topic, int Number, PartitionRegistration Partition)> Partitions()
    {
        foreach (var topic in _state.Image.Topics.ById.Values)
        {
            for (var number = 0; number < topic.PartitionCount; number++)
            {
                if (topic.Partition(number) is { } partition) yield return (topic, number, partition);
            }
        }
    }
}
