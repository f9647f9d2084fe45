using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Ottla.Broker.Handlers;
using Ottla.Broker.Net;
using Ottla.Metadata.Service;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster;

/// <summary>Topics that nobody creates on purpose: those that a client asks about (`auto.create.topics.enable`), and the broker's own.</summary>
/// <remarks>
/// Any thread. A name that is being created is not asked for twice; at most <see cref="AtWorkMax"/> are under way, later ones are made at the client's
/// next try. A creation that the controller refuses is told in the log with the property to change: the client only sees that its topic does not
/// come, and its tools say nothing.
/// </remarks>
internal sealed partial class TopicCreation(ControllerLink controller, DynamicSettings settings, PublishedMetadata cluster, TimeProvider time, ILogger log, Action<Exception> fault)
{
    /// <summary>More topics than one client asks for at a time; a flood of names must not become a queue.</summary>
    private const int AtWorkMax = 1_000;

    private readonly ConcurrentDictionary<string, Task> _atWork = new(StringComparer.Ordinal);
    private readonly SparseLog _refused = new(time, TimeSpan.FromSeconds(30));

    /// <summary>A client asked about a topic that is not there; does not wait.</summary>
    public void Request(string topic, RequestContext context)
    {
        if (TopicNames.IsInternal(topic)) Unawaited.Watch(EnsureInternal(topic), fault);
        else if (settings.Current.Topics.AutoCreateTopicsEnable) Unawaited.Watch(Ensure(topic, Plain(topic)), fault);
    }

    /// <summary>Makes one of the broker's own topics, unless it is there; completes when it is led or can't be made.</summary>
    public Task EnsureInternal(string topic) => topic == TopicNames.ConsumerOffsets ? Ensure(topic, Offsets()) : Task.CompletedTask;

    /// <summary>Tells at the start what will not work with these properties on this cluster.</summary>
    public void WarnAtStart()
    {
        var brokers = cluster.Image.Cluster.Brokers.Count;
        var factor = settings.Current.Offsets.TopicReplicationFactor;
        if (factor > brokers && cluster.Image.Topics.Find(TopicNames.ConsumerOffsets) is null)
            LogTooFewBrokers(log, OffsetsFactor, factor, brokers, TopicNames.ConsumerOffsets);
    }

    private Task Ensure(string topic, CreateTopicsRequest.CreatableTopic wanted)
    {
        if (_atWork.TryGetValue(topic, out var known)) return known;
        if (_atWork.Count >= AtWorkMax) return Task.CompletedTask;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var creating = _atWork.GetOrAdd(topic, started.Task);
        return creating == started.Task ? Create(topic, wanted, started) : creating;
    }

    private async Task Create(string topic, CreateTopicsRequest.CreatableTopic wanted, TaskCompletionSource done)
    {
        try
        {
            var answer = await controller.Ask<CreateTopicsRequest, CreateTopicsResponse, CreateTopics>(
                new CreateTopicsRequest { Topics = [wanted] }, CreateTopics.Versions.Max, Asker.Self("automatic CreateTopics")).ConfigureAwait(false);
            Tell(answer.Topics[0], wanted);
        }
        finally
        {
            _atWork.TryRemove(topic, out _);
            done.SetResult();
        }
    }

    private void Tell(CreateTopicsResponse.CreatableTopicResult result, CreateTopicsRequest.CreatableTopic wanted)
    {
        if (result.ErrorCode is ErrorCode.None or ErrorCode.TopicAlreadyExists || !_refused.MaySay(out var unsaid)) return;
        var property = (result.ErrorCode, wanted.Name) switch
        {
            (ErrorCode.InvalidReplicationFactor, TopicNames.ConsumerOffsets) => OffsetsFactor,
            (ErrorCode.InvalidReplicationFactor, _) => "default.replication.factor",
            (ErrorCode.InvalidPartitions or ErrorCode.PolicyViolation, TopicNames.ConsumerOffsets) => "offsets.topic.num.partitions",
            (ErrorCode.InvalidPartitions or ErrorCode.PolicyViolation, _) => "num.partitions",
            _ => null,
        };
        var advice = property is null ? "Create it by hand." : $"Change {property} (now {settings.Current.Config.ValueOf(property).ToText()}), or create it by hand.";
        LogRefused(log, wanted.Name, result.ErrorCode.ProtocolName(), result.ErrorMessage ?? result.ErrorCode.UsualMessage(), advice, unsaid);
    }

    private const string OffsetsFactor = "offsets.topic.replication.factor";

    [LoggerMessage(EventId = 1201, Level = LogLevel.Warning, Message =
        "{Property}={Factor}, but the cluster has {Brokers} broker(s): {Topic} can't be created, and no consumer group will work. Set {Property}={Brokers}, or start more brokers")]
    private static partial void LogTooFewBrokers(ILogger logger, string property, short factor, int brokers, string topic);

    [LoggerMessage(EventId = 1202, Level = LogLevel.Warning, Message =
        "Topic {Topic} was not created automatically ({Error}): {Why} {Advice} ({Unsaid} more such since the last line)")]
    private static partial void LogRefused(ILogger logger, string topic, string error, string? why, string advice, int unsaid);

    private static CreateTopicsRequest.CreatableTopic Plain(string topic) =>
        new() { Name = topic, NumPartitions = -1, ReplicationFactor = -1 };

    private CreateTopicsRequest.CreatableTopic Offsets()
    {
        var offsets = settings.Current.Offsets;
        return new()
        {
            Name = TopicNames.ConsumerOffsets,
            NumPartitions = offsets.TopicNumPartitions,
            ReplicationFactor = offsets.TopicReplicationFactor,
            Configs =
            [
                new() { Name = "compression.type", Value = "producer" },
                new() { Name = "cleanup.policy", Value = "compact" },
                new() { Name = "segment.bytes", Value = offsets.TopicSegmentBytes.ToString() },
            ],
        };
    }
}
