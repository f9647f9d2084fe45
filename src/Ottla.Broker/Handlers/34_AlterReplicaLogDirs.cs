using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Log.Directories;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>AlterReplicaLogDirs, key 34, versions 1 to 2: moves replicas of this broker to another of its log directories
/// (KIP-113).</summary>
/// <remarks>v2: flexible. The answer says that the move has begun; DescribeLogDirs shows the growing copy. A partition that is not here yet
/// gets the directory when it comes: not served.</remarks>
internal sealed class AlterReplicaLogDirs(LogDirectories directories, PublishedMetadata cluster)
    : IHandler<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>
{
    public static VersionRange Versions => new(1, 2);

    public async ValueTask<AlterReplicaLogDirsResponse?> Handle(AlterReplicaLogDirsRequest request, RequestContext context) =>
        await directories.OnDisk(() => Move(request)).ConfigureAwait(false);

    private AlterReplicaLogDirsResponse Move(AlterReplicaLogDirsRequest request)
    {
        var results = new SortedDictionary<string, AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult>(StringComparer.Ordinal);
        foreach (var directory in request.Dirs)
        {
            foreach (var topic in directory.Topics)
            {
                if (!results.TryGetValue(topic.Name, out var result)) results.Add(topic.Name, result = new() { TopicName = topic.Name });
                foreach (var number in topic.Partitions)
                    result.Partitions.Add(new() { PartitionIndex = number, ErrorCode = Move(new(topic.Name, number), directory.Path) });
            }
        }

        return new AlterReplicaLogDirsResponse { Results = [.. results.Values] };
    }

    private ErrorCode Move(TopicPartition partition, string path) =>
        directories.FindDirectory(path) is not null && cluster.Image.Topics.Find(partition) is null
        ? ErrorCode.UnknownTopicOrPartition
        : directories.BeginMove(partition, path);
}
