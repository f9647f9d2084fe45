using Ottla.Broker.Net;
using Ottla.Log.Directories;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DescribeLogDirs, key 35, versions 1 to 5: the log directories of this broker, what lies in them and how much room there
/// is.</summary>
/// <remarks>KIP-113. v2: flexible. v3: a top-level error. v4: total and usable bytes of the volume (KIP-827). v5: whether a directory takes
/// new partitions (KIP-1066).</remarks>
internal sealed class DescribeLogDirs(LogDirectories directories) : IHandler<DescribeLogDirsRequest, DescribeLogDirsResponse>
{
    public static VersionRange Versions => new(1, 5);

    public ValueTask<DescribeLogDirsResponse?> Handle(DescribeLogDirsRequest request, RequestContext context)
    {
        var wanted = request.Topics is null ? null
            : request.Topics.SelectMany(topic => topic.Partitions.Select(number => new TopicPartition(topic.Topic, number))).ToHashSet();
        var response = new DescribeLogDirsResponse();
        foreach (var described in directories.Describe())
        {
            var result = new DescribeLogDirsResponse.DescribeLogDirsResult
            {
                LogDir = described.Directory.Path,
                ErrorCode = described.Error,
                TotalBytes = described.Space.TotalBytes,
                UsableBytes = described.Space.UsableBytes,
                IsCordoned = described.Directory.IsCordoned,
            };
            foreach (var topic in described.Logs.Where(log => wanted?.Contains(log.Partition) ?? true).GroupBy(log => log.Partition.Topic))
            {
                result.Topics.Add(new()
                {
                    Name = topic.Key,
                    Partitions =
                    [
                        .. topic.OrderBy(log => log.Partition.Partition).Select(log => new DescribeLogDirsResponse.DescribeLogDirsPartition
                        {
                            PartitionIndex = log.Partition.Partition, PartitionSize = log.SizeBytes, OffsetLag = log.OffsetLag,
                            IsFutureKey = log.IsFuture,
                        }),
                    ],
                });
            }

            response.Results.Add(result);
        }

        return new(response);
    }
}
