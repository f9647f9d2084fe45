using Ottla.Client.Clusters;
using Ottla.Client.Connections;
using Ottla.Client.Consuming;
using Ottla.Network;
using Ottla.Network.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Client.Admin;

/// <summary>Looks after a cluster: topics, partitions, configs, offsets.</summary>
/// <remarks>
/// Any thread. Each call tries again until <see cref="ClientOptions.ApiTimeoutMs"/> while an error may pass. What concerns one thing out of
/// several comes as an <see cref="ErrorCode"/> in its result; <see cref="BrokerException"/> says that the call as a whole failed. Brokers
/// hand on to the controller what is its business.
/// </remarks>
public sealed class AdminClient(ClientOptions options, NetworkPlatform platform) : IDisposable
{
    private readonly Cluster _cluster = new(options, platform);

    public void Dispose() => _cluster.Dispose();

    /// <summary>Brokers, controller and id of the cluster.</summary>
    public Task<ClusterMetadata> DescribeCluster(CancellationToken cancellation = default) =>
        _cluster.Retry("describeCluster", options.ApiTimeoutMs, token => _cluster.Refresh([], autoCreate: false, token), cancellation);

    public async Task<IReadOnlyList<TopicListing>> ListTopics(bool includeInternal, CancellationToken cancellation = default)
    {
        var metadata = await _cluster.Retry("listTopics", options.ApiTimeoutMs, token =>
            _cluster.Refresh(null, autoCreate: false, token), cancellation).ConfigureAwait(false);
        return [.. metadata.Topics.Values.Where(t => includeInternal || !t.IsInternal).Select(t =>
            new TopicListing(t.Name, t.Id, t.IsInternal))];
    }

    public async Task<IReadOnlyList<Result>> CreateTopics(IReadOnlyCollection<NewTopic> topics, bool validateOnly = false,
        CancellationToken cancellation = default)
    {
        var request = new CreateTopicsRequest { ValidateOnly = validateOnly, TimeoutMs = options.RequestTimeoutMs,
            Topics = [.. topics.Select(TopicMessages.Of)] };
        var answer = await Call(
            "createTopics", Apis.CreateTopics, request, a =>
                a.Topics.Any(t => t.ErrorCode == ErrorCode.NotController) ? ErrorCode.NotController : ErrorCode.None, cancellation)
            .ConfigureAwait(false);
        return [.. answer.Topics.Select(t => new Result(t.Name, t.ErrorCode, t.ErrorMessage))];
    }

    public async Task<IReadOnlyList<Result>> DeleteTopics(IReadOnlyCollection<string> names, CancellationToken cancellation = default)
    {
        var connection = await _cluster.Any(cancellation).ConfigureAwait(false);
        var request = new DeleteTopicsRequest { TimeoutMs = options.RequestTimeoutMs };
        const int FirstVersionWithStates = 6;
        if (connection.VersionOf(Apis.DeleteTopics) >= FirstVersionWithStates)
            request.Topics = [.. names.Select(name => new DeleteTopicsRequest.DeleteTopicState { Name = name })];
        else request.TopicNames = [.. names];
        var answer = await Call(
            "deleteTopics", Apis.DeleteTopics, request, a =>
                a.Responses.Any(t => t.ErrorCode == ErrorCode.NotController) ? ErrorCode.NotController : ErrorCode.None, cancellation)
            .ConfigureAwait(false);
        return [.. answer.Responses.Select(t => new Result(t.Name ?? "", t.ErrorCode, t.ErrorMessage))];
    }

