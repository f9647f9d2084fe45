using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Ottla.Broker.Cluster;
using Ottla.Broker.Replication.Following;
using Ottla.Configuration.Effective;
using Ottla.Log.Directories;
using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>All partitions that this broker hosts, by topic name and topic id.</summary>
/// <remarks>
/// Looked up from any thread without a lock; changed by the loop that applies metadata alone, which may block on the disk: logs are made
/// and renamed in there.
/// A partition whose log can't be had (its directory is offline, the disk refuses) is hosted all the same and answers KAFKA_STORAGE_ERROR.
/// </remarks>
internal sealed partial class Partitions(
    ReplicaContext context, LogDirectories directories, TopicPolicies policies, DirectoryAssignments assignments, ReplicaFetchers fetchers, ILogger log)
    : IHostedTopics
{
    /// <summary>Partitions named in one line about many.</summary>
    private const int ExamplesMax = 5;

    private readonly ConcurrentDictionary<string, HostedTopic> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Uuid, HostedTopic> _byId = new();
    private readonly List<TopicPartition> _withoutLog = [];
    private bool _hasFirstImage;
    private bool _mayAssign;

    public HostedTopic? Find(string topic) => _byName.GetValueOrDefault(topic);

    public HostedTopic? Find(Uuid topicId) => _byId.GetValueOrDefault(topicId);

    public Partition? Find(TopicPartition partition) => Find(partition.Topic)?.Find(partition.Partition);

    public IEnumerable<HostedTopic> Topics => _byName.Values;

    public IEnumerable<Partition> All
    {
        get
        {
            foreach (var topic in _byName.Values)
            {
                for (var number = 0; number < topic.Partitions.Length; number++)
                {
                    if (topic.Partitions[number] is { } partition) yield return partition;
                }
            }
        }
    }

    public int Count => _byName.Values.Sum(topic => topic.Partitions.Length);

    /// <summary>Takes on new and changed partitions and lets go of those that are gone.</summary>
    public void Apply(MetadataDelta delta, MetadataImage image)
    {
        foreach (var topic in delta.Topics.Deleted) Remove(topic);
        _mayAssign = image.Features.VersionOrMinimum.HasDirectories;
        foreach (var topic in delta.Topics.Changed) Apply(topic, image);
        TellWithoutLog();
        foreach (var resource in delta.ChangedConfigs)
        {
            if (resource.Type == ConfigResourceType.Topic && Find(resource.Name) is { } topic) topic.Obey(policies.For(topic.Name, image));
        }

        // after the changes above, which have followed whom they say: what is left is who could not be reached before
        if (delta.ClusterChanged || !_hasFirstImage) fetchers.Update(All, image.Cluster);
        fetchers.Settle();
        _hasFirstImage = true;
    }

    /// <summary>The broker's own settings changed, and with them the defaults of topics.</summary>
    public void ObeyDefaults(MetadataImage image)
    {
        foreach (var topic in _byName.Values) topic.Obey(policies.For(topic.Name, image));
        fetchers.Update(All, image.Cluster);
    }

    private void Apply(TopicDelta change, MetadataImage image)
    {
        foreach (var (number, registration) in change.ChangedPartitions)
        {
            var name = new TopicPartition(change.Name, number);
            if (Array.IndexOf(registration.Replicas, context.Self.Value) < 0)
            {
                if (Find(name) is { } left) Remove(left, ErrorCode.NotLeaderOrFollower);
                continue;
            }

            var topic = Find(change.Name) ?? Add(new HostedTopic(change.Name, change.Id, policies.For(change.Name, image)));
            var partition = topic.Find(number);
            var hosted = LogOf(name, change.Id, topic, registration, isNew: _hasFirstImage && change.Old?.Partition(number) is null);
            if (partition is null) topic.Add(partition = new Partition(topic, name, context));
            partition.Apply(registration, hosted);
            fetchers.Update(partition, image.Cluster);
        }
    }

    private HostedLog? LogOf(TopicPartition name, Uuid topicId, HostedTopic topic, PartitionRegistration registration, bool isNew)
    {
        var told = registration.DirectoryOf(context.Self.Value);
        var (hosted, error) = directories.GetOrCreate(name, topicId, topic.Policy.Log, DirectoryIds.IsReserved(told) ? null : told, isNew);
        if (error != ErrorCode.None) _withoutLog.Add(name);
        // a log that can't be had lies in a directory that the controller knows to be offline, or in none that it knows of
        var lies = hosted?.Directory.Id ?? (DirectoryIds.IsReserved(told) ? DirectoryIds.Lost : told);
        if (_mayAssign && lies != told) assignments.Report(topicId, name.Partition, lies);
        return hosted;
    }

    private void TellWithoutLog()
    {
        if (_withoutLog.Count == 0) return;
        var examples = string.Join(", ", _withoutLog.Take(ExamplesMax)) + (_withoutLog.Count > ExamplesMax ? ", ..." : "");
        LogWithoutLog(log, _withoutLog.Count, examples);
        _withoutLog.Clear();
    }

    private HostedTopic Add(HostedTopic topic)
    {
        _byName[topic.Name] = topic;
        _byId[topic.Id] = topic;
        return topic;
    }

    private void Remove(TopicImage deleted)
    {
        if (!_byId.TryRemove(deleted.Id, out var topic)) return;
        _byName.TryRemove(KeyValuePair.Create(topic.Name, topic));
        foreach (var partition in topic.Partitions)
        {
            if (partition is not null) Remove(partition, ErrorCode.UnknownTopicOrPartition);
        }
    }

    private void Remove(Partition partition, ErrorCode why)
    {
        fetchers.Unfollow(partition);
        partition.Close(why);
        partition.Topic.Remove(partition);
        directories.Delete(partition.Name);
    }

    [LoggerMessage(EventId = 1201, Level = LogLevel.Error, Message =
        "{Count} partitions have no log here ({Examples}) and answer KAFKA_STORAGE_ERROR. See the lines about their log directory")]
    private static partial void LogWithoutLog(ILogger logger, int count, string examples);
}
