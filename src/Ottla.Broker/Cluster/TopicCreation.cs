using System.Collections.Concurrent;
using Ottla.Broker.Handlers;
using Ottla.Broker.Net;
using Ottla.Metadata.Service;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster;

/// <summary>Topics that nobody creates on purpose: those that a client asks about (`auto.create.topics.enable`), and the broker's
/// own.</summary>
/// <remarks>Any thread. A name that is being created is not asked for twice; at most <see cref="AtWorkMax"/> are under way, later ones are
/// made at the client's next try.</remarks>
internal sealed class TopicCreation(ControllerLink controller, DynamicSettings settings)
{
    /// <summary>More topics than one client asks for at a time; a flood of names must not become a queue.</summary>
    private const int AtWorkMax = 1_000;

    private readonly ConcurrentDictionary<string, Task> _atWork = new(StringComparer.Ordinal);

    /// <summary>A client asked about a topic that is not there; does not wait.</summary>
    public void Request(string topic, RequestContext context)
    {
        if (TopicNames.IsInternal(topic)) _ = EnsureInternal(topic);
        else if (settings.Current.Topics.AutoCreateTopicsEnable) _ = Ensure(topic, Plain(topic));
    }

    /// <summary>Makes one of the broker's own topics, unless it is there; completes when it is led or can't be made.</summary>
    public Task EnsureInternal(string topic) => topic == TopicNames.ConsumerOffsets ? Ensure(topic, Offsets()) : Task.CompletedTask;

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
            await controller.Ask<CreateTopicsRequest, CreateTopicsResponse, CreateTopics>(
                new CreateTopicsRequest { Topics = [wanted] }, CreateTopics.Versions.Max, Asker.Self("automatic CreateTopics")).ConfigureAwait(false);
        }
        finally
        {
            _atWork.TryRemove(topic, out _);
            done.SetResult();
        }
    }

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
