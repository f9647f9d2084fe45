using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <content>AssignReplicasToDirs (KIP-858).</content>
public sealed partial class Controller
{
    /// <summary>A broker tells in which of its directories its replicas lie.</summary>
    public Decision<AssignReplicasToDirsResponse> AssignReplicasToDirs(AssignReplicasToDirsRequest request)
    {
        var response = new AssignReplicasToDirsResponse();
        if (!Version.HasDirectories)
        {
            response.ErrorCode = ErrorCode.UnsupportedVersion;
            return Decision.Nothing(response);
        }

        var refusal = WhyNotOfBroker(request.BrokerId, request.BrokerEpoch);
        if (!refusal.IsOk)
        {
            response.ErrorCode = refusal.Code;
            return Decision.Nothing(response);
        }

        var records = new List<VersionedRecord>();
        foreach (var directory in request.Directories)
        {
            var answer = new AssignReplicasToDirsResponse.DirectoryData { Id = directory.Id };
            foreach (var topic in directory.Topics)
            {
                answer.Topics.Add(new AssignReplicasToDirsResponse.TopicData
                {
                    TopicId = topic.TopicId,
                    Partitions = [.. topic.Partitions.Select(partition => new AssignReplicasToDirsResponse.PartitionData
                    {
                        PartitionIndex = partition.PartitionIndex,
                        ErrorCode = Assign(request.BrokerId, directory.Id, topic.TopicId, partition.PartitionIndex, records),
                    })],
                });
            }

            response.Directories.Add(answer);
        }

        return Decision.Of(records, response);
    }

    private ErrorCode Assign(int broker, Uuid directory, Uuid topicId, int number, List<VersionedRecord> records)
    {
        if (Image.Topics.Find(topicId) is not { } topic) return ErrorCode.UnknownTopicId;
        if (topic.Partition(number) is not { } partition) return ErrorCode.UnknownTopicOrPartition;
        var index = Array.IndexOf(partition.Replicas, broker);
        if (index < 0) return ErrorCode.NotLeaderOrFollower;
        if (partition.Directories[index] == directory) return ErrorCode.None;
        List<Uuid> directories = [.. partition.Directories];
        directories[index] = directory;
        records.Add(ChangeOf(topicId, number, new PartitionChangeRecord { Leader = PartitionRegistration.NoLeaderChange, Directories = directories }));
        return ErrorCode.None;
    }
}
