using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster;

/// <summary>Tells the controller in which of this node's directories its replicas lie (AssignReplicasToDirs, KIP-858).</summary>
/// <remarks>
/// Any thread reports; reports wait in a table, the last word about a partition alone, so it is never longer than there are partitions. One request is
/// under way at a time and takes up to <see cref="ReplicasPerRequestMax"/> of what waits: 10,000 new partitions cost a handful of requests and flushes.
/// Failure: what a request that was refused as a whole brought waits again, and is sent after a pause, until the node stops. What is refused of a single
/// replica is not repeated: the partition is gone or has left, and the next image says so.
/// </remarks>
/// <param name="send">To the active controller; gives the error of the whole request.</param>
/// <param name="self">This broker and the run of it that is registered.</param>
/// <param name="time">For the pause.</param>
/// <param name="fault">Hears of what only a bug of ours throws.</param>
internal sealed class DirectoryAssignments(
    Func<AssignReplicasToDirsRequest, Task<ErrorCode>> send, Func<(BrokerId Broker, BrokerEpoch Epoch)> self, TimeProvider time, Action<Exception> fault)
{
    /// <summary>Some 150 KiB of records: small beside a batch of the metadata log, large beside a flush for each.</summary>
    public const int ReplicasPerRequestMax = 2_250;

    /// <summary>Long beside an election of the quorum's leader, short beside what anybody notices of a replica's place.</summary>
    public static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly Dictionary<(Uuid Topic, int Partition), Uuid> _waiting = [];
    private bool _isSending;
    private bool _isStopped;
    private ITimer? _retry;

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

        Unawaited.Watch(SendAll(), fault);
    }

    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            _waiting.Clear();
            _retry?.Dispose();
        }
    }

    private async Task SendAll()
    {
        while (Take() is { } request)
        {
            if (await send(request).ConfigureAwait(false) == ErrorCode.None) continue;
            TakeBack(request);
            return;
        }
    }

    /// <summary>What was not taken waits again, unless there is a newer word about it.</summary>
    private void TakeBack(AssignReplicasToDirsRequest request)
    {
        lock (_lock)
        {
            _isSending = false;
            if (_isStopped) return;
            foreach (var directory in request.Directories)
            {
                foreach (var topic in directory.Topics)
                {
                    foreach (var partition in topic.Partitions) _waiting.TryAdd((topic.TopicId, partition.PartitionIndex), directory.Id);
                }
            }

            _retry?.Dispose();
            _retry = time.CreateTimer(static assignments => ((DirectoryAssignments)assignments!).Send(), this, RetryPause, Timeout.InfiniteTimeSpan);
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
