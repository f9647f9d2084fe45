using Ottla.Broker.Coordination;
using Ottla.Broker.Replication;
using Ottla.Log.Directories;
using Ottla.Metadata.Image;
using Ottla.Metadata.Service;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Cluster;

/// <summary>Makes true on this broker what the metadata log says: settings, partitions, coordinators; then tells clients.</summary>
/// <remarks>
/// Owns one loop; images come to it in order. It may block on the disk (logs are opened and made here), which is why it is not the metadata
/// loop itself.
/// An image is published to clients only after its partitions exist, so a topic that a client reads of can be produced to at once.
/// The first image brings everything: with it the logs that lie in the directories are opened, and those that belong to no topic are set
/// aside.
/// </remarks>
internal sealed class MetadataApplier(
    PublishedMetadata cluster, DynamicSettings settings, LogDirectories directories, TopicPolicies policies, Partitions partitions, DirectoryAssignments assignments,
    GroupCoordinator groups, Action<Exception> fault, ILoopScheduler loops)
    : IMetadataSubscriber
{
    private readonly EventLoop _loop = new("metadata-applier", fault, loops);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Hears of each image that is made true here, on the loop.</summary>
    public Action<MetadataImage>? Applied { get; init; }

    /// <summary>The brokers of the image that was published just now are others.</summary>
    public Action? BrokersChanged { get; init; }

    /// <summary>The first image is applied: everything that this broker leads can be served.</summary>
    public Task Ready => _ready.Task;

    public void Publish(MetadataImage old, MetadataImage image, MetadataDelta delta) => _loop.Post(() => Apply(image, delta));

    /// <summary>Completes when everything that was handed in before is applied.</summary>
    public Task CaughtUp() => _loop.Run(static () => true);

    private void Apply(MetadataImage image, MetadataDelta delta)
    {
        if (ChangesBroker(delta))
        {
            settings.Apply(image);
            directories.MoveBytesPerSecondMax = settings.Current.Replication.AlterLogDirsMaxBytesPerSecond;
            partitions.ObeyDefaults(image);
        }

        if (!_ready.Task.IsCompleted) OpenLogs(image);
        partitions.Apply(delta, image);
        cluster.Publish(image);
        assignments.Send();
        TellCoordinators(delta);
        Applied?.Invoke(image);
        // a follower that is fenced now is waited for no longer
        if (delta.ClusterChanged) BrokersChanged?.Invoke();
        _ready.TrySetResult();
    }

    private void OpenLogs(MetadataImage image)
    {
        directories.Load(partition => policies.For(partition.Topic, image).Log);
        directories.RemoveStrays((partition, topicId) =>
            image.Topics.Find(partition.Topic) is { } topic && (topicId.IsZero || topicId == topic.Id)
            && topic.Partition(partition.Partition) is { } registration && Array.IndexOf(registration.Replicas, cluster.Self.Value) >= 0);
    }

    private bool ChangesBroker(MetadataDelta delta) =>
        delta.ChangedConfigs.Contains(ConfigResource.DefaultBroker) || delta.ChangedConfigs.Contains(ConfigResource.Broker(cluster.Self));

    private void TellCoordinators(MetadataDelta delta)
    {
        foreach (var topic in delta.Topics.Deleted)
        {
            if (topic.Name != TopicNames.ConsumerOffsets) continue;
            for (var number = 0; number < topic.PartitionCount; number++) groups.OnResigned(number);
        }

        foreach (var topic in delta.Topics.Changed)
        {
            if (topic.Name != TopicNames.ConsumerOffsets) continue;
            foreach (var (number, registration) in topic.ChangedPartitions)
            {
                if (registration.Leader == cluster.Self.Value) Unawaited.Watch(groups.OnElected(number, registration.LeaderEpoch), fault);
                else groups.OnResigned(number);
            }
        }

        if (delta.Topics.Deleted.Count > 0) groups.OnTopicsDeleted(delta.Topics.Deleted.ToDictionary(topic => topic.Name, topic => topic.Id));
    }
}
