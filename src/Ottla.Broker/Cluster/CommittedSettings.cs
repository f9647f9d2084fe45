using Ottla.Metadata.Image;
using Ottla.Metadata.Service;

namespace Ottla.Broker.Cluster;

/// <summary>What committed metadata mean to a node that is a controller alone: its settings, and what it tells those who ask.</summary>
/// <remarks>On the metadata loop. A broker's <see cref="MetadataApplier"/> does the same when it has made an image true.</remarks>
internal sealed class CommittedSettings(PublishedMetadata cluster, DynamicSettings settings) : IMetadataSubscriber
{
    public void Publish(MetadataImage old, MetadataImage image, MetadataDelta delta)
    {
        if (delta.ChangedConfigs.Contains(ConfigResource.DefaultBroker) || delta.ChangedConfigs.Contains(ConfigResource.Broker(cluster.Self))) settings.Apply(image);
        cluster.Publish(image);
    }
}
