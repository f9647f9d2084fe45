using System.Globalization;
using Ottla.Configuration.Changes;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using ConfigResource = Ottla.Metadata.Image.ConfigResource;

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
        var change = new BrokerRegistrationChangeRecord { BrokerId = broker.Id.Value, BrokerEpoch = broker.Epoch.Value };
        var records = new List<VersionedRecord>();
        short version = 0;
        if (online is { Count: > 0 } && _state.Version.HasDirectories
            && !online.Order(UuidOrder).SequenceEqual(broker.Directories.Order(UuidOrder)))
        {
            Uuid[] lost = [.. broker.Directories.Except(online)];
            if (lost.Length > 0) _elections.AddDepartures(broker.Id.Value, lost, records);
            change.LogDirs = [.. online];
            version = 2;
        }

        if (cordoned is not null && _state.Version.HasCordonedDirectories
            && !(broker.CordonedDirectories ?? []).Order(UuidOrder).SequenceEqual(cordoned.Order(UuidOrder)))
        {
            change.CordonedLogDirs = [.. cordoned];
            version = 3;
        }

        if (version == 0) return MetadataDecision.Nothing(Done.Instance);
        records.Add(new(change, version));
        return MetadataDecision.Of(records, Done.Instance);
    }

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
        var change = Moved(topic, partition.After(new PartitionChangeRecord { Directories = directories }, _state.Lists), broker);
        change.Directories = directories;
        records.Add(_state.ChangeOf(topicId, number, change));
        return ErrorCode.None;
    }

    /// <summary>What else changes with a partition now that a replica lies elsewhere.</summary>
    private PartitionChangeRecord Moved(TopicImage topic, PartitionRegistration partition, int broker)
    {
        bool MayLead(int id) => _state.Image.Cluster.CanServe(partition, id);
        if (_state.Image.Cluster.Brokers[broker].CanServeFrom(partition.DirectoryOf(broker)))
            return (partition.HasLeader
                ? null
                : PartitionElection.Elect(partition, ElectionKind.Clean, MayLead, _state.KeepsElr)) ?? new PartitionChangeRecord();
        return partition.Leader == broker || partition.Isr.Contains(broker)
            ? PartitionElection.Depart(partition, broker, MayLead, eligible: true, _state.KeepsElr ? _state.MinIsrOf(topic) : null, _state.Lists)
            : new PartitionChangeRecord();
    }
}
