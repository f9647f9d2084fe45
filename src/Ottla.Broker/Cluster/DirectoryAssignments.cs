using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster;

/// <summary>Tells the controller in which of this node's directories its replicas lie (AssignReplicasToDirs, KIP-858).</summary>
/// <remarks>
/// Any thread reports; reports wait in a table, the last word about a partition alone, so it is never longer than there are partitions. One
/// request is under way at a time and takes up to <see cref="ReplicasPerRequestMax"/> of what waits: 10,000 new partitions cost a handful
/// of requests and flushes.
/// Failure: a controller that refuses as a whole is stopping or knows another run of this node; either way the next start tells again,
/// since every partition's place is compared when the first image comes.
/// </remarks>
internal sealed class DirectoryAssignments(Func<AssignReplicasToDirsRequest, Task> send, Func<(BrokerId Broker, BrokerEpoch Epoch)> self)
{
    /// <summary>Some 150 KiB of records: small beside a batch of the metadata log, large beside a flush for each.</summary>
    public const int ReplicasPerRequestMax = 2_250;

    private readonly Lock _lock = new();
    private readonly Dictionary<(Uuid Topic, int Partition), Uuid> _waiting = [];
    private bool _isSending;
    private bool _isStopped;

    /// <summary>A replica lies in a directory other than the one that the controller knows.</summary>
    public void Report(Uuid topicId, int partition, Uuid directory)
    {
        lock (_lock)
        {
            if (!_isStopped) _waiting[(topicId, partition)] = directory;
        }
    }

    /// <summary>Sends what was reported; returns at once. Called when a whole image is applied, so that its partitions go
    /// together.</summary>
    public void Send()
    {
        lock (_lock)
        {
            if (_isSending || _waiting.Count == 0) return;
            _isSending = true;
        }

        _ = SendAll();
    }

    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            _waiting.Clear();
        }
    }

    private async Task SendAll()
    {
        while (Take() is { } request)
        {
            try
            {
                await send(request).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                Stop();
            }
        }
    }

    private AssignReplicasToDirsRequest? Take()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                _isSending = false;
                return null;
            }

            var taken = _waiting.Take(ReplicasPerRequestMax).ToArray();
            foreach (var (replica, _) in taken) _waiting.Remove(replica);
            var (broker, epoch) = self();
            return new()
            {
                BrokerId = broker.Value,
                BrokerEpoch = epoch.Value,
                Directories = [.. taken.GroupBy(entry => entry.Value).Select(directory => new AssignReplicasToDirsRequest.DirectoryData
                {
                    Id = directory.Key,
                    Topics = [.. directory.GroupBy(entry => entry.Key.Topic).Select(topic => new AssignReplicasToDirsRequest.TopicData
                    {
                        TopicId = topic.Key,
                        Partitions = [.. topic.Select(entry => new AssignReplicasToDirsRequest.PartitionData { PartitionIndex = entry.Key.Partition })],
                    })],
                })],
            };
        }
    }
}
