using Ottla.Configuration.Changes;
using Ottla.Configuration.Effective;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using ConfigResource = Ottla.Metadata.Image.ConfigResource;
using Refusal = Ottla.Metadata.Control.Refusal;

namespace Ottla.Metadata.Control;

/// <content>CreateTopics and DeleteTopics.</content>
public sealed partial class Controller
{
    /// <summary>Creates topics; each is created as a whole or refused as a whole, and all that are created go into one batch.</summary>
    public Decision<CreateTopicsResponse> CreateTopics(CreateTopicsRequest request)
    {
        var effective = Effective();
        var creation = new TopicCreation(effective.ValueOf("num.partitions").AsInt(), effective.ValueOf("default.replication.factor").AsInt());
        var response = new CreateTopicsResponse();
        var tooMany = TotalPartitions(request, creation) > PartitionsPerRequestMax;
        var repeated = Repeated(request.Topics.Select(topic => topic.Name));
        foreach (var topic in request.Topics.DistinctBy(topic => topic.Name, StringComparer.Ordinal))
        {
            var result = new CreateTopicsResponse.CreatableTopicResult { Name = topic.Name, ErrorMessage = null };
            var mark = creation.Records.Count;
            var refusal = repeated.Contains(topic.Name) ? new Refusal(ErrorCode.InvalidRequest, "Duplicate topic name.")
                : tooMany ? new Refusal(ErrorCode.PolicyViolation, "Excessively large number of partitions per request.")
                : CreateTopic(topic, creation, effective, result);
            if (!refusal.IsOk)
            {
                creation.Records.RemoveRange(mark, creation.Records.Count - mark);
                result = new CreateTopicsResponse.CreatableTopicResult { Name = topic.Name, ErrorCode = refusal.Code, ErrorMessage = refusal.Message, Configs = [] };
            }

            response.Topics.Add(result);
        }

        return request.ValidateOnly ? Decision.Nothing(response) : Decision.Of(creation.Records, response);
    }

    /// <summary>Names that occur more than once.</summary>
    private static HashSet<string> Repeated(IEnumerable<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var repeated = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (!seen.Add(name)) repeated.Add(name);
        }

