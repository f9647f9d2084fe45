using Ottla.Client.Clusters;
using Ottla.Client.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming;

/// <summary>An offset that a partition's leader gave for a timestamp.</summary>
public readonly record struct FoundOffset(ErrorCode Error, Offset Offset, long TimestampMs, LeaderEpoch LeaderEpoch);

/// <summary>Asks the partitions' leaders what offset a timestamp stands for: earliest, latest, or the first record from a time
/// on.</summary>
internal static class OffsetFinder
{
    /// <summary>One round: every leader is asked once. What has no leader, or whose leader could not be asked, comes back with the
    /// error.</summary>
    public static async Task<Dictionary<TopicPartition, FoundOffset>> Ask(
        Cluster cluster, IReadOnlyDictionary<TopicPartition, long> timestamps, IsolationLevel isolation, CancellationToken cancellation)
    {
        var metadata =
            await cluster.With([.. timestamps.Keys.Select(p => p.Topic).Distinct()], autoCreate: false, cancellation).ConfigureAwait(false);
        var found = new Dictionary<TopicPartition, FoundOffset>();
        var byLeader = new Dictionary<int, List<TopicPartition>>();
        foreach (var partition in timestamps.Keys)
        {
            if (metadata.Partition(partition) is not { } known) found[partition] = Failed(ErrorCode.UnknownTopicOrPartition);
            else if (!known.HasLeader) found[partition] = Failed(ErrorCode.LeaderNotAvailable);
            else if (byLeader.TryGetValue(known.Leader, out var list)) list.Add(partition);
            else byLeader[known.Leader] = [partition];
        }

        await Task.WhenAll(byLeader.Select(leader =>
            AskLeader(cluster, metadata, leader.Key, leader.Value, timestamps, isolation, found, cancellation))).ConfigureAwait(false);
        return found;
    }

    private static async Task AskLeader(
        Cluster cluster, ClusterMetadata metadata, int leader, List<TopicPartition> partitions, IReadOnlyDictionary<TopicPartition,
            long> timestamps,
        IsolationLevel isolation, Dictionary<TopicPartition, FoundOffset> found, CancellationToken cancellation)
    {
        try
        {
            var connection = await cluster.Node(leader, Purpose.Control, cancellation).ConfigureAwait(false);
            var request =
                new ListOffsetsRequest { ReplicaId = -1, IsolationLevel = (sbyte)isolation, TimeoutMs = cluster.Options.RequestTimeoutMs };
            foreach (var topic in partitions.GroupBy(p => p.Topic))
            {
                request.Topics.Add(new ListOffsetsRequest.ListOffsetsTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(p => new ListOffsetsRequest.ListOffsetsPartition
                    {
                        PartitionIndex = p.Partition,
                        Timestamp = timestamps[p],
                        CurrentLeaderEpoch = metadata.Partition(p)!.LeaderEpoch.Value,
                    })],
                });
            }

            var answer = await connection.Ask(Apis.ListOffsets, request, cancellation).ConfigureAwait(false);
            lock (found)
            {
                foreach (var topic in answer.Topics)
                {
                    foreach (var p in topic.Partitions)
                        found[new TopicPartition(topic.Name, p.PartitionIndex)] =
                            new(p.ErrorCode, new Offset(p.Offset), p.Timestamp, new LeaderEpoch(p.LeaderEpoch));
                }
            }
        }
        catch (BrokerException failed)
        {
            lock (found)
            {
                foreach (var partition in partitions) found[partition] = Failed(failed.Code);
            }
        }
    }

    private static FoundOffset Failed(ErrorCode error) => new(error, Offset.None, -1, LeaderEpoch.None);
}
