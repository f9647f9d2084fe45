using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <content>ElectLeaders.</content>
public sealed partial class Controller
{
    /// <summary>Elects leaders of the partitions named, or of all.</summary>
    public Decision<ElectLeadersResponse> ElectLeaders(ElectLeadersRequest request)
    {
        var response = new ElectLeadersResponse();
        if (request.ElectionType is not (0 or 1))
        {
            response.ErrorCode = ErrorCode.InvalidRequest;
            return Decision.Nothing(response);
        }

        var kind = request.ElectionType == 0 ? ElectionKind.Preferred : ElectionKind.Unclean;
        var records = new List<VersionedRecord>();
        var all = request.TopicPartitions is null;
        foreach (var (topic, partitions) in AskedFor(request))
        {
            var result = new ElectLeadersResponse.ReplicaElectionResult { Topic = topic };
            foreach (var partition in partitions)
            {
                var refusal = Elect(topic, partition, kind, records);
                if (all && refusal.Code == ErrorCode.ElectionNotNeeded) continue;
                result.PartitionResult.Add(new ElectLeadersResponse.PartitionResult
                {
                    PartitionId = partition, ErrorCode = refusal.Code, ErrorMessage = refusal.Message ?? refusal.Code.UsualMessage(),
                });
            }

            response.ReplicaElectionResults.Add(result);
        }

        return Decision.Of(records, response);
    }

    private IEnumerable<(string Topic, IEnumerable<int> Partitions)> AskedFor(ElectLeadersRequest request) => request.TopicPartitions is { } asked
        ? asked.Select(topic => (topic.Topic, topic.Partitions.Distinct()))
        : Image.Topics.ByName.Values.Select(topic => (topic.Name, Enumerable.Range(0, topic.PartitionCount)));

    private Refusal Elect(string name, int number, ElectionKind kind, List<VersionedRecord> records)
    {
        if (Image.Topics.Find(name) is not { } topic) return new(ErrorCode.UnknownTopicOrPartition, $"No such topic as {name}");
        if (topic.Partition(number) is not { } partition) return new(ErrorCode.UnknownTopicOrPartition, $"No such partition as {name}-{number}");
        var isFine = kind == ElectionKind.Preferred ? partition.Leader == partition.PreferredReplica : partition.HasLeader;
        if (isFine) return new(ErrorCode.ElectionNotNeeded);
        if (PartitionElection.Elect(partition, kind, id => Image.Cluster.CanServe(partition, id), KeepsElr) is not { } change)
            return new(kind == ElectionKind.Preferred ? ErrorCode.PreferredLeaderNotAvailable : ErrorCode.EligibleLeadersNotAvailable);
        records.Add(ChangeOf(topic.Id, number, change));
        return Refusal.Ok;
    }

    private VersionedRecord ChangeOf(Uuid topic, int partition, PartitionChangeRecord change)
    {
        change.TopicId = topic;
        change.PartitionId = partition;
        return new VersionedRecord(change, Version.PartitionChangeRecordVersion);
    }
}