    /// <summary>Grows a topic.</summary>
    /// <param name="total">Partitions that it is to have in all.</param>
    /// <param name="assignment">The brokers of each new partition; null leaves it to the controller.</param>
    public async Task<Result> CreatePartitions(string topic, int total, IReadOnlyList<IReadOnlyList<int>>? assignment,
        CancellationToken cancellation = default)
    {
        var request = new CreatePartitionsRequest
        {
            TimeoutMs = options.RequestTimeoutMs,
            Topics =
            [
                new CreatePartitionsRequest.CreatePartitionsTopic
                {
                    Name = topic,
                    Count = total,
                    Assignments = assignment?.Select(brokers =>
                        new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = [.. brokers] }).ToList(),
                },
            ],
        };
        var answer = await Call("createPartitions", Apis.CreatePartitions, request, a =>
            a.Results.Count > 0 ? Passing(a.Results[0].ErrorCode) : ErrorCode.UnknownServerError, cancellation).ConfigureAwait(false);
        return new Result(topic, answer.Results[0].ErrorCode, answer.Results[0].ErrorMessage);
    }

    /// <summary>Describes topics by name.</summary>
    /// <param name="partitionsAtOnce">How many partitions one answer may name (KIP-966); more are asked for page by page.</param>
    public async Task<IReadOnlyList<TopicDescription>> DescribeTopics(
        IReadOnlyCollection<string> names, int partitionsAtOnce = 2_000, CancellationToken cancellation = default)
    {
        var connection = await _cluster.Retry("describeTopics", options.ApiTimeoutMs, _cluster.Any, cancellation).ConfigureAwait(false);
        if (connection.VersionOf(Apis.DescribeTopicPartitions) < 0)
            return await DescribeByMetadata(names, cancellation).ConfigureAwait(false);
        var described = new Dictionary<string, TopicDescription>();
        var request = new DescribeTopicPartitionsRequest
        {
            ResponsePartitionLimit = partitionsAtOnce,
            Topics = [.. names.Order(StringComparer.Ordinal).Select(name =>
                new DescribeTopicPartitionsRequest.TopicRequest { Name = name })],
        };
        while (true)
        {
            var answer = await Call("describeTopics", Apis.DescribeTopicPartitions, request, _ =>
                ErrorCode.None, cancellation).ConfigureAwait(false);
            foreach (var topic in answer.Topics) TopicMessages.Add(described, topic);
            if (answer.NextCursor is not { } next) break;
            request.Cursor =
                new DescribeTopicPartitionsRequest.CursorData { TopicName = next.TopicName, PartitionIndex = next.PartitionIndex };
            request.Topics = [.. request.Topics.Where(t => string.CompareOrdinal(t.Name, next.TopicName) >= 0)];
        }

        return [.. described.Values];
    }

    /// <summary>Describes topics by id. The answer knows nothing of eligible leaders.</summary>
    public async Task<IReadOnlyList<TopicDescription>> DescribeTopics(IReadOnlyCollection<Uuid> ids,
        CancellationToken cancellation = default)
    {
        var request = new MetadataRequest { Topics =
            [.. ids.Select(id => new MetadataRequest.MetadataRequestTopic { TopicId = id, Name = null })], AllowAutoTopicCreation = false };
        var answer = await Call("describeTopics", Apis.Metadata, request, a => a.ErrorCode, cancellation).ConfigureAwait(false);
        return [.. answer.Topics.Select(TopicMessages.Describe)];
    }

    public async Task<IReadOnlyDictionary<TopicPartition, Reassignment>> ListReassignments(CancellationToken cancellation = default)
    {
        var request = new ListPartitionReassignmentsRequest { TimeoutMs = options.RequestTimeoutMs, Topics = null };
        var answer = await Call("listPartitionReassignments", Apis.ListPartitionReassignments, request, a =>
            a.ErrorCode, cancellation).ConfigureAwait(false);
        BrokerException.ThrowIf(answer.ErrorCode, answer.ErrorMessage);
        return answer.Topics.SelectMany(t => t.Partitions.Select(p =>
            (Key: new TopicPartition(t.Name, p.PartitionIndex), Value: new Reassignment(p.Replicas, p.AddingReplicas, p.RemovingReplicas))))
            .ToDictionary(pair => pair.Key, pair => pair.Value);
    }

    /// <summary>Configs of topics, groups or client metrics, or of one broker, which answers for itself.</summary>
    public async Task<IReadOnlyList<ConfigDescription>> DescribeConfigs(IReadOnlyCollection<ConfigResource> resources,
        CancellationToken cancellation = default)
    {
        var request = new DescribeConfigsRequest
        {
            Resources = [.. resources.Select(r => new DescribeConfigsRequest.DescribeConfigsResource { ResourceType = (sbyte)r.Type,
                ResourceName = r.Name, ConfigurationKeys = null })],
        };
        var answer = await Call("describeConfigs", Apis.DescribeConfigs, request, _ =>
            ErrorCode.None, cancellation, BrokerOf(resources)).ConfigureAwait(false);
        return [.. answer.Results.Select(ConfigMessages.Describe)];
    }

    public async Task<IReadOnlyList<Result>> AlterConfigs(
        IReadOnlyDictionary<ConfigResource, IReadOnlyList<ConfigChange>> changes, bool validateOnly = false,
            CancellationToken cancellation = default)
    {
        var request = ConfigMessages.Of(changes, validateOnly);
        var answer = await Call("incrementalAlterConfigs", Apis.IncrementalAlterConfigs, request, _ =>
            ErrorCode.None, cancellation, BrokerOf([.. changes.Keys])).ConfigureAwait(false);
        return [.. answer.Responses.Select(r => new Result(r.ResourceName, r.ErrorCode, r.ErrorMessage))];
    }

    /// <summary>Offsets for timestamps: -1 latest, -2 earliest, -3 of the largest timestamp, or ms since 1970.</summary>
    public async Task<IReadOnlyDictionary<TopicPartition, FoundOffset>> ListOffsets(
        IReadOnlyDictionary<TopicPartition, long> timestamps, IsolationLevel isolation = IsolationLevel.ReadUncommitted,
            CancellationToken cancellation = default) =>
        await _cluster.Retry("listOffsets", options.ApiTimeoutMs, token =>
            OffsetFinder.Ask(_cluster, timestamps, isolation, token), cancellation).ConfigureAwait(false);

    /// <summary>Deletes the records before an offset, -1 for all; gives each partition's new log start offset.</summary>
    public async Task<IReadOnlyDictionary<TopicPartition, (ErrorCode Error, Offset LowWatermark)>> DeleteRecords(
        IReadOnlyDictionary<TopicPartition, Offset> before, CancellationToken cancellation = default)
    {
        var metadata = await _cluster.Retry("deleteRecords", options.ApiTimeoutMs, token =>
            _cluster.Refresh([.. before.Keys.Select(p => p.Topic).Distinct()], false, token), cancellation).ConfigureAwait(false);
        var results = new Dictionary<TopicPartition, (ErrorCode, Offset)>();
        foreach (var partition in before.Keys.Where(p => metadata.Partition(p) is null))
            results[partition] = (ErrorCode.UnknownTopicOrPartition, Offset.None);
        foreach (var leader in before.Keys.Where(p => metadata.Partition(p) is not null).GroupBy(p => metadata.Partition(p)!.Leader))
        {
            var connection = await _cluster.Node(leader.Key, Purpose.Control, cancellation).ConfigureAwait(false);
            var request = new DeleteRecordsRequest
            {
                TimeoutMs = options.RequestTimeoutMs,
                Topics = [.. leader.GroupBy(p => p.Topic).Select(t => new DeleteRecordsRequest.DeleteRecordsTopic
                {
                    Name = t.Key,
                    Partitions = [.. t.Select(p =>
                        new DeleteRecordsRequest.DeleteRecordsPartition { PartitionIndex = p.Partition, Offset = before[p].Value })],
                })],
            };
            var answer = await connection.Ask(Apis.DeleteRecords, request, cancellation).ConfigureAwait(false);
            foreach (var topic in answer.Topics)
            {
                foreach (var p in topic.Partitions)
                    results[new TopicPartition(topic.Name, p.PartitionIndex)] = (p.ErrorCode, new Offset(p.LowWatermark));
            }
        }

        return results;
    }

    private static ErrorCode Passing(ErrorCode error) => error == ErrorCode.NotController ? error : ErrorCode.None;

    /// <summary>The broker that has to answer itself, where one resource is a broker.</summary>
    private static int? BrokerOf(IReadOnlyCollection<ConfigResource> resources)
    {
        foreach (var resource in resources)
        {
            if (resource.Type is ConfigResourceType.Broker or ConfigResourceType.BrokerLogger && int.TryParse(resource.Name, out var id))
                return id;
        }

        return null;
    }

    private async Task<IReadOnlyList<TopicDescription>> DescribeByMetadata(IReadOnlyCollection<string> names,
        CancellationToken cancellation)
    {
        var request = new MetadataRequest { Topics = [.. names.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name })],
            AllowAutoTopicCreation = false };
        var answer = await Call("describeTopics", Apis.Metadata, request, a => a.ErrorCode, cancellation).ConfigureAwait(false);
        return [.. answer.Topics.Select(TopicMessages.Describe)];
    }

    /// <param name="retriable">The error of the answer as a whole, which is retried where it may pass.</param>
    /// <param name="broker">Who is to be asked; null is anybody.</param>
    private Task<TResponse> Call<TRequest, TResponse>(
        string name, Api<TRequest, TResponse> api, TRequest request, Func<TResponse, ErrorCode> retriable, CancellationToken cancellation,
            int? broker = null)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        return _cluster.Retry(name, options.ApiTimeoutMs, Attempt, cancellation);

        async Task<TResponse> Attempt(CancellationToken token)
        {
            if (broker is { } wanted && !_cluster.Metadata.Brokers.ContainsKey(wanted))
                await _cluster.Refresh([], autoCreate: false, token).ConfigureAwait(false);
            var connection = broker is { } id
                ? await _cluster.Node(id, Purpose.Control, token).ConfigureAwait(false)
                : await _cluster.Any(token).ConfigureAwait(false);
            var answer = await connection.Ask(api, request, token).ConfigureAwait(false);
            var error = retriable(answer);
            if (error.IsRetriable()) throw new BrokerException(error);
            return answer;
        }
    }
}
