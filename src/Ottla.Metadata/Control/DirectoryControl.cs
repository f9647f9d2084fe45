using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>Log directories: which are online, what lies where (KIP-858).</summary>
/// <remarks>Owned by the metadata loop; decides and changes nothing, see <see cref="Controller"/>.</remarks>
public sealed class DirectoryControl
{
    private readonly ControlState _state;
    private readonly ElectionControl _elections;

    internal DirectoryControl(ControlState state, ElectionControl elections)
    {
        _state = state;
        _elections = elections;
    }

    private static readonly Comparer<Uuid> UuidOrder = Comparer<Uuid>.Create((a, b) =>
        a.High != b.High ? a.High.CompareTo(b.High) : a.Low.CompareTo(b.Low));

    /// <summary>Tells which of this node's directories take no new replicas (KIP-1066), or which are online now.</summary>
    /// <remarks>What lies in a directory that is online no more loses its leader, in the same batch and before the directory goes, as Kafka
    /// writes it.</remarks>
    public MetadataDecision<Done> ChangeOwnDirectories(IReadOnlyList<Uuid>? online, IReadOnlyList<Uuid>? cordoned)
    {
        var broker = _state.Image.Cluster.Broker(_state.Settings.NodeId);
        if (broker is null) return MetadataDecision.Nothing(new Done(ErrorCode.BrokerIdNotRegistered));
        var records = new List<VersionedRecord>();
        var isNews = online is { Count: > 0 } && _state.Version.HasDirectories && !AreSame(online, broker.Directories);
        AddChange(broker, isNews ? [.. broker.Directories.Except(online!)] : [], isNews ? online : null, cordoned, records);
        return MetadataDecision.InParts(records, Done.Instance);
    }

    /// <param name="broker">Whose.</param>
    /// <param name="lost">Directories that are not online any more.</param>
    /// <param name="online">All that are, where that is news.</param>
    /// <param name="cordoned">All that take nothing new; null where nothing is said about it.</param>
    /// <param name="records">Get the changes.</param>
    private void AddChange(
        BrokerRegistration broker, Uuid[] lost, IReadOnlyList<Uuid>? online, IReadOnlyList<Uuid>? cordoned, List<VersionedRecord> records)
    {
        if (lost.Length > 0) _elections.AddDepartures(broker.Id.Value, lost, records);
        var change = new BrokerRegistrationChangeRecord { BrokerId = broker.Id.Value, BrokerEpoch = broker.Epoch.Value };
        short version = 0;
        // the record has no way to say that none is left: a broker without any is fenced instead
        if (online is { Count: > 0 })
        {
            change.LogDirs = [.. online];
            version = 2;
        }

        if (cordoned is not null && _state.Version.HasCordonedDirectories && !AreSame(cordoned, broker.CordonedDirectories ?? []))
        {
            change.CordonedLogDirs = [.. cordoned];
            version = 3;
        }

        if (version > 0) records.Add(new(change, version));
    }

    private static bool AreSame(IReadOnlyList<Uuid> list, IReadOnlyList<Uuid> other) =>
        list.Order(UuidOrder).SequenceEqual(other.Order(UuidOrder));

    /// <summary>A broker tells in which of its directories its replicas lie.</summary>
    /// <remarks>A directory that is not online, or the one that stands for a lost log, takes the leadership away; an online one gives it
    /// back to a partition that has no leader.</remarks>
    public MetadataDecision<AssignReplicasToDirsResponse> AssignReplicasToDirs(AssignReplicasToDirsRequest request)
    {
        var response = new AssignReplicasToDirsResponse();
        if (!_state.Version.HasDirectories)
        {
            response.ErrorCode = ErrorCode.UnsupportedVersion;
            return MetadataDecision.Nothing(response);
        }

        var refusal = _state.WhyNotOfBroker(request.BrokerId, request.BrokerEpoch);
        if (!refusal.IsOk)
        {
            response.ErrorCode = refusal.Code;
            return MetadataDecision.Nothing(response);
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

        return MetadataDecision.Of(records, response);
    }

    private ErrorCode Assign(int broker, Uuid directory, Uuid topicId, int number, List<VersionedRecord> records)
    {
        if (_state.Image.Topics.Find(topicId) is not { } topic) return ErrorCode.UnknownTopicId;
        if (topic.Partition(number) is not { } partition) return ErrorCode.UnknownTopicOrPartition;
        var index = Array.IndexOf(partition.Replicas, broker);
        if (index < 0) return ErrorCode.NotLeaderOrFollower;
        if (partition.Directories[index] == directory) return ErrorCode.None;
        List<Uuid> directories = [.. partition.Directories];
        directories[index] = directory;
        var change = Moved(topic, number, partition.After(new PartitionChangeRecord { Directories = directories }, _state.Lists), broker);
        change.Directories = directories;
        records.Add(_state.ChangeOf(topicId, number, change));
        return ErrorCode.None;
    }

    /// <summary>What else changes with a partition now that a replica lies elsewhere.</summary>
    private PartitionChangeRecord Moved(TopicImage topic, int number, PartitionRegistration partition, int broker)
    {
        var isServed = _state.Image.Cluster.Brokers[broker].CanServeFrom(partition.DirectoryOf(broker));
        var isConcerned = isServed ? !partition.HasLeader : partition.Leader == broker || partition.Isr.Contains(broker);
        if (!isConcerned) return new PartitionChangeRecord { Leader = PartitionRegistration.NoLeaderChange };
        var change = new PartitionChange(_state, topic, number, partition) { Election = _state.ElectionOf(topic) };
        if (!isServed) change.Isr = [.. partition.Isr.Where(id => id != broker)];
        return change.Build() ?? new PartitionChangeRecord { Leader = PartitionRegistration.NoLeaderChange };
    }

    /// <summary>What a heartbeat says of the broker's directories: which are offline, and which are cordoned (KIP-1066); null where it says
    /// nothing of that.</summary>
    /// <param name="broker">Whose.</param>
    /// <param name="lost">Those that it had and that are offline now.</param>
    /// <param name="cordoned">Those that take nothing new.</param>
    /// <param name="departs">Whether what lies in the lost ones is still to be taken from it.</param>
    /// <param name="records">Get the changes.</param>
    internal void AddReported(BrokerRegistration broker, Uuid[] lost, IReadOnlyList<Uuid>? cordoned, bool departs, List<VersionedRecord> records)
    {
        if (!_state.Version.HasDirectories) return;
        List<Uuid>? online = lost.Length == 0 ? null : [.. broker.Directories.Except(lost)];
        AddChange(broker, departs ? lost : [], online, cordoned, records);
    }
}
