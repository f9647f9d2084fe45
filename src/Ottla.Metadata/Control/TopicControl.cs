using Ottla.Configuration.Changes;
using Ottla.Configuration.Effective;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using ConfigResource = Ottla.Metadata.Image.ConfigResource;

namespace Ottla.Metadata.Control;

/// <summary>CreateTopics and DeleteTopics.</summary>
/// <remarks>Owned by the metadata loop; decides and changes nothing, see <see cref="Controller"/>.</remarks>
public sealed class TopicControl
{
    private readonly ControlState _state;
    private readonly PartitionControl _partitions;

    internal TopicControl(ControlState state, PartitionControl partitions)
    {
        _state = state;
        _partitions = partitions;
    }

    /// <summary>Creates topics; each is created as a whole or refused as a whole, and all that are created go into one batch.</summary>
    public MetadataDecision<CreateTopicsResponse> CreateTopics(CreateTopicsRequest request)
    {
        var effective = _state.Effective();
        var creation = new NewTopics(effective.ValueOf("num.partitions").AsInt(), effective.ValueOf("default.replication.factor").AsInt());
        var response = new CreateTopicsResponse();
        var tooMany = TotalPartitions(request, creation) > ControlLimits.PartitionsPerRequestMax;
        var repeated = Repeated.Among(request.Topics.Select(topic => topic.Name));
        foreach (var topic in request.Topics.DistinctBy(topic => topic.Name, StringComparer.Ordinal))
        {
            var result = new CreateTopicsResponse.CreatableTopicResult { Name = topic.Name, ErrorMessage = null };
            var mark = creation.Records.Count;
            var refusal = repeated.Contains(topic.Name) ? new Verdict(ErrorCode.InvalidRequest, "Duplicate topic name.")
                : tooMany ? new Verdict(ErrorCode.PolicyViolation, "Excessively large number of partitions per request.")
                : CreateTopic(topic, creation, effective, result);
            if (!refusal.IsOk)
            {
                creation.Records.RemoveRange(mark, creation.Records.Count - mark);
                result = new CreateTopicsResponse.CreatableTopicResult { Name = topic.Name, ErrorCode = refusal.Code,
                ErrorMessage = refusal.Message, Configs = [] };
            }

            response.Topics.Add(result);
        }

        return request.ValidateOnly ? MetadataDecision.Nothing(response) : MetadataDecision.Of(creation.Records, response);
    }

    private Verdict CreateTopic(
        CreateTopicsRequest.CreatableTopic topic, NewTopics creation, EffectiveConfig effective, CreateTopicsResponse.CreatableTopicResult result)
    {
        if (topic.Name == TopicName.ClusterMetadata)
            return new(ErrorCode.InvalidRequest, $"Creation of internal topic {TopicName.ClusterMetadata} is prohibited.");
        if (TopicName.WhyInvalid(topic.Name) is { } why) return new(ErrorCode.InvalidTopicException, why);
        if ((_state.Image.Topics.CollidingWith(topic.Name) ?? creation.CollidingWith(topic.Name)) is { } other)
            return new(ErrorCode.InvalidTopicException, $"Topic '{topic.Name}' collides with existing topic: {other}");
        if (_state.Image.Topics.Find(topic.Name) is not null)
            return new(ErrorCode.TopicAlreadyExists, $"Topic '{topic.Name}' already exists.");

        var outcome = TopicChanges.ForNewTopic(effective, topic.Configs.Select(config => KeyValuePair.Create(config.Name, config.Value)));
        if (outcome.IsRefused) return new(outcome.Error, outcome.Message);
        var configs = new SortedDictionary<string, string>(outcome.Configs.ToDictionary(), StringComparer.Ordinal);

        var refusal = Place(topic, creation, out var partitions);
        if (!refusal.IsOk) return refusal;

        var id = NewTopicId();
        creation.Records.Add(new(new TopicRecord { Name = topic.Name, TopicId = id }));
        foreach (var (name, value) in configs)
        {
            creation.Records.Add(new(new ConfigRecord { ResourceType = (sbyte)ConfigResourceType.Topic, ResourceName = topic.Name,
            Name = name, Value = value }));
        }

        for (var number = 0; number < partitions.Count; number++) creation.Records.Add(_partitions.NewPartition(id, number, partitions[number]));
        creation.Add(topic.Name);
        Describe(result, id, partitions, configs, effective);
        return Verdict.Ok;
    }