        return repeated;
    }

    private Refusal CreateTopic(
        CreateTopicsRequest.CreatableTopic topic, TopicCreation creation, EffectiveConfig effective, CreateTopicsResponse.CreatableTopicResult result)
    {
        if (topic.Name == TopicName.ClusterMetadata) return new(ErrorCode.InvalidRequest, $"Creation of internal topic {TopicName.ClusterMetadata} is prohibited.");
        if (TopicName.WhyInvalid(topic.Name) is { } why) return new(ErrorCode.InvalidTopicException, why);
        if ((CollidingWith(topic.Name) ?? creation.CollidingWith(topic.Name)) is { } other)
            return new(ErrorCode.InvalidTopicException, $"Topic '{topic.Name}' collides with existing topic: {other}");
        if (Image.Topics.Find(topic.Name) is not null) return new(ErrorCode.TopicAlreadyExists, $"Topic '{topic.Name}' already exists.");

        var outcome = TopicChanges.ForNewTopic(effective, topic.Configs.Select(config => KeyValuePair.Create(config.Name, config.Value)));
        if (outcome.IsRefused) return new(outcome.Error, outcome.Message);
        var configs = new SortedDictionary<string, string>(outcome.Configs.ToDictionary(), StringComparer.Ordinal);

        var refusal = Place(topic, creation, out var partitions);
        if (!refusal.IsOk) return refusal;

        var id = NewTopicId();
        creation.Records.Add(new(new TopicRecord { Name = topic.Name, TopicId = id }));
        foreach (var (name, value) in configs)
        {
            creation.Records.Add(new(new ConfigRecord { ResourceType = (sbyte)ConfigResourceType.Topic, ResourceName = topic.Name, Name = name, Value = value }));
        }

        for (var number = 0; number < partitions.Count; number++) creation.Records.Add(NewPartition(id, number, partitions[number]));
        creation.Names.Add(topic.Name);
        Describe(result, id, partitions, configs, effective);
        return Refusal.Ok;
    }

    /// <summary>Chooses the replicas of each partition, or takes those of the request.</summary>
    private Refusal Place(CreateTopicsRequest.CreatableTopic topic, TopicCreation creation, out IReadOnlyList<int[]> partitions)
    {
        partitions = [];
        if (topic.Assignments.Count > 0) return PlaceByHand(topic, out partitions);
        if (topic.ReplicationFactor is < -1 or 0)
            return new(ErrorCode.InvalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.");
        if (topic.NumPartitions is < -1 or 0) return new(ErrorCode.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.");
        var count = topic.NumPartitions == -1 ? creation.DefaultPartitions : topic.NumPartitions;
        var factor = topic.ReplicationFactor == -1 ? creation.DefaultReplicationFactor : topic.ReplicationFactor;
        var why = ReplicaPlacement.Place(Image.Cluster, count, factor, _random, out partitions);
        return why is null ? Refusal.Ok : new(ErrorCode.InvalidReplicationFactor, $"Unable to replicate the partition {factor} time(s): {why}");
    }

    private Refusal PlaceByHand(CreateTopicsRequest.CreatableTopic topic, out IReadOnlyList<int[]> partitions)
    {
        partitions = [];
        if (topic.ReplicationFactor != -1)
            return new(ErrorCode.InvalidRequest, "A manual partition assignment was specified, but replication factor was not set to -1.");
        if (topic.NumPartitions != -1)
            return new(ErrorCode.InvalidRequest, "A manual partition assignment was specified, but numPartitions was not set to -1.");
        var byNumber = new SortedDictionary<int, int[]>();
        int? factor = null;
        foreach (var assignment in topic.Assignments)
        {
            int[] replicas = [.. assignment.BrokerIds];
            if (byNumber.ContainsKey(assignment.PartitionIndex))
                return new(ErrorCode.InvalidReplicaAssignment, $"Found multiple manual partition assignments for partition {assignment.PartitionIndex}");
            if (WhyNotAssignable(replicas, factor) is { } why) return new(ErrorCode.InvalidReplicaAssignment, why);
            if (!replicas.Any(Image.Cluster.IsActive)) return new(ErrorCode.InvalidReplicaAssignment, AllFenced(assignment.PartitionIndex));
            factor ??= replicas.Length;
            byNumber.Add(assignment.PartitionIndex, replicas);
        }

        if (!byNumber.Keys.SequenceEqual(Enumerable.Range(0, byNumber.Count)))
            return new(ErrorCode.InvalidReplicaAssignment, "partitions should be a consecutive 0-based integer sequence");
        partitions = [.. byNumber.Values];
        return Refusal.Ok;
    }

    /// <summary>Deletes topics by name or id.</summary>
    /// <param name="request">Either form of it: names below v6, states from v6 on.</param>
    public Decision<DeleteTopicsResponse> DeleteTopics(DeleteTopicsRequest request)
    {
        var asked = request.TopicNames.Select(name => (Name: (string?)name, Id: Uuid.Zero)).Concat(request.Topics.Select(topic => (topic.Name, Id: topic.TopicId))).ToList();
        var records = new List<VersionedRecord>();
        var response = new DeleteTopicsResponse();
        var enabled = Effective().ValueOf("delete.topic.enable").AsBoolean();
        var deleted = new HashSet<Uuid>();
        foreach (var (name, id) in asked.Distinct())
        {
            var topic = name is null ? Image.Topics.Find(id) : Image.Topics.Find(name);
            var refusal = !enabled ? new Refusal(ErrorCode.TopicDeletionDisabled)
                : WhyNotDeletable(name, id, asked.Count(other => other == (name, id)) > 1, topic);
            if (refusal.IsOk && !deleted.Add(topic!.Id))
                refusal = new(ErrorCode.InvalidRequest, "The provided topic name maps to an ID that was already supplied.");
            if (refusal.IsOk) records.Add(new(new RemoveTopicRecord { TopicId = topic!.Id }));
            response.Responses.Add(new DeleteTopicsResponse.DeletableTopicResult
            {
                Name = refusal.IsOk ? topic!.Name : name,
                TopicId = refusal.IsOk ? topic!.Id : id,
                ErrorCode = refusal.Code,
                ErrorMessage = refusal.Message ?? refusal.Code.UsualMessage(),
            });
        }

        return Decision.Of(records, response);
    }

    private static Refusal WhyNotDeletable(string? name, Uuid id, bool repeated, TopicImage? topic)
    {
        if (name is null && id.IsZero) return new(ErrorCode.InvalidRequest, "Neither topic name nor id were specified.");
        if (name is not null && !id.IsZero) return new(ErrorCode.InvalidRequest, "You may not specify both topic name and topic id.");
        if (repeated) return new(ErrorCode.InvalidRequest, name is null ? "Duplicate topic id." : "Duplicate topic name.");
        if (topic is null) return new(name is null ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition);
        return Refusal.Ok;
    }

    private static void Describe(
        CreateTopicsResponse.CreatableTopicResult result, Uuid id, IReadOnlyList<int[]> partitions, SortedDictionary<string, string> configs, EffectiveConfig effective)
    {
        result.TopicId = id;
        result.NumPartitions = partitions.Count;
        result.ReplicationFactor = (short)partitions[0].Length;
        result.Configs =
        [
            .. effective.DescribeTopic(configs).Select(entry => new CreateTopicsResponse.CreatableTopicConfigs
            {
                Name = entry.Name, Value = entry.Value, ReadOnly = entry.IsReadOnly, ConfigSource = (sbyte)entry.Source, IsSensitive = entry.IsSensitive,
            }),
        ];
    }

    private static long TotalPartitions(CreateTopicsRequest request, TopicCreation creation) => request.Topics.Sum(topic =>
        topic.Assignments.Count > 0 ? topic.Assignments.Count : topic.NumPartitions == -1 ? creation.DefaultPartitions : Math.Max(0L, topic.NumPartitions));

    private Uuid NewTopicId()
    {
        while (true)
        {
            var id = Uuid.Random(_random);
            if (!DirectoryIds.IsReserved(id) && Image.Topics.Find(id) is null) return id;
        }
    }

    /// <summary>What one CreateTopics gathers while it goes from topic to topic.</summary>
    private sealed class TopicCreation(int defaultPartitions, int defaultReplicationFactor)
    {
        public int DefaultPartitions => defaultPartitions;

        public int DefaultReplicationFactor => defaultReplicationFactor;

        public List<VersionedRecord> Records { get; } = [];

        public List<string> Names { get; } = [];

        public string? CollidingWith(string name) => !TopicName.CanCollide(name)
            ? null
            : Names.Find(other => other != name && TopicName.CanCollide(other) && TopicName.Unified(other) == TopicName.Unified(name));
    }
}