    /// <summary>Chooses the replicas of each partition, or takes those of the request.</summary>
    private Verdict Place(CreateTopicsRequest.CreatableTopic topic, NewTopics creation, out IReadOnlyList<int[]> partitions)
    {
        partitions = [];
        if (topic.Assignments.Count > 0) return PlaceByHand(topic, out partitions);
        if (topic.ReplicationFactor is < -1 or 0)
            return new(ErrorCode.InvalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.");
        if (topic.NumPartitions is < -1 or 0)
            return new(ErrorCode.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.");
        var count = topic.NumPartitions == -1 ? creation.DefaultPartitions : topic.NumPartitions;
        var factor = topic.ReplicationFactor == -1 ? creation.DefaultReplicationFactor : topic.ReplicationFactor;
        var why = ReplicaPlacement.Place(_state.Image.Cluster, count, factor, _state.Random, out partitions);
        return why is null
            ? Verdict.Ok
            : new(ErrorCode.InvalidReplicationFactor, $"Unable to replicate the partition {factor} time(s): {why}");
    }

    private Verdict PlaceByHand(CreateTopicsRequest.CreatableTopic topic, out IReadOnlyList<int[]> partitions)
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
                return new(ErrorCode.InvalidReplicaAssignment,
                    $"Found multiple manual partition assignments for partition {assignment.PartitionIndex}");
            if (_partitions.WhyNotAssignable(replicas, factor) is { } why) return new(ErrorCode.InvalidReplicaAssignment, why);
            if (!replicas.Any(_state.Image.Cluster.IsActive))
                return new(ErrorCode.InvalidReplicaAssignment, PartitionControl.AllFenced(assignment.PartitionIndex));
            factor ??= replicas.Length;
            byNumber.Add(assignment.PartitionIndex, replicas);
        }

        if (!byNumber.Keys.SequenceEqual(Enumerable.Range(0, byNumber.Count)))
            return new(ErrorCode.InvalidReplicaAssignment, "partitions should be a consecutive 0-based integer sequence");
        partitions = [.. byNumber.Values];
        return Verdict.Ok;
    }

    /// <summary>Deletes topics by name or id.</summary>
    /// <param name="request">Either form of it: names below v6, states from v6 on.</param>
    /// <param name="version">Below 3 there is no TOPIC_DELETION_DISABLED.</param>
    public MetadataDecision<DeleteTopicsResponse> DeleteTopics(DeleteTopicsRequest request, short version)
    {
        var asked = request.TopicNames.Select(name => new Asked(name, Uuid.Zero)).Concat(request.Topics.Select(topic => new Asked(topic.Name, topic.TopicId))).ToList();
        var records = new List<VersionedRecord>();
        var response = new DeleteTopicsResponse();
        if (!_state.Effective().ValueOf("delete.topic.enable").AsBoolean())
        {
            var error = version < 3 ? ErrorCode.InvalidRequest : ErrorCode.TopicDeletionDisabled;
            foreach (var (name, id) in asked) response.Responses.Add(new() { Name = name, TopicId = id, ErrorCode = error });
            return MetadataDecision.Nothing(response);
        }

        var repeated = Repeated.Among(asked);
        var deleted = new HashSet<Uuid>();
        foreach (var topic in asked.Distinct())
        {
            var found = topic.Name is null ? _state.Image.Topics.Find(topic.Id) : _state.Image.Topics.Find(topic.Name);
            var verdict = WhyNotDeletable(topic, repeated.Contains(topic), found);
            if (verdict.IsOk && !deleted.Add(found!.Id))
                verdict = new(ErrorCode.InvalidRequest, "The provided topic name maps to an ID that was already supplied.");
            if (verdict.IsOk) records.Add(new(new RemoveTopicRecord { TopicId = found!.Id }));
            response.Responses.Add(new DeleteTopicsResponse.DeletableTopicResult
            {
                Name = verdict.IsOk ? found!.Name : topic.Name,
                TopicId = verdict.IsOk ? found!.Id : topic.Id,
                ErrorCode = verdict.Code,
                ErrorMessage = verdict.Message ?? verdict.Code.UsualMessage(),
            });
        }

        return MetadataDecision.InParts(records, response);
    }

    private static Verdict WhyNotDeletable(Asked asked, bool repeated, TopicImage? topic)
    {
        if (asked.Name is null && asked.Id.IsZero) return new(ErrorCode.InvalidRequest, "Neither topic name nor id were specified.");
        if (asked.Name is not null && !asked.Id.IsZero)
            return new(ErrorCode.InvalidRequest, "You may not specify both topic name and topic id.");
        if (repeated) return new(ErrorCode.InvalidRequest, asked.Name is null ? "Duplicate topic id." : "Duplicate topic name.");
        if (topic is null) return new(asked.Name is null ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition);
        return Verdict.Ok;
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
                Name = entry.Name, Value = entry.Value, ReadOnly = entry.IsReadOnly, ConfigSource = (sbyte)entry.Source,
                IsSensitive = entry.IsSensitive,
            }),
        ];
    }

    private static long TotalPartitions(CreateTopicsRequest request, NewTopics creation) => request.Topics.Sum(topic =>
        topic.Assignments.Count > 0 ? topic.Assignments.Count : topic.NumPartitions == -1 ? creation.DefaultPartitions : Math.Max(0L, topic.NumPartitions));

    private Uuid NewTopicId()
    {
        while (true)
        {
            var id = Uuid.Random(_state.Random);
            if (!DirectoryIds.IsReserved(id) && _state.Image.Topics.Find(id) is null) return id;
        }
    }

    /// <summary>A topic to delete, by name or by id.</summary>
    private readonly record struct Asked(string? Name, Uuid Id);

    /// <summary>What one CreateTopics gathers while it goes from topic to topic.</summary>
    private sealed class NewTopics(int defaultPartitions, int defaultReplicationFactor)
    {
        private readonly Dictionary<string, string> _byUnified = new(StringComparer.Ordinal);

        public int DefaultPartitions => defaultPartitions;

        public int DefaultReplicationFactor => defaultReplicationFactor;

        public List<VersionedRecord> Records { get; } = [];

        public void Add(string name)
        {
            if (TopicName.CanCollide(name)) _byUnified[TopicName.Unified(name)] = name;
        }

        public string? CollidingWith(string name) =>
            TopicName.CanCollide(name) && _byUnified.TryGetValue(TopicName.Unified(name), out var other) && other != name ? other : null;
    }
}
